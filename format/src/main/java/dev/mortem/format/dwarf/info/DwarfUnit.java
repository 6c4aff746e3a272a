package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * One unit with what its entries' values count from. Immutable.
 *
 * <p>The entries of a split unit lie in a file of their own, but their addresses and, up to version 4,
 * their range lists in that of the skeleton (DWARF 5, section 7.3.2.2; version 4: the GNU extension
 * DebugFission).
 */
public final class DwarfUnit {
    private final DwarfSections sections;
    private final UnitDie die;
    private final FormReader forms;
    private final long addrBase;
    private final long strOffsetsBase;
    private final long rangesBase;
    private final long rangeListBase;
    private final boolean split;

    private DwarfUnit(DwarfSections sections, UnitDie die, UnitDie skeleton, long rangesBase) {
        UnitHeader header = die.header();
        this.sections = sections;
        this.die = die;
        this.forms = new FormReader(
                sections, header.version(), header.offsetSizeBytes(), header.addressSizeBytes());
        this.addrBase = skeleton.addrBase().orElse(0);
        // behind the header of the first table where the unit does not say (section 7.26)
        this.strOffsetsBase = die.strOffsetsBase()
                .orElse(header.version() >= 5 ? 2L * header.offsetSizeBytes() : 0);
        this.rangesBase = rangesBase;
        this.rangeListBase = skeleton.lowPc().orElse(0);
        // a unit that was not split off is its own skeleton
        this.split = !skeleton.equals(die);
    }

    /** A unit that is whole in its file. */
    public static DwarfUnit of(DwarfSections sections, UnitDie die) {
        return new DwarfUnit(sections, die, die, 0);
    }

    /** Reads the unit whose header is at {@code offset} of .debug_info. */
    public static DwarfUnit read(DwarfSections sections, long offset, ReadBudget budget)
            throws MalformedException {
        UnitHeader header = UnitHeader.read(sections.require(DwarfSection.INFO), offset);
        return of(sections, UnitDie.read(sections, header, budget));
    }

    /**
     * The entries of {@code skeleton}, which is a unit of the file whose code it is.
     *
     * @param split the file, or the part of a package, that holds the entries
     * @param offset of the unit's header in the split file
     */
    public static DwarfUnit readSplit(
            DwarfSections split, long offset, DwarfUnit skeleton, ReadBudget budget)
            throws MalformedException {
        DwarfSections both = new DwarfSections(
                split.fileName(),
                section -> switch (section) {
                    case ADDR, RANGES -> skeleton.sections.get(section);
                    default -> split.get(section);
                },
                skeleton.sections::supplementary);
        UnitHeader header = UnitHeader.read(both.require(DwarfSection.INFO), offset);
        return new DwarfUnit(
                both,
                UnitDie.read(both, header, budget),
                skeleton.die,
                skeleton.die.splitRangesBase().orElse(0));
    }

    public DwarfSections sections() {
        return sections;
    }

    public UnitHeader header() {
        return die.header();
    }

    /** The first entry. */
    public UnitDie die() {
        return die;
    }

    public FormReader forms() {
        return forms;
    }

    /** DW_AT_addr_base: what indices of addresses count from, in .debug_addr. */
    public long addrBase() {
        return addrBase;
    }

    /** What offsets of range lists of entries below the first count from, up to version 4. */
    long rangesBase() {
        return rangesBase;
    }

    /** The svma that a range list counts from until it says otherwise. */
    long rangeListBase() {
        return rangeListBase;
    }

    /** Whether its entries lie in another file than its code. */
    boolean isSplit() {
        return split;
    }

    /** .debug_info up to the end of the unit. */
    public ByteSource entries() throws MalformedException {
        return sections.require(DwarfSection.INFO).slice(".debug_info", 0, header().end());
    }

    public AbbreviationTable readAbbreviations(Limits limits) throws MalformedException {
        return AbbreviationTable.read(
                sections.require(DwarfSection.ABBREV), header().abbrevOffset(), forms, limits);
    }

    /** Passes over all values of an entry. */
    public void skip(ByteCursor cursor, Abbreviation abbreviation) throws MalformedException {
        for (int step : abbreviation.skips()) {
            if (step >= 0) {
                cursor.skip("values", step);
            } else if (-step == FormReader.DW_FORM_indirect) {
                forms.skip(cursor, "value", (int) cursor.uleb("indirect form"));
            } else {
                forms.skip(cursor, "value", -step);
            }
        }
    }

    /** The svma that a value of a form that means an address has. */
    public long address(ByteCursor cursor, String field, int form) throws MalformedException {
        long number = forms.number(cursor, field, form);
        return FormReader.isAddressIndex(form) ? forms.addressByIndex(number, addrBase) : number;
    }

    /** The text of a value; empty, and passed over, where it is in a file that is not here. */
    public Optional<String> text(ByteCursor cursor, String field, int form)
            throws MalformedException {
        if (forms.canReadText(form) || FormReader.isTextIndex(form)) {
            return Optional.of(forms.text(cursor, field, form, strOffsetsBase));
        }
        forms.skip(cursor, field, form);
        return Optional.empty();
    }
}
