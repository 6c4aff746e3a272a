package dev.mortem.stack.locate;

/** How much a module's symbols tell, best first. */
public enum SymbolsState {
    /** Functions and source lines. */
    FULL("full"),
    /** All functions, from {@code .symtab}. */
    FUNCTIONS("functions"),
    /** Only what the module exports, from {@code .dynsym}. */
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
