package dev.mortem.format.ehabi;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * {@code .ARM.exidx}, which PT_ARM_EXIDX points at: for each function, sorted by its start, how to
 * unwind it, or where in {@code .ARM.extab} that is said (EHABI, sections 6 and 7). Entries are read
 * when looked up. Immutable, safe for any thread.
 */
public final class ExceptionIndex {
    private static final int ENTRY_SIZE_BYTES = 8;
    private static final int CANNOT_UNWIND = 1;

    /** Of a compact entry: the number stands in four bits, three of them have a meaning. */
    private static final int PERSONALITIES = 3;

    private final ByteSource entries;
    private final long svma;
    private final Image image;

    /** The rest of the module, where entries that do not fit into the index are. */
    @FunctionalInterface
    public interface Image {
        /** The bytes from an address on, as many as are at hand; empty where none is. */
        Optional<ByteSource> from(long svma);
    }

    /**
     * An index over the content of its segment.
     *
     * @param entries whole; what is left of eight bytes at its end is passed over
     * @param svma of the first entry
     */
    public ExceptionIndex(ByteSource entries, long svma, Image image) {
        this.entries = entries;
        this.svma = svma;
        this.image = image;
    }

    public long count() {
        return entries.sizeBytes() / ENTRY_SIZE_BYTES;
    }

    /**
     * The entry of the function that covers the address.
     *
     * @return empty in front of the first function
     * @throws MalformedException where the entry is broken
     */
    public Optional<UnwindEntry> find(long address) throws MalformedException {
        long low = 0;
        long high = count() - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (Long.compareUnsigned(start(middle), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? Optional.empty() : Optional.of(entry(high));
    }

    /** The entry by its number, from 0. */
    public UnwindEntry entry(long index) throws MalformedException {
        long start = start(index);
        long end = index + 1 < count() ? start(index + 1) : -1;
        long offset = index * ENTRY_SIZE_BYTES + 4;
        int content = entries.s4("content", offset);
        if (content == CANNOT_UNWIND) {
            return new UnwindEntry.CannotUnwind(start, end);
        }
        if (content < 0) {
            ByteSource word = entries.slice("content", offset, 4);
            return new UnwindEntry.Instructions(start, end, UnwindInstruction.decode(inline(word)));
        }
        long table = prel31(content, svma + offset);
        ByteSource bytes = image.from(table)
                .orElseThrow(() -> entries.malformed(
                        "content",
                        offset,
                        "0x" + Long.toHexString(table),
                        "an address in the module"));
        return new UnwindEntry.Instructions(start, end, UnwindInstruction.decode(table(bytes)));
    }

    /** Bit 0 tells Thumb code. */
    private long start(long index) throws MalformedException {
        long offset = index * ENTRY_SIZE_BYTES;
        return prel31(entries.s4("function", offset), svma + offset) & ~1L;
    }

    /** An offset of 31 bits, signed, from its own place. */
    private static long prel31(int word, long place) {
        return place + (word << 1 >> 1) & 0xffff_ffffL;
    }

    /** Personality routine 0, whose three bytes of instructions fit into the index. */
    private static ByteSource inline(ByteSource word) throws MalformedException {
        int personality = word.s4("content", 0) >>> 24 & 0x7f;
        if (personality != 0) {
            throw word.malformed(
                    "personality", 0, String.valueOf(personality), "0, which fits into the index");
        }
        return instructions(word, 0, 3, 0);
    }

    private static ByteSource table(ByteSource bytes) throws MalformedException {
        int first = bytes.s4("personality", 0);
        if (first >= 0) {
            // GCC's own routines: how many words follow, then as personality routine 1
            int words = bytes.s4("words", 4) >>> 24;
            return instructions(bytes, 4, 3, words);
        }
        int personality = first >>> 24 & 0x0f;
        if (personality >= PERSONALITIES) {
            throw bytes.malformed("personality", 0, String.valueOf(personality), "0, 1 or 2");
        }
        return personality == 0
                ? instructions(bytes, 0, 3, 0)
                : instructions(bytes, 0, 2, first >>> 16 & 0xff);
    }

    /** The low bytes of the first word and all of the next ones, each from its highest byte on. */
    private static ByteSource instructions(
            ByteSource bytes, long offset, int inFirst, int moreWords) throws MalformedException {
        ByteSource table = bytes.table("instructions", offset, 1L + moreWords, 4);
        byte[] code = new byte[inFirst + 4 * moreWords];
        int at = 0;
        for (int word = 0; word <= moreWords; word++) {
            int value = table.s4("instructions", 4L * word);
            for (int shift = word == 0 ? 8 * (inFirst - 1) : 24; shift >= 0; shift -= 8) {
                code[at++] = (byte) (value >>> shift);
            }
        }
        return ByteSource.ofBytes(bytes.name(), code, ByteOrder.LITTLE_ENDIAN);
    }
}
