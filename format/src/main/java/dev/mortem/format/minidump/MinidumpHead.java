package dev.mortem.format.minidump;

import dev.mortem.base.address.Addresses;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a minidump before its memory, as they are put together: room for the header, then streams
 * and what they point to in the order of the calls, then the directory (minidumpapiset.h). Belongs to one
 * thread.
 */
public final class MinidumpHead {
    private static final int ALIGNMENT = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Integer> types = new ArrayList<>();
    private final List<Location> locations = new ArrayList<>();
    private final Map<String, Integer> texts = new HashMap<>();

    /** Empty, but for the header's room. */
    public MinidumpHead() {
        bytes.writeBytes(new byte[MinidumpHeader.SIZE_BYTES]);
    }

    /**
     * MINIDUMP_LOCATION_DESCRIPTOR: DataSize 4, Rva 4.
     *
     * @param sizeBytes 0 for what is not there
     */
    public record Location(int sizeBytes, int rva) {
        /** Nothing. */
        public static final Location NONE = new Location(0, 0);

        void write(ByteBuffer target) {
            target.putInt(sizeBytes).putInt(rva);
        }
    }

    /** Zeros for a structure of a minidump, little-endian. */
    static ByteBuffer structure(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Puts bytes that a stream points to, at a multiple of 8. */
    public Location put(byte[] content) {
        bytes.writeBytes(new byte[-bytes.size() & (ALIGNMENT - 1)]);
        Location location = new Location(content.length, bytes.size());
        bytes.writeBytes(content);
        return location;
    }

    /** The RVA of a MINIDUMP_STRING: its length in bytes, UTF-16, NUL. The same text is put once. */
    public int text(String text) {
        return texts.computeIfAbsent(text, unknown -> {
            byte[] units = unknown.getBytes(StandardCharsets.UTF_16LE);
            ByteBuffer string =
                    structure(4 + units.length + 2).putInt(units.length).put(units);
            return put(string).rva;
        });
    }

    /** Puts a stream. */
    public void stream(int type, byte[] content) {
        types.add(type);
        locations.add(put(content));
    }

    /** Puts a stream: the whole buffer, wherever its position is. */
    void stream(int type, ByteBuffer content) {
        stream(type, copy(content));
    }

    Location put(ByteBuffer content) {
        return put(copy(content));
    }

    static byte[] copy(ByteBuffer whole) {
        byte[] bytes = new byte[whole.capacity()];
        whole.get(0, bytes);
        return bytes;
    }

    /** Puts a list of entries behind a count of 4 bytes. */
    void counted(int type, int entrySizeBytes, List<? extends Entry> entries) {
        ByteBuffer list = structure(4 + entrySizeBytes * entries.size());
        list.putInt(entries.size());
        write(entries, entrySizeBytes, list);
        stream(type, list);
    }

    /** Puts a list behind SizeOfHeader 4, SizeOfEntry 4 and a count of 4 or 8 bytes. */
    void sized(int type, int countBytes, int entrySizeBytes, List<? extends Entry> entries) {
        int headerBytes = 8 + countBytes;
        ByteBuffer list = structure(headerBytes + entrySizeBytes * entries.size());
        list.putInt(headerBytes).putInt(entrySizeBytes).putInt(entries.size());
        list.position(headerBytes);
        write(entries, entrySizeBytes, list);
        stream(type, list);
    }

    /** One entry of a list; it may put texts and others into the head before the list itself. */
    @FunctionalInterface
    interface Entry {
        /** Writes from the buffer's position on; what is left of the entry stays zero. */
        void write(ByteBuffer target);
    }

    private static void write(List<? extends Entry> entries, int sizeBytes, ByteBuffer list) {
        for (Entry entry : entries) {
            int end = list.position() + sizeBytes;
            entry.write(list);
            list.position(end);
        }
    }

    /**
     * The head, up to a multiple of {@code alignment}.
     *
     * @param timeDateStamp seconds since 1970; 0 where nobody knows
     * @param flags MINIDUMP_TYPE
     */
    public byte[] bytes(long timeDateStamp, long flags, int alignment) {
        ByteBuffer directory = structure(types.size() * MinidumpHeader.DIRECTORY_ENTRY_BYTES);
        for (int index = 0; index < types.size(); index++) {
            directory.putInt(types.get(index));
            locations.get(index).write(directory);
        }
        Location place = put(directory);
        byte[] head = new byte[(int) Addresses.alignUp(bytes.size(), alignment)];
        System.arraycopy(bytes.toByteArray(), 0, head, 0, bytes.size());
        byte[] header = new MinidumpHeader(types.size(), place.rva, timeDateStamp, flags).write();
        System.arraycopy(header, 0, head, 0, header.length);
        return head;
    }
}
