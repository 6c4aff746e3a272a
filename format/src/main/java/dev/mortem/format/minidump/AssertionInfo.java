package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * MDRawAssertionInfo, 776 bytes (minidump_format.h): what the C runtime told Breakpad before it ended the
 * process. Expression, function and file of 128 UTF-16 units each, then line 4, type 4.
 *
 * @param type 1 invalid parameter, 2 pure virtual call
 */
public record AssertionInfo(String expression, String function, String file, long line, long type) {
    private static final int TEXT_BYTES = 256;

    /** Empty where the dump has none or it is broken. */
    public static Optional<AssertionInfo> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.ASSERTION_INFO);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteSource info = stream.get();
            return Optional.of(new AssertionInfo(
                    MinidumpFile.utf16(info.bytes("expression", 0, TEXT_BYTES)),
                    MinidumpFile.utf16(info.bytes("function", TEXT_BYTES, TEXT_BYTES)),
                    MinidumpFile.utf16(info.bytes("file", 2 * TEXT_BYTES, TEXT_BYTES)),
                    info.u4("line", 3 * TEXT_BYTES),
                    info.u4("type", 3 * TEXT_BYTES + 4)));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "what was asserted is not known");
            return Optional.empty();
        }
    }

    /** "invalid parameter", "pure virtual call", "assertion 7". */
    public String kind() {
        return switch ((int) type) {
            case 1 -> "invalid parameter";
            case 2 -> "pure virtual call";
            default -> "assertion " + type;
        };
    }

    /** Puts the stream. */
    public void write(MinidumpHead head) {
        ByteBuffer target = MinidumpHead.structure(3 * TEXT_BYTES + 8);
        String[] texts = {expression, function, file};
        for (int index = 0; index < texts.length; index++) {
            byte[] units = texts[index].getBytes(StandardCharsets.UTF_16LE);
            target.put(index * TEXT_BYTES, units, 0, Math.min(units.length, TEXT_BYTES - 2));
        }
        target.putInt(3 * TEXT_BYTES, (int) line).putInt(3 * TEXT_BYTES + 4, (int) type);
        head.stream(StreamType.ASSERTION_INFO, target);
    }

    /** The number of a {@link #kind}. */
    public static long typeOf(String kind) {
        return switch (kind) {
            case "invalid parameter" -> 1;
            case "pure virtual call" -> 2;
            default -> {
                String number = kind.substring(kind.lastIndexOf(' ') + 1);
                yield number.matches("\\d{1,9}") ? Long.parseLong(number) : 0;
            }
        };
    }
}
