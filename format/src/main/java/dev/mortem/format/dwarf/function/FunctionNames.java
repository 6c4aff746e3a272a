package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.DwarfUnit;

import java.util.Optional;

/**
 * Reads a function's names at its entry, or where that leads to: from a call that was inlined and from
 * code to the abstract instance (DW_AT_abstract_origin), and from there to the declaration
 * (DW_AT_specification), which may be in another unit or in the supplementary file (DWARF 5, sections
 * 3.3.8 and 7.5.5).
 */
final class FunctionNames {
    static final int DW_AT_abstract_origin = 0x31;
    static final int DW_AT_specification = 0x47;

    private static final int DW_AT_external = 0x3f;
    private static final int DW_AT_linkage_name = 0x6e;
    private static final int DW_AT_MIPS_linkage_name = 0x2007;

    /** From an inlined call over the abstract instance to the declaration is two. */
    private static final int HOPS_MAX = 16;

    private Optional<String> name = Optional.empty();
    private Optional<String> linkageName = Optional.empty();
    private boolean external;
    private EntryReference last;

    private FunctionNames(EntryReference first) {
        this.last = first;
    }

    /** @param offset of the entry, in the unit's .debug_info */
    static FunctionNames read(UnitFile file, DwarfUnit unit, long offset)
            throws MalformedException {
        return read(new EntryReference(file, unit, offset));
    }

    static FunctionNames read(EntryReference entry) throws MalformedException {
        FunctionNames names = new FunctionNames(entry);
        boolean more = true;
        for (int hops = 0; more && hops < HOPS_MAX; hops++) {
            more = names.readEntry();
        }
        return names;
    }

    Optional<String> name() {
        return name;
    }

    Optional<String> linkageName() {
        return linkageName;
    }

    /** Whether other units know the function by its name (DW_AT_external). */
    boolean isExternal() {
        return external;
    }

    /** The entry at which reading ended: the declaration, where the function has one. */
    EntryReference declaration() {
        return last;
    }

    /** Whether the entry leads on to another one, which is then the next. */
    private boolean readEntry() throws MalformedException {
        if (!last.isInUnit()) {
            throw last.unit()
                    .entries()
                    .malformed("reference", last.offset(), "an entry outside the unit", "an entry");
        }
        EntryCursor entry = new EntryCursor(
                last.file(),
                last.unit(),
                last.offset(),
                EntryCursor.DW_AT_name,
                DW_AT_linkage_name,
                DW_AT_MIPS_linkage_name,
                DW_AT_external,
                DW_AT_abstract_origin,
                DW_AT_specification);
        if (!entry.read()) {
            throw last.unit()
                    .entries()
                    .malformed("reference", last.offset(), "a null entry", "an entry");
        }
        Optional<String> text = entry.text(EntryCursor.DW_AT_name);
        Optional<String> linkage = entry.text(DW_AT_linkage_name);
        Optional<String> old = entry.text(DW_AT_MIPS_linkage_name);
        name = name.or(() -> text);
        linkageName = linkageName.or(() -> linkage).or(() -> old);
        external |= entry.isSet(DW_AT_external);
        Optional<EntryReference> next = entry.has(DW_AT_specification)
                ? entry.reference(DW_AT_specification)
                : entry.reference(DW_AT_abstract_origin);
        boolean wanting = name.isEmpty() || linkageName.isEmpty();
        next.filter(_ -> wanting).ifPresent(entryThere -> last = entryThere);
        return wanting && next.isPresent();
    }
}
