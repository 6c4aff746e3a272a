package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.ReadBudget;
import dev.mortem.format.dwarf.info.UnitDie;
import dev.mortem.format.dwarf.info.UnitHeader;

import java.util.Optional;

/** Finds the entries of skeleton units, in a {@code .dwp} or in {@code .dwo} files. */
final class SplitUnits {
    private final DwarfSections skeletons;
    private final DwarfCompanions companions;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private Optional<Optional<SplitPackage>> splitPackage = Optional.empty();
    private boolean missingIsReported;

    SplitUnits(
            DwarfSections skeletons,
            DwarfCompanions companions,
            Limits limits,
            Diagnostics diagnostics) {
        this.limits = limits;
        this.skeletons = skeletons;
        this.companions = companions;
        this.diagnostics = diagnostics;
    }

    /** The unit with the entries; empty, and reported once for the whole file, where it is not here. */
    Optional<DwarfUnit> of(DwarfUnit skeleton) throws MalformedException {
        UnitDie die = skeleton.die();
        String name = die.splitName().orElse("");
        if (die.splitId().isEmpty()) {
            throw skeleton.entries()
                    .malformed("dwo_id", die.header().offset(), "no id", "one for its split unit");
        }
        long id = die.splitId().getAsLong();
        Optional<SplitPackage> inPackage = splitPackage();
        if (inPackage.isPresent()) {
            Optional<DwarfSections> part = inPackage.get().unit(id);
            if (part.isPresent()) {
                return find(part.get(), id, skeleton);
            }
        }
        Optional<DwarfUnit> found = Optional.empty();
        Optional<DwarfSections> split = companions.splitUnit(die.compDir(), name);
        if (split.isPresent()) {
            found = find(split.get(), id, skeleton);
        }
        if (found.isEmpty() && !missingIsReported) {
            missingIsReported = true;
            diagnostics.report(
                    skeletons.fileName() + ": " + name,
                    split.isPresent()
                            ? "the file is not that of this build"
                            : "the split file is not here",
                    "inlined calls of such units are unknown");
        }
        return found;
    }

    private Optional<SplitPackage> splitPackage() {
        if (splitPackage.isEmpty()) {
            Optional<DwarfSections> sections = companions.splitPackage();
            Optional<SplitPackage> read = Optional.empty();
            if (sections.isPresent()) {
                try {
                    read = Optional.of(SplitPackage.read(sections.get()));
                } catch (MalformedException malformed) {
                    diagnostics.report(malformed, "the package is not used");
                }
            }
            splitPackage = Optional.of(read);
        }
        return splitPackage.get();
    }

    private Optional<DwarfUnit> find(DwarfSections split, long id, DwarfUnit skeleton)
            throws MalformedException {
        ByteSource info = split.require(DwarfSection.INFO);
        ReadBudget budget = ReadBudget.ofUnit(limits);
        long offset = 0;
        while (offset < info.sizeBytes()) {
            UnitHeader header = UnitHeader.read(info, offset);
            if (header.type() == UnitHeader.DW_UT_split_compile
                    || header.type() == UnitHeader.DW_UT_compile) {
                DwarfUnit unit = DwarfUnit.readSplit(split, offset, skeleton, budget);
                if (unit.die().splitId().isPresent() && unit.die().splitId().getAsLong() == id) {
                    return Optional.of(unit);
                }
            }
            offset = header.end();
        }
        return Optional.empty();
    }
}
