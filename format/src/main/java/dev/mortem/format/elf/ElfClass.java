package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;

/**
 * EI_CLASS: whether addresses, offsets and sizes have 4 or 8 bytes (gABI chapter 4, ELF
 * Identification).
 */
public enum ElfClass {
    ELFCLASS32(4),
    ELFCLASS64(8);

    private final int wordSizeBytes;

    ElfClass(int wordSizeBytes) {
        this.wordSizeBytes = wordSizeBytes;
    }

    /** Size of an address, an offset and a size. */
    public int wordSizeBytes() {
        return wordSizeBytes;
    }

    /** The one of two values that belongs to this class: of two offsets, of two sizes. */
    public int pick(int of32, int of64) {
        return this == ELFCLASS64 ? of64 : of32;
    }

    /** An address, offset or size, which stands at another offset in each class. */
    long word(ByteSource source, String field, int offset32, int offset64)
            throws MalformedException {
        return switch (this) {
            case ELFCLASS32 -> source.u4(field, offset32);
            case ELFCLASS64 -> source.u8(field, offset64);
        };
    }

    /** Puts an address, offset or size at the buffer's position. */
    void putWord(ByteBuffer target, long value) {
        switch (this) {
            case ELFCLASS32 -> target.putInt((int) value);
            case ELFCLASS64 -> target.putLong(value);
        }
    }
}
