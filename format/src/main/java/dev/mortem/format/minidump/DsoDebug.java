package dev.mortem.format.minidump;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * MDRawDebug64 and MDRawDebug32 (minidump_format.h): the dynamic linker's list, with the program's dynamic
 * section behind. Mortem writes it for other readers; its own has the modules from elsewhere.
 *
 * <pre>
 * 64 32
 *  0  0  version, map (RVA), dso_count: 4 bytes each
 * 12 12  brk, ldbase, dynamic: pointer each
 * 36 24  the dynamic section
 * </pre>
 *
 * An entry of the map is addr, a pointer; name, an RVA of 4 bytes; ld, a pointer.
 *
 * @param dynamicSection its bytes; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DsoDebug(
        long version,
        long brk,
        long ldbase,
        long dynamic,
        byte[] dynamicSection,
        List<LinkMap> map) {
    public DsoDebug {
        map = List.copyOf(map);
    }

    /** A library: the difference of addresses and svmas, its path, its dynamic section. */
    public record LinkMap(long address, String name, long dynamic) {}

    /** @param pointerSizeBytes 4 or 8: of the process */
    public void write(int pointerSizeBytes, MinidumpHead head) {
        ByteBuffer entries =
                MinidumpHead.structure(map.size() * (2 * pointerSizeBytes + Integer.BYTES));
        for (LinkMap library : map) {
            putPointer(entries, library.address, pointerSizeBytes);
            entries.putInt(head.text(library.name));
            putPointer(entries, library.dynamic, pointerSizeBytes);
        }
        ByteBuffer debug = MinidumpHead.structure(12 + 3 * pointerSizeBytes + dynamicSection.length)
                .putInt((int) version)
                .putInt(head.put(entries).rva())
                .putInt(map.size());
        putPointer(debug, brk, pointerSizeBytes);
        putPointer(debug, ldbase, pointerSizeBytes);
        putPointer(debug, dynamic, pointerSizeBytes);
        head.stream(StreamType.LINUX_DSO_DEBUG, debug.put(dynamicSection));
    }

    private static void putPointer(ByteBuffer target, long value, int sizeBytes) {
        if (sizeBytes == Long.BYTES) {
            target.putLong(value);
        } else {
            target.putInt((int) value);
        }
    }
}
