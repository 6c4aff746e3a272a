package dev.mortem.os;

/**
 * Says what is to be done about an event. Asked by the thread that traces, while the target's thread stands,
 * and for modules by another: it must be quick and safe for both, and must neither wait, throw nor touch the
 * process.
 */
@FunctionalInterface
public interface EventFilter {
    /** What is done. */
    enum Decision {
        /** Nothing: it is not even told. */
        PASS,
        /** It is told, and the thread runs on at once. */
        TELL,
        /**
         * It is told, and the thread is held where it is until {@link ProcessEvents#release}, so that a
         * snapshot shows it there. Only for events of one thread; the same as TELL for all others.
         */
        HOLD
    }

    Decision decide(ProcessEvent event);
}
