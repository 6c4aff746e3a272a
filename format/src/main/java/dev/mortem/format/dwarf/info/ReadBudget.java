package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

/**
 * The work that reading one thing may take. Many entries may name one list, and many units one table:
 * what each reading passes over is counted together, as the file's size alone does not bound the
 * product. Belongs to one thread.
 */
public final class ReadBudget {
    /** Entries of range lists and attributes of abbreviations that are passed over. */
    private static final Limit UNIT_STEPS_MAX = new Limit(
            "steps through shared lists for one DWARF unit",
            16_000_000,
            "steps",
            "a unit of a program linked with LTO takes some two million; a tenth of a second");

    /** Of the first entries of all units. */
    private static final Limit FILE_STEPS_MAX = new Limit(
            "steps through shared tables for the index of units",
            100_000_000,
            "steps",
            "a browser of 50,000 units takes some 40 million; a second");

    private final long max;
    private long spent;

    private ReadBudget(long max) {
        this.max = max;
    }

    /** For all entries of one unit. */
    public static ReadBudget ofUnit(Limits limits) {
        return new ReadBudget(limits.max(UNIT_STEPS_MAX));
    }

    /** For the first entries of all units of a file. */
    static ReadBudget ofFile(Limits limits) {
        return new ReadBudget(limits.max(FILE_STEPS_MAX));
    }

    boolean isSpent() {
        return spent > max;
    }

    void spend(long steps, ByteCursor at) throws MalformedException {
        spent += steps;
        if (spent > max) {
            throw at.malformed("shared tables", "no end", "at most %,d steps".formatted(max));
        }
    }
}
