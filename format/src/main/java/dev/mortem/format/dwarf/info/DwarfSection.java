package dev.mortem.format.dwarf.info;

/** The sections that this package and the line tables read (DWARF 5, section 7.1.1 and appendix B). */
public enum DwarfSection {
    INFO(".debug_info"),
    ABBREV(".debug_abbrev"),
    LINE(".debug_line"),
    LINE_STR(".debug_line_str"),
    STR(".debug_str"),
    STR_OFFSETS(".debug_str_offsets"),
    ADDR(".debug_addr"),
    ARANGES(".debug_aranges"),
    RANGES(".debug_ranges"),
    RNGLISTS(".debug_rnglists");

    private final String sectionName;

    DwarfSection(String sectionName) {
        this.sectionName = sectionName;
    }

    /** As the section header table has it: ".debug_info". */
    public String sectionName() {
        return sectionName;
    }
}
