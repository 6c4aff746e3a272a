package dev.mortem.os.linux.stop;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.proc.Mapping;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which mappings belong into a dump: those that the kernel itself would put into a core (core(5),
 * "Controlling which mappings are written"; mm/coredump: vma_dump_size), so that ours equals what people
 * set up with coredump_filter, and what options leave out or add.
 *
 * @param filter the target's /proc/PID/coredump_filter
 */
record RegionPolicy(long filter, SnapshotOptions options) {
    /** The kernel's default: anonymous private and shared, ELF headers, private huge pages. */
    static final long DEFAULT_FILTER = 0x33;

    private static final long ANONYMOUS_PRIVATE = 0x01;
    private static final long ANONYMOUS_SHARED = 0x02;
    private static final long FILE_PRIVATE = 0x04;
    private static final long FILE_SHARED = 0x08;
    private static final long ELF_HEADERS = 0x10;
    private static final long HUGE_PRIVATE = 0x20;
    private static final long HUGE_SHARED = 0x40;

    /** The part of an ELF file that the kernel keeps of a mapping it leaves out: its headers. */
    private static final long HEADER_BYTES = 4096;

    private static final String FILTERED = "coredump_filter leaves it out";

    /** The mapping as the snapshot has it. */
    MemoryRegion decide(Mapping mapping) {
        Optional<String> why = leftOut(mapping);
        long size = mapping.range().sizeBytes();
        long present = why.isEmpty() ? size : 0;
        if (why.isPresent() && why.get().equals(FILTERED) && keepsHeader(mapping)) {
            present = Addresses.min(size, HEADER_BYTES);
            why = Optional.of("only the page with the ELF header, as coredump_filter says");
        }
        return new MemoryRegion(
                mapping.range(),
                mapping.permissions(),
                mapping.shared(),
                mapping.isFile() ? mapping.fileOffset() : 0,
                mapping.path(),
                present,
                present == size ? Optional.empty() : why);
    }

    private Optional<String> leftOut(Mapping mapping) {
        String name = mapping.path().orElse("");
        if (name.equals("[vdso]")) {
            return Optional.empty();
        }
        if (name.startsWith("[vvar") || name.equals("[vsyscall]")) {
            return Optional.of("the kernel's own data, not the program's");
        }
        if (mapping.flags().contains("io") || mapping.flags().contains("pf")) {
            return Optional.of("a device's memory: reading it may do something");
        }
        if (mapping.flags().contains("dd") && !options.includeDontDump()) {
            return Optional.of("MADV_DONTDUMP");
        }
        OptionalLong sharedMax = options.excludeSharedAboveBytes();
        if (mapping.shared()
                && sharedMax.isPresent()
                && Long.compareUnsigned(mapping.range().sizeBytes(), sharedMax.getAsLong()) > 0) {
            return Optional.of("a shared mapping above the size that --exclude-shared allows");
        }
        return wanted(mapping) ? Optional.empty() : Optional.of(FILTERED);
    }

    private boolean wanted(Mapping mapping) {
        if (mapping.flags().contains("ht")) {
            return has(mapping.shared() ? HUGE_SHARED : HUGE_PRIVATE);
        }
        if (mapping.shared()) {
            return has(mapping.isSharedAnonymous() ? ANONYMOUS_SHARED : FILE_SHARED);
        }
        if (!mapping.isFile()) {
            return has(ANONYMOUS_PRIVATE);
        }
        boolean written =
                mapping.anonymousBytes().orElse(0) > 0 || mapping.swappedBytes().orElse(0) > 0;
        return (written && has(ANONYMOUS_PRIVATE)) || has(FILE_PRIVATE);
    }

    private boolean keepsHeader(Mapping mapping) {
        return has(ELF_HEADERS)
                && mapping.isFile()
                && mapping.fileOffset() == 0
                && mapping.permissions().startsWith("r");
    }

    private boolean has(long bit) {
        return (filter & bit) != 0;
    }

    /** How many bytes of a mapping are copied into a dump, at most. */
    long copiedBytes(Mapping mapping) {
        long present = decide(mapping).presentBytes();
        boolean sparse = !mapping.isFile() && !mapping.shared();
        long touched =
                mapping.residentBytes().orElse(present) + mapping.swappedBytes().orElse(0);
        return sparse ? Math.min(present, touched) : present;
    }
}
