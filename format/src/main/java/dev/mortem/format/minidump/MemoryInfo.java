package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_MEMORY_INFO, 48 bytes, of MemoryInfoListStream (minidumpapiset.h): what VirtualQuery said of
 * a run of pages.
 *
 * <pre>
 *  0  BaseAddress, AllocationBase: 8 bytes each
 * 16  AllocationProtect, alignment: 4 bytes each
 * 24  RegionSize: 8 bytes
 * 32  State, Protect, Type, alignment: 4 bytes each
 * </pre>
 *
 * @param protect PAGE_READWRITE and others (winnt.h); 0 for what is not committed
 */
public record MemoryInfo(
        AddressRange range, long allocationBase, long state, long protect, long type) {
    public static final int SIZE_BYTES = 48;
    public static final long COMMIT = 0x1000;
    public static final long RESERVE = 0x2000;
    public static final long FREE = 0x1_0000;
    public static final long PRIVATE = 0x2_0000;
    public static final long MAPPED = 0x4_0000;
    public static final long IMAGE = 0x100_0000;

    private static final long NO_ACCESS = 0x01;
    private static final long READ_ONLY = 0x02;
    private static final long READ_WRITE = 0x04;
    private static final long WRITE_COPY = 0x08;
    private static final long EXECUTE = 0x10;
    private static final long EXECUTE_READ = 0x20;
    private static final long EXECUTE_READ_WRITE = 0x40;
    private static final long EXECUTE_WRITE_COPY = 0x80;
    private static final long GUARD = 0x100;

    /** In the dump's order; none where it has no such stream. */
    public static List<MemoryInfo> readAll(MinidumpFile file) {
        List<MemoryInfo> regions = new ArrayList<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.MEMORY_INFO_LIST,
                    "MemoryInfos",
                    8,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.MEMORY_RANGES));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                regions.add(read(list.get().entry(index, "MemoryInfo")));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "what memory was used for is not known");
        }
        return regions;
    }

    private static MemoryInfo read(ByteSource entry) throws MalformedException {
        return new MemoryInfo(
                AddressRange.ofSize(entry.u8("BaseAddress", 0), entry.u8("RegionSize", 24)),
                entry.u8("AllocationBase", 8),
                entry.u4("State", 32),
                entry.u4("Protect", 36),
                entry.u4("Type", 40));
    }

    public boolean isCommitted() {
        return state == COMMIT;
    }

    public boolean isFree() {
        return state == FREE;
    }

    /** A page whose first touch raises an exception: the end of a stack that can still grow. */
    public boolean isGuard() {
        return (protect & GUARD) != 0;
    }

    /** "rwx" with a dash for each that is missing; nothing for memory that is not committed. */
    public String permissions() {
        long access = protect & 0xff;
        if (!isCommitted() || access == NO_ACCESS) {
            return "---";
        }
        boolean execute =
                (access & (EXECUTE | EXECUTE_READ | EXECUTE_READ_WRITE | EXECUTE_WRITE_COPY)) != 0;
        boolean write =
                (access & (READ_WRITE | WRITE_COPY | EXECUTE_READ_WRITE | EXECUTE_WRITE_COPY)) != 0;
        boolean read = write || (access & (READ_ONLY | EXECUTE_READ)) != 0;
        return (read ? "r" : "-") + (write ? "w" : "-") + (execute ? "x" : "-");
    }

    /** What VirtualQuery would say of memory that is committed. */
    public static MemoryInfo committed(AddressRange range, String permissions, long type) {
        boolean read = permissions.indexOf('r') >= 0;
        boolean write = permissions.indexOf('w') >= 0;
        boolean execute = permissions.indexOf('x') >= 0;
        long protect;
        if (execute) {
            protect = write ? EXECUTE_READ_WRITE : read ? EXECUTE_READ : EXECUTE;
        } else {
            protect = write ? READ_WRITE : read ? READ_ONLY : NO_ACCESS;
        }
        return new MemoryInfo(range, range.start(), COMMIT, protect, type);
    }

    /** Puts the list. */
    public static void write(List<MemoryInfo> infos, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        infos.forEach(info -> entries.add(info::write));
        head.sized(StreamType.MEMORY_INFO_LIST, 8, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target) {
        target.putLong(range.start())
                .putLong(allocationBase)
                .putInt((int) protect)
                .putInt(0)
                .putLong(range.sizeBytes())
                .putInt((int) state)
                .putInt((int) protect)
                .putInt((int) type);
    }
}
