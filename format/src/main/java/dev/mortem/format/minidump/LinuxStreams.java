package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Streams in which Breakpad keeps files of /proc as they were (minidump_format.h, MD_LINUX_*). */
public final class LinuxStreams {
    private LinuxStreams() {}

    /** The file's text; empty where the dump has no such stream. */
    public static Optional<String> text(MinidumpFile file, int type) {
        return bytes(file, type).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** The file's bytes; empty where the dump has no such stream. */
    public static Optional<byte[]> bytes(MinidumpFile file, int type) {
        Optional<ByteSource> stream = file.stream(type);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            int sizeBytes = (int) Math.min(
                    stream.get().sizeBytes(), file.limits().max(MinidumpLimits.LINUX_TEXT_BYTES));
            return Optional.of(stream.get().bytes(StreamType.name(type), 0, sizeBytes));
        } catch (MalformedException cutWhileMapped) {
            file.diagnostics().report(cutWhileMapped, "the file's text is not known");
            return Optional.empty();
        }
    }
}
