package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * MDRawBreakpadInfo, 12 bytes (minidump_format.h): validity, dump_thread_id, requesting_thread_id.
 *
 * @param dumpThreadId the thread that wrote the dump: it has nothing to do with a fault
 * @param requestingThreadId the thread that the dump was wanted for
 */
public record BreakpadInfo(OptionalLong dumpThreadId, OptionalLong requestingThreadId) {
    private static final long HAS_DUMP_THREAD = 0x1;
    private static final long HAS_REQUESTING_THREAD = 0x2;

    /** Empty where the dump has none or it is broken. */
    public static Optional<BreakpadInfo> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.BREAKPAD_INFO);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            long validity = stream.get().u4("validity", 0);
            long dumper = stream.get().u4("dump_thread_id", 4);
            long requester = stream.get().u4("requesting_thread_id", 8);
            return Optional.of(new BreakpadInfo(
                    optional(validity & HAS_DUMP_THREAD, dumper),
                    optional(validity & HAS_REQUESTING_THREAD, requester)));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "which thread asked for the dump is not known");
            return Optional.empty();
        }
    }

    private static OptionalLong optional(long bit, long value) {
        return bit != 0 ? OptionalLong.of(value) : OptionalLong.empty();
    }
}
