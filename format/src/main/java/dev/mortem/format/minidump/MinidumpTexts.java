package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The texts that a minidump's entries name by RVA. Each is read once, however many entries name it:
 * thousands of handles share the name of their type. All together are bounded, because texts of a broken
 * file may overlap. Safe for any thread.
 */
final class MinidumpTexts {
    private final ByteSource bytes;
    private final Limits limits;
    private final Map<Long, String> utf16 = new HashMap<>();
    private final Map<Long, String> utf8 = new HashMap<>();
    private long leftBytes;

    MinidumpTexts(ByteSource bytes, Limits limits) {
        this.bytes = bytes;
        this.limits = limits;
        // texts of a sound file do not overlap, so they are no more than the file
        this.leftBytes = Math.min(bytes.sizeBytes(), limits.max(MinidumpLimits.TEXTS_BYTES));
    }

    /** MINIDUMP_STRING. */
    synchronized String utf16(String field, long rva) throws MalformedException {
        String known = utf16.get(rva);
        if (known == null) {
            known = MinidumpFile.utf16(read(field, rva));
            utf16.put(rva, known);
        }
        return known;
    }

    /** MinidumpUTF8String. */
    synchronized String utf8(String field, long rva) throws MalformedException {
        String known = utf8.get(rva);
        if (known == null) {
            known = new String(read(field, rva), StandardCharsets.UTF_8);
            utf8.put(rva, known);
        }
        return known;
    }

    private byte[] read(String field, long rva) throws MalformedException {
        long sizeBytes = bytes.u4(field + ".Length", rva);
        long most = Math.min(leftBytes, limits.max(MinidumpLimits.TEXT_BYTES));
        if (sizeBytes > most) {
            throw bytes.malformed(
                    field + ".Length",
                    rva,
                    "%,d bytes".formatted(sizeBytes),
                    "at most %,d bytes".formatted(most));
        }
        byte[] text = bytes.bytes(field, rva + 4, (int) sizeBytes);
        leftBytes -= sizeBytes;
        return text;
    }
}
