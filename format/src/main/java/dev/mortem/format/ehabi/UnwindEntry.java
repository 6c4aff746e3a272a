package dev.mortem.format.ehabi;

import java.util.List;

/** What the index says of one function (EHABI, section 6, "Index table entries"). */
public sealed interface UnwindEntry {
    /** Where the function starts, svma; an entry holds up to the start of the next. */
    long start();

    /** Svma behind the entry's last byte of code; all ones for the last entry. */
    long end();

    /**
     * EXIDX_CANTUNWIND: no exception leaves it. Compilers write it for C as well, where exceptions are
     * not asked for, and linkers join such entries: the start is not that of the function then.
     */
    record CannotUnwind(long start, long end) implements UnwindEntry {}

    /** How the registers at a call follow from those of what it called. */
    record Instructions(long start, long end, List<UnwindInstruction> steps)
            implements UnwindEntry {
        public Instructions {
            steps = List.copyOf(steps);
        }
    }

    default boolean contains(long svma) {
        return Long.compareUnsigned(svma, start()) >= 0 && Long.compareUnsigned(svma, end()) < 0;
    }
}
