package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The abbreviations of one unit, or of several that share a table (DWARF 5, section 7.5.3). Immutable. */
public final class AbbreviationTable {
    /** Abbreviations of one table. */
    public static final Limit ABBREVIATIONS_MAX = new Limit(
            "abbreviations of a DWARF unit",
            200_000,
            "abbreviations",
            "dwz and linkers that merge tables make some ten thousand; some 100 bytes each");

    /** Attributes of one kind of entry. */
    private static final int ATTRIBUTES_MAX = 1_000;

    /** Codes count from 1 in what compilers write: an array finds them. */
    private final Abbreviation[] dense;

    private final Map<Long, Abbreviation> others;

    private AbbreviationTable(Abbreviation[] dense, Map<Long, Abbreviation> others) {
        this.dense = dense;
        this.others = others;
    }

    /**
     * Reads the table at {@code offset} of .debug_abbrev, for units whose values have the sizes that
     * {@code forms} knows.
     */
    public static AbbreviationTable read(
            ByteSource abbrevs, long offset, FormReader forms, Limits limits)
            throws MalformedException {
        ByteCursor cursor = abbrevs.cursor(offset);
        List<Abbreviation> inOrder = new ArrayList<>();
        Map<Long, Abbreviation> others = new HashMap<>();
        for (long count = 0; ; count++) {
            long code = cursor.uleb("abbreviation code");
            if (code == 0) {
                return new AbbreviationTable(
                        inOrder.toArray(Abbreviation[]::new), Map.copyOf(others));
            }
            if (!limits.allows(ABBREVIATIONS_MAX, count)) {
                throw cursor.malformed(
                        "abbreviations", "no end", "at most " + limits.max(ABBREVIATIONS_MAX));
            }
            Abbreviation abbreviation = readOne(cursor, forms);
            if (code == inOrder.size() + 1) {
                inOrder.add(abbreviation);
            } else {
                others.put(code, abbreviation);
            }
        }
    }

    /** The abbreviation of that code, which an entry at {@code cursor} bears. */
    public Abbreviation get(long code, ByteCursor cursor) throws MalformedException {
        if (code > 0 && code <= dense.length) {
            return dense[(int) code - 1];
        }
        Abbreviation found = others.get(code);
        if (found == null) {
            throw cursor.malformed(
                    "abbreviation code",
                    Long.toUnsignedString(code),
                    "a code of the unit's abbreviations");
        }
        return found;
    }

    /** How many there are. */
    public int size() {
        return dense.length + others.size();
    }

    private static Abbreviation readOne(ByteCursor cursor, FormReader reader)
            throws MalformedException {
        int tag = (int) cursor.uleb("tag");
        boolean children = cursor.u1("children") != 0;
        int[] attributes = new int[16];
        int[] forms = new int[16];
        long[] constants = new long[0];
        for (int count = 0; count < ATTRIBUTES_MAX; count++) {
            int attribute = (int) cursor.uleb("attribute");
            int form = (int) cursor.uleb("form");
            if (attribute == 0 && form == 0) {
                forms = Arrays.copyOf(forms, count);
                return new Abbreviation(
                        tag,
                        children,
                        Arrays.copyOf(attributes, count),
                        forms,
                        Arrays.copyOf(constants, count),
                        skips(forms, reader));
            }
            if (count == forms.length) {
                attributes = Arrays.copyOf(attributes, 2 * count);
                forms = Arrays.copyOf(forms, 2 * count);
            }
            attributes[count] = attribute;
            forms[count] = form;
            if (form == FormReader.DW_FORM_implicit_const) {
                constants = Arrays.copyOf(constants, count + 1);
                constants[count] = cursor.sleb("implicit_const");
            }
        }
        throw cursor.malformed("attributes", "no end", "at most " + ATTRIBUTES_MAX + " attributes");
    }

    /** Values of a known size that follow one another are passed over as one. */
    private static int[] skips(int[] forms, FormReader reader) {
        int[] skips = new int[forms.length];
        int count = 0;
        for (int form : forms) {
            int sizeBytes = reader.fixedSizeBytes(form);
            if (sizeBytes < 0) {
                skips[count++] = -form;
            } else if (count > 0 && skips[count - 1] >= 0) {
                skips[count - 1] += sizeBytes;
            } else {
                skips[count++] = sizeBytes;
            }
        }
        return Arrays.copyOf(skips, count);
    }
}
