package dev.mortem.os;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * What a snapshot takes and how long it may stop the process.
 *
 * @param maxPause the longest the process may stand: a longer estimate is refused before anything is
 *     touched, and when it has passed the process is resumed, whether its memory was copied or not
 * @param includeDontDump whether ranges that the program marked MADV_DONTDUMP are read; they hold keys
 *     or huge buffers
 * @param excludeSharedAboveBytes shared mappings larger than this are left out; empty takes them all
 * @param withMemory whether the caller copies all memory while the process stands, so that the estimate
 *     counts it; without, only what is asked for (stacks, a few structures) is read
 * @param mode whether the process is copied first, so that it runs while its memory is read
 * @param copyBytesPerSecond how fast the caller takes the memory away, where it knows; measured and
 *     guessed otherwise
 */
public record SnapshotOptions(
        Duration maxPause,
        boolean includeDontDump,
        OptionalLong excludeSharedAboveBytes,
        boolean withMemory,
        SnapshotMode mode,
        OptionalLong copyBytesPerSecond) {
    /** Web servers' health checks and watchdogs stay calm for a second; CONTRACTS promises it. */
    public static final Duration DEFAULT_MAX_PAUSE = Duration.ofSeconds(1);

    public SnapshotOptions {
        if (maxPause.isNegative() || maxPause.isZero()) {
            throw new IllegalArgumentException("a pause of " + maxPause + " is none");
        }
    }

    /** All memory but the MADV_DONTDUMP ranges, within one second. */
    public static SnapshotOptions defaults() {
        return new SnapshotOptions(
                DEFAULT_MAX_PAUSE,
                false,
                OptionalLong.empty(),
                true,
                SnapshotMode.PREFER,
                OptionalLong.empty());
    }

    public SnapshotOptions withMaxPause(Duration value) {
        return new SnapshotOptions(
                value,
                includeDontDump,
                excludeSharedAboveBytes,
                withMemory,
                mode,
                copyBytesPerSecond);
    }

    public SnapshotOptions withIncludeDontDump(boolean value) {
        return new SnapshotOptions(
                maxPause, value, excludeSharedAboveBytes, withMemory, mode, copyBytesPerSecond);
    }

    public SnapshotOptions withExcludeSharedAboveBytes(long value) {
        return new SnapshotOptions(
                maxPause,
                includeDontDump,
                OptionalLong.of(value),
                withMemory,
                mode,
                copyBytesPerSecond);
    }

    public SnapshotOptions withMemory(boolean value) {
        return new SnapshotOptions(
                maxPause,
                includeDontDump,
                excludeSharedAboveBytes,
                value,
                mode,
                copyBytesPerSecond);
    }

    public SnapshotOptions withMode(SnapshotMode value) {
        return new SnapshotOptions(
                maxPause,
                includeDontDump,
                excludeSharedAboveBytes,
                withMemory,
                value,
                copyBytesPerSecond);
    }

    public SnapshotOptions withCopyBytesPerSecond(long value) {
        return new SnapshotOptions(
                maxPause,
                includeDontDump,
                excludeSharedAboveBytes,
                withMemory,
                mode,
                OptionalLong.of(value));
    }
}
