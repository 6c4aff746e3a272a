package dev.mortem.base.diagnostic;

/**
 * One thing that was wrong with an input.
 *
 * @param where the file or structure, with its offset where that helps: "core.123: NT_FILE at 0x1f0"
 * @param what what was found, and what is allowed
 * @param consequence what the reader of the report loses by it
 */
public record Diagnostic(String where, String what, String consequence) {
    @Override
    public String toString() {
        return where + ": " + what + " (" + consequence + ")";
    }
}
