package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

/**
 * The entries that may be read again for questions that few functions raise: each reads a part of a
 * unit, and a hostile file could have as many such functions as entries. Belongs to one thread.
 */
final class EntryBudget {
    /** Entries passed over for scopes and tail calls, of one file. */
    static final Limit ENTRIES_MAX = new Limit(
            "entries of a file read for scopes and tail calls",
            40_000_000,
            "entries",
            "a function's takes some hundred, a unit's some 100,000; two seconds in all");

    private final long max;
    private long spent;

    EntryBudget(Limits limits) {
        this.max = limits.max(ENTRIES_MAX);
    }

    /** For the entry that is read next. */
    void spend(EntryCursor entry) throws MalformedException {
        if (++spent > max) {
            throw entry.unit()
                    .entries()
                    .malformed(
                            "entries",
                            entry.position(),
                            "more than %,d read".formatted(max),
                            "a few for each function");
        }
    }
}
