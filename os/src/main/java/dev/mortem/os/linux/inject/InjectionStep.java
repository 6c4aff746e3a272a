package dev.mortem.os.linux.inject;

/**
 * The moments of making a copy at which it matters whether we still live, in their order. Tests end the
 * tracer at each.
 */
public enum InjectionStep {
    /** All threads are traced, and about to be stopped. */
    STOPPING,
    /** All threads stand. */
    STOPPED,
    /** It is known which thread makes the calls, and where its frame goes. */
    CHOSEN,
    /** The frames stand in the target's memory; no register was changed. */
    FRAMES_WRITTEN,
    /** The thread is about to make the call. */
    REGISTERS_SET,
    /** It blocks all signals. */
    SIGNALS_BLOCKED,
    /** It stands at the entry of the call. */
    CALL_ENTERED,
    /** It stands at the return from the call. */
    CALL_RETURNED,
    /** The cloned task exists, stopped, not yet bound to our life. */
    TASK_CLONED,
    /** The cloned task ends when we do. */
    TASK_BOUND,
    /** The registers of the helper were set to make the copy. */
    COPY_BEGUN,
    /** The frozen copy exists. */
    COPY_MADE,
    /** The other threads of the target run again. */
    OTHERS_RELEASED,
    /** The helper has ended. */
    HELPER_ENDED,
    /** The thread stands where its own registers can be put back. */
    READY_TO_RESTORE,
    /** Its signal mask is its own again. */
    MASK_RESTORED,
    /** Its registers are its own again. */
    REGISTERS_RESTORED,
    /** The whole target runs. */
    RELEASED,
    /** The copy shares no open file with the target any more. */
    COPY_ALONE;

    /** Is told of each step; does nothing but in tests. */
    @FunctionalInterface
    public interface Listener {
        void reached(InjectionStep step);

        /** Hears nothing. */
        static Listener none() {
            return step -> {};
        }
    }
}
