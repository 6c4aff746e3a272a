package dev.mortem.format.dwarf.info;

/**
 * What entries of one kind look like (DWARF 5, section 7.5.3): their tag, and the attributes and forms in
 * the order of their values. Immutable.
 */
public final class Abbreviation {
    private final int tag;
    private final boolean children;
    private final int[] attributes;
    private final int[] forms;
    private final long[] constants;

    /** How to pass over the values: a size in bytes, or minus a form whose size is in the value. */
    private final int[] skips;

    Abbreviation(
            int tag,
            boolean children,
            int[] attributes,
            int[] forms,
            long[] constants,
            int[] skips) {
        this.tag = tag;
        this.children = children;
        this.attributes = attributes;
        this.forms = forms;
        this.constants = constants;
        this.skips = skips;
    }

    /** DW_TAG_subprogram … */
    public int tag() {
        return tag;
    }

    /** Whether entries follow that belong to this one, up to an entry of code 0. */
    public boolean hasChildren() {
        return children;
    }

    /** How many attributes there are. */
    public int size() {
        return attributes.length;
    }

    /** DW_AT_name … */
    public int attribute(int index) {
        return attributes[index];
    }

    /** DW_FORM_strp … as it stands: DW_FORM_indirect and DW_FORM_implicit_const too. */
    public int form(int index) {
        return forms[index];
    }

    /** The value where the form is DW_FORM_implicit_const. */
    public long constant(int index) {
        return constants[index];
    }

    int[] skips() {
        return skips;
    }
}
