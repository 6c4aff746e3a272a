package dev.mortem.collect.watch;

/**
 * How watching ended.
 *
 * @param firings how many were acted on with success
 * @param failures how many acts failed
 */
public record WatchEnd(Why why, int firings, int failures) {
    /** The reason. */
    public enum Why {
        /** As often as was asked. */
        COUNT_REACHED,
        /** No process is left, and none is followed. */
        TARGET_ENDED,
        /** The time is over. */
        TIME_OVER,
        /** Somebody asked for it. */
        CANCELLED,
        /** What is to be done cannot be done. */
        HOPELESS
    }
}
