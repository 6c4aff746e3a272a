package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.UnitIndex;

import java.util.List;
import java.util.Optional;

/** One file of units that refer to one another, and to those of its supplementary file. */
final class UnitFile {
    private final UnitCache cache;
    private final UnitIndex index;
    private final Limits limits;
    private Optional<UnitFile> supplementary = Optional.empty();

    UnitFile(DwarfSections sections, UnitIndex index, Limits limits) {
        this.cache = new UnitCache(sections, limits);
        this.index = index;
        this.limits = limits;
    }

    /** A file whose units nobody looks for by address. */
    static UnitFile of(DwarfSections sections, Limits limits) {
        Diagnostics none = diagnostic -> {};
        return new UnitFile(
                sections, new UnitIndex(sections, limits, none, unit -> List.of()), limits);
    }

    UnitCache cache() {
        return cache;
    }

    /** The unit that has the entry at that offset of .debug_info. */
    DwarfUnit unitOf(long entryOffset) throws MalformedException {
        return cache.unit(index.unitOf(entryOffset));
    }

    Optional<UnitFile> supplementary() {
        if (supplementary.isEmpty()) {
            supplementary = cache.sections().supplementary().map(found -> of(found, limits));
        }
        return supplementary;
    }
}
