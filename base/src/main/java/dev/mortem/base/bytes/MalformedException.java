package dev.mortem.base.bytes;

import dev.mortem.base.address.Addresses;

/**
 * Bytes of an input do not form the structure they should. Ends the reading of that structure only:
 * whoever asked for it records a Diagnostic and goes on.
 */
public final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String source;
    private final String structure;
    private final long offset;
    private final String found;
    private final String allowed;

    /**
     * @param source the file's name
     * @param structure the structure and field: "Elf64_Ehdr.e_phoff"
     * @param offset where it stands, in bytes from the start of the source
     * @param found what stands there
     * @param allowed what may stand there
     */
    public MalformedException(
            String source, String structure, long offset, String found, String allowed) {
        // Hostile input throws these by the thousand and nobody reads their stack.
        super(
                source + ": " + structure + " at " + Addresses.hex(offset) + ": " + found + ", "
                        + allowed,
                null,
                false,
                false);
        this.source = source;
        this.structure = structure;
        this.offset = offset;
        this.found = found;
        this.allowed = allowed;
    }

    public String source() {
        return source;
    }

    public String structure() {
        return structure;
    }

    public long offset() {
        return offset;
    }

    /** "core.123: NT_FILE at 0x1f0": where a Diagnostic says it happened. */
    public String place() {
        return source + ": " + structure + " at " + Addresses.hex(offset);
    }

    /** What was found and what is allowed. */
    public String problem() {
        return found + ", " + allowed;
    }
}
