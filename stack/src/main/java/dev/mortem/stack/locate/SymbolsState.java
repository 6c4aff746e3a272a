package dev.mortem.stack.locate;

/** How much a module's symbols tell, best first. */
public enum SymbolsState {
    /** Functions and source lines. */
    FULL("full"),
    /** All functions, from {@code .symtab} or the symbols that a linker left in a PE file. */
    FUNCTIONS("functions"),
    /** Only what the module exports, from {@code .dynsym} or a PE image's export table. */
    EXPORTS("exports"),
    /** Nothing. */
    NONE("none");

    private final String label;

    SymbolsState(String label) {
        this.label = label;
    }

    /** As reports print it. */
    public String label() {
        return label;
    }
}
