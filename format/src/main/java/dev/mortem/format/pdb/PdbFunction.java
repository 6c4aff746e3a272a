package dev.mortem.format.pdb;

import java.util.OptionalLong;

/**
 * A function of a PDB.
 *
 * @param name undecorated of a procedure, "shop::total"; decorated of a public symbol, "?total@shop@@"
 * @param rva where it starts, in bytes from the module's start
 * @param sizeBytes of its code; empty for a public symbol and a label, which reach up to whatever comes next
 */
public record PdbFunction(String name, long rva, OptionalLong sizeBytes) {
    /** Whether only the symbol is known: no size, no lines. */
    public boolean isPublic() {
        return sizeBytes.isEmpty();
    }
}
