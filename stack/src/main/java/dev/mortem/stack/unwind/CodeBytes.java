package dev.mortem.stack.unwind;

/** A few bytes of code around an address; what is absent is told apart from every byte. */
final class CodeBytes {
    /** No byte is there. Differs from every byte's value. */
    static final int ABSENT = -1;

    private final byte[] bytes;
    private final int before;
    private final int presentFrom;
    private final int presentTo;

    private CodeBytes(byte[] bytes, int before, int presentFrom, int presentTo) {
        this.bytes = bytes;
        this.before = before;
        this.presentFrom = presentFrom;
        this.presentTo = presentTo;
    }

    /** {@code before} bytes in front of the address and {@code after} from it on. */
    static CodeBytes around(long address, int before, int after, CodeMap code) {
        byte[] bytes = new byte[before + after];
        int read = code.read(address - before, bytes, 0, bytes.length);
        if (read >= before || before == 0) {
            return new CodeBytes(bytes, before, 0, read);
        }
        // The page in front is not there: what lies behind the address may be.
        int behind = after == 0 ? 0 : code.read(address, bytes, before, after);
        return new CodeBytes(bytes, before, before, before + behind);
    }

    /** The byte at an offset from the address, 0 to 255, or {@link #ABSENT}. */
    int at(int offset) {
        int index = before + offset;
        return index >= presentFrom && index < presentTo
                ? Byte.toUnsignedInt(bytes[index])
                : ABSENT;
    }

    boolean isPresent(int offset) {
        return at(offset) != ABSENT;
    }

    /** Whether these bytes stand at the offset. */
    boolean has(int offset, int... expected) {
        for (int index = 0; index < expected.length; index++) {
            if (at(offset + index) != expected[index]) {
                return false;
            }
        }
        return true;
    }

    /** Four bytes, little endian; only where {@link #hasWord}. */
    int word(int offset) {
        return at(offset) | at(offset + 1) << 8 | at(offset + 2) << 16 | at(offset + 3) << 24;
    }

    boolean hasWord(int offset) {
        return isPresent(offset) && isPresent(offset + 3);
    }
}
