package dev.mortem.cli.procdump;

import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.format.minidump.MinidumpType;

import java.util.Locale;
import java.util.OptionalLong;

/** What a dump holds, from the options for it. */
final class DumpMask {
    private DumpMask() {}

    /** MINIDUMP_TYPE in hex, with or without 0x. */
    static long parse(String text) throws ProcDumpUsageException {
        String digits = text.toLowerCase(Locale.ROOT).replaceFirst("^0x", "");
        if (!digits.matches("[0-9a-f]{1,8}")) {
            throw new ProcDumpUsageException(
                    "-mc takes a mask in hex, such as 61826, not \"" + text + "\"");
        }
        long mask = Long.parseLong(digits, 16);
        if ((mask & ~MinidumpType.VALID_FLAGS) != 0) {
            throw new ProcDumpUsageException("-mc %s: bits %x mean nothing; %x are known"
                    .formatted(text, mask & ~MinidumpType.VALID_FLAGS, MinidumpType.VALID_FLAGS));
        }
        return mask;
    }

    static DumpKind kind(ProcDumpOption option, OptionalLong mask) {
        return switch (option) {
            case MA -> DumpKind.FULL;
            case MP -> DumpKind.HEAP;
            case MT -> DumpKind.TRIAGE;
            case MC -> nearest(mask.orElse(0));
            default -> DumpKind.MINI;
        };
    }

    private static DumpKind nearest(long mask) {
        if ((mask & MinidumpType.WITH_FULL_MEMORY) != 0) {
            return DumpKind.FULL;
        }
        if ((mask & (MinidumpType.FILTER_TRIAGE | MinidumpType.FILTER_MEMORY)) != 0) {
            return DumpKind.TRIAGE;
        }
        return (mask & MinidumpType.WITH_PRIVATE_READ_WRITE_MEMORY) != 0
                ? DumpKind.HEAP
                : DumpKind.MINI;
    }
}
