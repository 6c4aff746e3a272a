package dev.mortem.cli;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.minidump.MinidumpOptions;
import dev.mortem.dump.minidump.MinidumpWriter;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.reduce.RedactedSnapshot;
import dev.mortem.dump.reduce.ReducedSnapshot;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.format.minidump.MinidumpType;

import java.util.Map;

/**
 * What a dump is to hold and in which format.
 *
 * @param redact whether it is to be given away; the kind is then {@link DumpKind#TRIAGE}
 * @param includeEnvironment whether a minidump has a stream of the environment
 */
record DumpShape(DumpKind kind, DumpFormat format, boolean redact, boolean includeEnvironment) {
    private static final int PAGE_BYTES = 4096;
    private static final int WORDS_BYTES = 16;

    /** All that there is, in a core. */
    static DumpShape fullCore() {
        return new DumpShape(DumpKind.FULL, DumpFormat.CORE, false, false);
    }

    boolean isFull() {
        return kind == DumpKind.FULL && !redact;
    }

    /** Whether neither the dump nor its sidecar tells command lines. */
    boolean withoutArguments() {
        return redact || kind == DumpKind.TRIAGE;
    }

    /** MINIDUMP_TYPE. */
    long flags() {
        return redact ? RedactedSnapshot.FLAGS : kind.flags();
    }

    /**
     * The snapshot as it is to be written. A core's pieces are pages, and have the modules' headers among
     * them: there alone a core tells which build a module is.
     */
    ProcessSnapshot of(ProcessSnapshot snapshot) {
        boolean core = format == DumpFormat.CORE;
        long headers = core ? MinidumpType.WITH_MODULE_HEADERS : 0;
        if (redact) {
            return RedactedSnapshot.of(snapshot, headers, core ? PAGE_BYTES : WORDS_BYTES);
        }
        return core ? ReducedSnapshot.of(snapshot, flags() | headers, PAGE_BYTES) : snapshot;
    }

    /**
     * @param statedFlags what the header of a minidump says that it holds
     * @param systemFiles as {@link MinidumpOptions} takes them
     */
    DumpWriter writer(long statedFlags, Map<Integer, byte[]> systemFiles) {
        return format == DumpFormat.CORE
                ? new CoreWriter()
                : new MinidumpWriter(MinidumpOptions.of(flags())
                        .stated(statedFlags)
                        .with(includeEnvironment && !withoutArguments(), systemFiles));
    }
}
