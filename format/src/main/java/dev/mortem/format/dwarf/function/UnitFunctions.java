package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.info.DwarfUnit;

/** A unit that was read; {@code entries} is that of the split file where there is one. */
record UnitFunctions(UnitFile file, DwarfUnit entries, FunctionScopes scopes) {
    /** The entry of a function. */
    EntryReference entry(int scope) {
        return new EntryReference(file, entries, scopes.entryOffset(scope));
    }
}
