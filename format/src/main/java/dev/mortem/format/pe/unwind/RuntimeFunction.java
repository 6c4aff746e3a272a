package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * RUNTIME_FUNCTION of x64, 12 bytes ("x64 exception handling", "struct RUNTIME_FUNCTION").
 *
 * @param beginRva of its first byte
 * @param endRva behind its last byte
 * @param unwindRva of its UNWIND_INFO; with bit 0 set, of another RUNTIME_FUNCTION that has it
 */
public record RuntimeFunction(long beginRva, long endRva, long unwindRva) {
    static final int SIZE_BYTES = 12;

    static RuntimeFunction read(ByteSource entry) throws MalformedException {
        return new RuntimeFunction(
                entry.u4("BeginAddress", 0),
                entry.u4("EndAddress", 4),
                entry.u4("UnwindInfoAddress", 8));
    }

    public boolean contains(long rva) {
        return rva >= beginRva && rva < endRva;
    }

    /** Whether it only points at another entry. */
    public boolean isIndirect() {
        return (unwindRva & 1) != 0;
    }
}
