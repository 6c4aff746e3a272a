package dev.mortem.os;

import java.time.Duration;
import java.util.List;

/**
 * How long a process will stand, and how its dump will be taken.
 *
 * @param pause the estimate
 * @param copyBytes what is read of its memory; also about the size of the dump
 * @param threads how many threads are stopped
 * @param copyBytesPerSecond the speed that the estimate rests on, where memory is read during the pause
 * @param method "snapshot" or "stopTheWorld", as sidecars name it
 * @param why why this way, in words
 * @param warnings what the user should know beforehand: time limits that are near
 */
public record PauseEstimate(
        Duration pause,
        long copyBytes,
        long threads,
        long copyBytesPerSecond,
        String method,
        String why,
        List<String> warnings) {
    /** {@link #method}: the process is copied, and runs while the dump is written. */
    public static final String SNAPSHOT = "snapshot";

    /** {@link #method}: the process stands while its memory is read. */
    public static final String STOP_THE_WORLD = "stopTheWorld";

    public PauseEstimate {
        warnings = List.copyOf(warnings);
    }

    /** The same with these warnings. */
    public PauseEstimate warning(List<String> words) {
        return new PauseEstimate(pause, copyBytes, threads, copyBytesPerSecond, method, why, words);
    }

    /** The same with another reason. */
    public PauseEstimate because(String reason) {
        return new PauseEstimate(
                pause, copyBytes, threads, copyBytesPerSecond, method, reason, warnings);
    }
}
