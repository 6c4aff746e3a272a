package dev.mortem.dump.reduce;

import dev.mortem.format.minidump.MinidumpType;

import java.util.Locale;

/** What a dump holds. The bits are those of MINIDUMP_TYPE, whatever the format. */
public enum DumpKind {
    /** Stacks, and what registers and stacks point to. */
    MINI(MinidumpType.WITH_HANDLE_DATA
            | MinidumpType.WITH_UNLOADED_MODULES
            | MinidumpType.WITH_INDIRECTLY_REFERENCED_MEMORY
            | MinidumpType.WITH_PROCESS_THREAD_DATA
            | MinidumpType.WITH_FULL_MEMORY_INFO
            | MinidumpType.WITH_THREAD_INFO
            | MinidumpType.IGNORE_INACCESSIBLE_MEMORY
            | MinidumpType.WITH_TOKEN_INFORMATION),
    /** All memory that the snapshot has. */
    FULL(MinidumpType.WITH_FULL_MEMORY
            | MinidumpType.WITH_HANDLE_DATA
            | MinidumpType.WITH_UNLOADED_MODULES
            | MinidumpType.WITH_FULL_MEMORY_INFO
            | MinidumpType.WITH_THREAD_INFO
            | MinidumpType.IGNORE_INACCESSIBLE_MEMORY
            | MinidumpType.WITH_TOKEN_INFORMATION),
    /** Private memory that can be written: heaps, stacks, data of modules. */
    HEAP(MinidumpType.WITH_PRIVATE_READ_WRITE_MEMORY
            | MinidumpType.WITH_PRIVATE_WRITE_COPY_MEMORY
            | MinidumpType.WITH_HANDLE_DATA
            | MinidumpType.WITH_UNLOADED_MODULES
            | MinidumpType.WITH_PROCESS_THREAD_DATA
            | MinidumpType.WITH_FULL_MEMORY_INFO
            | MinidumpType.WITH_THREAD_INFO
            | MinidumpType.IGNORE_INACCESSIBLE_MEMORY
            | MinidumpType.WITH_TOKEN_INFORMATION),
    /** Stacks without data, modules without folders; neither command line nor environment. */
    TRIAGE(MinidumpType.FILTER_TRIAGE
            | MinidumpType.FILTER_MEMORY
            | MinidumpType.FILTER_MODULE_PATHS
            | MinidumpType.WITH_HANDLE_DATA
            | MinidumpType.WITH_UNLOADED_MODULES
            | MinidumpType.WITH_THREAD_INFO);

    private final long flags;

    DumpKind(long flags) {
        this.flags = flags;
    }

    /** MINIDUMP_TYPE. */
    public long flags() {
        return flags;
    }

    /** As options and sidecars spell it: "mini". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
