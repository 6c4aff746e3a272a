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
    RNGLISTS(".debug_rnglists"),
    LOC(".debug_loc"),
    LOCLISTS(".debug_loclists"),
    /** Where the parts of each split unit lie in a package (DWARF 5, section 7.3.5). */
    CU_INDEX(".debug_cu_index"),
    /** gdb's index (GDB manual, "Index Section Format"). */
    GDB_INDEX(".gdb_index"),
    /** The file that several debug files share, as dwz names it. */
    GNU_DEBUGALTLINK(".gnu_debugaltlink"),
    /** As DWARF 5 names it (section 7.3.6). */
    SUP(".debug_sup");

    private final String sectionName;

    DwarfSection(String sectionName) {
        this.sectionName = sectionName;
    }

    /** As a split file has it: ".debug_info.dwo" (DWARF 5, section 7.3.2). */
    public String splitName() {
        return sectionName + ".dwo";
    }

    /** As the section header table has it: ".debug_info". */
    public String sectionName() {
        return sectionName;
    }
}
