package dev.mortem.cli;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.minidump.MinidumpOptions;
import dev.mortem.dump.minidump.MinidumpWriter;
import dev.mortem.dump.reduce.CommentedSnapshot;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.reduce.RedactedSnapshot;
import dev.mortem.dump.reduce.ReducedSnapshot;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.format.minidump.MinidumpType;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a dump is to hold and in which format.
 *
 * @param redact whether it is to be given away; the kind is then {@link DumpKind#TRIAGE}
 * @param includeEnvironment whether a minidump has a stream of the environment
 * @param mask MINIDUMP_TYPE, where it is not just the kind's
 * @param comment that a minidump keeps
 */
record DumpShape(
        DumpKind kind,
        DumpFormat format,
        boolean redact,
        boolean includeEnvironment,
        OptionalLong mask,
        Optional<String> comment) {
    private static final int PAGE_BYTES = 4096;
    private static final int WORDS_BYTES = 16;

    /** The kind's own, without a comment. */
    DumpShape(DumpKind kind, DumpFormat format, boolean redact, boolean includeEnvironment) {
        this(kind, format, redact, includeEnvironment, OptionalLong.empty(), Optional.empty());
    }

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
        return redact ? RedactedSnapshot.FLAGS : mask.orElse(kind.flags());
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
        ProcessSnapshot commented = CommentedSnapshot.of(snapshot, comment);
        return core ? ReducedSnapshot.of(commented, flags() | headers, PAGE_BYTES) : commented;
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
