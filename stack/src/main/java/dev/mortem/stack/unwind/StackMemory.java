package dev.mortem.stack.unwind;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * The process's memory as a walk reads it: word by word, most of them close to the last. Keeps the page
 * of the last read, so that a word costs neither an allocation nor a search for its region. Belongs to
 * one thread.
 */
final class StackMemory implements MemoryReader {
    /** No smaller than the pages of any process, so that a page is there whole or not at all. */
    private static final int PAGE_SIZE_BYTES = 4096;

    private final MemoryReader memory;
    private final boolean littleEndian;
    private final byte[] page = new byte[PAGE_SIZE_BYTES];
    private long pageAddress;
    private int present;

    StackMemory(MemoryReader memory) {
        this.memory = memory;
        this.littleEndian = memory.machine().order() == ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public Machine machine() {
        return memory.machine();
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        return memory.read(address, target, targetOffset, sizeBytes);
    }

    @Override
    public OptionalLong unsigned(long address, int sizeBytes) {
        long start = Addresses.alignDown(address, PAGE_SIZE_BYTES);
        int offset = (int) (address - start);
        if (offset + sizeBytes > PAGE_SIZE_BYTES) {
            return MemoryReader.super.unsigned(address, sizeBytes);
        }
        if (present == 0 || start != pageAddress) {
            pageAddress = start;
            present = memory.read(start, page, 0, PAGE_SIZE_BYTES);
        }
        if (offset + sizeBytes > present) {
            // Perhaps behind a gap within the page: dumps may keep less than pages.
            return present == PAGE_SIZE_BYTES
                    ? OptionalLong.empty()
                    : MemoryReader.super.unsigned(address, sizeBytes);
        }
        long value = 0;
        for (int index = 0; index < sizeBytes; index++) {
            int at = offset + (littleEndian ? sizeBytes - 1 - index : index);
            value = value << 8 | Byte.toUnsignedLong(page[at]);
        }
        return OptionalLong.of(value);
    }
}
