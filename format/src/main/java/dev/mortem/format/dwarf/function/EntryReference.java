package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.FormReader;

import java.util.Optional;

/**
 * One entry that another one refers to (DWARF 5, section 7.5.5, "reference").
 *
 * @param offset of the entry in .debug_info of the file
 */
record EntryReference(UnitFile file, DwarfUnit unit, long offset) {
    /**
     * What a value refers to; empty where that is in a file that is not here, or a type unit.
     *
     * @param unit the one with the value
     */
    static Optional<EntryReference> of(UnitFile file, DwarfUnit unit, int form, long value)
            throws MalformedException {
        return switch (form) {
            case FormReader.DW_FORM_ref1,
                    FormReader.DW_FORM_ref2,
                    FormReader.DW_FORM_ref4,
                    FormReader.DW_FORM_ref8,
                    FormReader.DW_FORM_ref_udata ->
                Optional.of(new EntryReference(file, unit, unit.header().offset() + value));
            case FormReader.DW_FORM_ref_addr ->
                Optional.of(new EntryReference(file, file.unitOf(value), value));
            case FormReader.DW_FORM_GNU_ref_alt,
                    FormReader.DW_FORM_ref_sup4,
                    FormReader.DW_FORM_ref_sup8 -> {
                Optional<UnitFile> other = file.supplementary();
                yield other.isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new EntryReference(other.get(), other.get().unitOf(value), value));
            }
            default -> Optional.empty();
        };
    }

    /** Whether it lies among the entries of its unit. */
    boolean isInUnit() {
        return offset >= unit.header().dieOffset() && offset < unit.header().end();
    }
}
