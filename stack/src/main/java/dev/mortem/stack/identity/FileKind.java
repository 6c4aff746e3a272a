package dev.mortem.stack.identity;

/** The kinds of files that have symbols, or the code that symbols are about. */
public enum FileKind {
    PE("pe", "PE image"),
    ELF("elf", "ELF file"),
    PDB("pdb", "PDB"),
    PORTABLE_PDB("portablePdb", "portable PDB"),
    BREAKPAD("breakpad", "Breakpad symbol file");

    private final String jsonName;
    private final String label;

    FileKind(String jsonName, String label) {
        this.jsonName = jsonName;
        this.label = label;
    }

    /** As JSON documents call it. */
    public String jsonName() {
        return jsonName;
    }

    /** As people call it. */
    public String label() {
        return label;
    }
}
