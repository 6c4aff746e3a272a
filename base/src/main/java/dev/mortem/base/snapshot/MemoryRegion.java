package dev.mortem.base.snapshot;

import dev.mortem.base.address.AddressRange;

import java.util.Optional;

/**
 * One mapping of the process.
 *
 * @param permissions "rwx" with a dash for each that is missing
 * @param shared whether writes are seen by other processes
 * @param fileOffset of the mapping's start in its file, in bytes; 0 where there is no file
 * @param path the file, or the kernel's name for it: "[stack]", "[heap]", "[vdso]"
 * @param presentBytes how many bytes from the start on are in the snapshot; what lies behind is absent
 * @param absentWhy why bytes are missing: "MADV_DONTDUMP", "the core is truncated"
 */
public record MemoryRegion(
        AddressRange range,
        String permissions,
        boolean shared,
        long fileOffset,
        Optional<String> path,
        long presentBytes,
        Optional<String> absentWhy) {
    public boolean isReadable() {
        return permissions.indexOf('r') >= 0;
    }

    public boolean isWritable() {
        return permissions.indexOf('w') >= 0;
    }

    public boolean isExecutable() {
        return permissions.indexOf('x') >= 0;
    }

    /** The part whose bytes the snapshot has. */
    public AddressRange present() {
        return AddressRange.ofSize(range.start(), presentBytes);
    }
}
