package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.info.Abbreviation;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.FormReader;

import java.util.Optional;

/**
 * Reads a function's names at its entry, or where that leads to: from a call that was inlined and from
 * code to the abstract instance (DW_AT_abstract_origin), and from there to the declaration
 * (DW_AT_specification), which may be in another unit or in the supplementary file (DWARF 5, sections
 * 3.3.8 and 7.5.5).
 */
final class FunctionNames {
    private static final int DW_AT_name = 0x03;
    private static final int DW_AT_abstract_origin = 0x31;
    private static final int DW_AT_specification = 0x47;
    private static final int DW_AT_linkage_name = 0x6e;
    private static final int DW_AT_MIPS_linkage_name = 0x2007;

    /** From an inlined call over the abstract instance to the declaration is two. */
    private static final int HOPS_MAX = 16;

    private Optional<String> name = Optional.empty();
    private Optional<String> linkageName = Optional.empty();
    private UnitFile file;
    private DwarfUnit unit;
    private long offset;

    private FunctionNames(UnitFile file, DwarfUnit unit, long offset) {
        this.file = file;
        this.unit = unit;
        this.offset = offset;
    }

    /** @param offset of the entry, in the unit's .debug_info */
    static FunctionNames read(UnitFile file, DwarfUnit unit, long offset)
            throws MalformedException {
        FunctionNames names = new FunctionNames(file, unit, offset);
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

    /** Whether the entry leads on to another one, which is then the next. */
    private boolean readEntry() throws MalformedException {
        ByteSource entries = unit.entries();
        boolean inside =
                offset >= unit.header().dieOffset() && offset < unit.header().end();
        if (!inside) {
            throw entries.malformed("reference", offset, "an entry outside the unit", "an entry");
        }
        ByteCursor cursor = entries.cursor(offset);
        long code = cursor.uleb("abbreviation code");
        Abbreviation abbreviation = file.cache().abbreviations(unit).get(code, cursor);
        int referenceForm = 0;
        long reference = 0;
        for (int index = 0; index < abbreviation.size(); index++) {
            int form = abbreviation.form(index);
            if (form == FormReader.DW_FORM_indirect) {
                form = (int) cursor.uleb("indirect form");
            }
            switch (abbreviation.attribute(index)) {
                case DW_AT_name -> {
                    Optional<String> text = unit.text(cursor, "name", form);
                    name = name.or(() -> text);
                }
                case DW_AT_linkage_name, DW_AT_MIPS_linkage_name -> {
                    Optional<String> text = unit.text(cursor, "linkage_name", form);
                    linkageName = linkageName.or(() -> text);
                }
                case DW_AT_abstract_origin, DW_AT_specification -> {
                    referenceForm = form;
                    reference = unit.forms().number(cursor, "reference", form);
                }
                default -> unit.forms().skip(cursor, "value", form);
            }
        }
        boolean wanting = name.isEmpty() || linkageName.isEmpty();
        return wanting && referenceForm != 0 && follow(referenceForm, reference);
    }

    private boolean follow(int form, long reference) throws MalformedException {
        switch (form) {
            case FormReader.DW_FORM_ref1,
                    FormReader.DW_FORM_ref2,
                    FormReader.DW_FORM_ref4,
                    FormReader.DW_FORM_ref8,
                    FormReader.DW_FORM_ref_udata -> offset = unit.header().offset() + reference;
            case FormReader.DW_FORM_ref_addr -> {
                offset = reference;
                unit = file.unitOf(reference);
            }
            case FormReader.DW_FORM_GNU_ref_alt,
                    FormReader.DW_FORM_ref_sup4,
                    FormReader.DW_FORM_ref_sup8 -> {
                Optional<UnitFile> other = file.supplementary();
                if (other.isEmpty()) {
                    return false; // its name is in a file that is not here
                }
                file = other.get();
                offset = reference;
                unit = file.unitOf(reference);
            }
            default -> {
                // DW_FORM_ref_sig8 means a type, never a member of one (section 7.5.5): units refer
                // to
                // the declaration of a member function that they keep beside the signature.
                return false;
            }
        }
        return true;
    }
}
