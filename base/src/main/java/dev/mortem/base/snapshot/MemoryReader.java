package dev.mortem.base.snapshot;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory of a snapshot. Reads may be short; what is absent is never answered as zeros. Safe for any
 * thread.
 */
public interface MemoryReader {
    /**
     * Copies the bytes from {@code address} on, up to the first that is absent.
     *
     * @return how many were copied, from 0 to {@code sizeBytes}
     */
    int read(long address, byte[] target, int targetOffset, int sizeBytes);

    /**
     * Copies the bytes from {@code address} on into the whole of {@code target}, up to the first that is
     * absent. Memory of a live process comes without a detour through the heap where its reader
     * overrides this.
     *
     * @param target of less than 2 GiB, in the heap or outside of it
     * @return how many were copied, from 0 to the target's size
     */
    default int read(long address, MemorySegment target) {
        int sizeBytes = Math.toIntExact(target.byteSize());
        // a page first: where nothing can be read, page after page is tried
        byte[] piece = new byte[Math.min(sizeBytes, 1 << 12)];
        int done = 0;
        while (done < sizeBytes) {
            int wanted = Math.min(piece.length, sizeBytes - done);
            int read = read(address + done, piece, 0, wanted);
            MemorySegment.copy(piece, 0, target, ValueLayout.JAVA_BYTE, done, read);
            done += read;
            if (read < wanted) {
                return done;
            }
            if (piece.length < sizeBytes - done) {
                piece = new byte[Math.min(sizeBytes - done, 1 << 16)];
            }
        }
        return done;
    }

    Machine machine();

    /** All of {@code sizeBytes}, or nothing. */
    default Optional<byte[]> bytes(long address, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        return read(address, bytes, 0, sizeBytes) == sizeBytes
                ? Optional.of(bytes)
                : Optional.empty();
    }

    default OptionalLong u1(long address) {
        return unsigned(address, 1);
    }

    default OptionalLong u4(long address) {
        return unsigned(address, 4);
    }

    default OptionalLong u8(long address) {
        return unsigned(address, 8);
    }

    /** A pointer of the machine's size. */
    default OptionalLong pointer(long address) {
        return unsigned(address, machine().pointerSizeBytes());
    }

    /** An unsigned number of 1 to 8 bytes in the machine's order. */
    default OptionalLong unsigned(long address, int sizeBytes) {
        byte[] bytes = new byte[sizeBytes];
        if (read(address, bytes, 0, sizeBytes) != sizeBytes) {
            return OptionalLong.empty();
        }
        boolean littleEndian = machine().order() == ByteOrder.LITTLE_ENDIAN;
        long value = 0;
        for (int index = 0; index < sizeBytes; index++) {
            value = value << 8
                    | Byte.toUnsignedLong(bytes[littleEndian ? sizeBytes - 1 - index : index]);
        }
        return OptionalLong.of(value);
    }

    /** Text up to a NUL as UTF-8; empty where memory or {@code maxBytes} ends before one. */
    default Optional<String> cString(long address, int maxBytes) {
        byte[] bytes = new byte[maxBytes];
        int read = read(address, bytes, 0, maxBytes);
        for (int index = 0; index < read; index++) {
            if (bytes[index] == 0) {
                return Optional.of(new String(bytes, 0, index, StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }

    /**
     * What is present from the range's start on, as a view for a format reader: perhaps shorter than
     * the range, perhaps nothing. Copies at most {@code maxBytes} where the memory is not a file's.
     */
    default ByteSource view(String name, AddressRange range, int maxBytes) {
        int wanted = (int) Addresses.min(range.sizeBytes(), maxBytes);
        byte[] bytes = new byte[wanted];
        int read = read(range.start(), bytes, 0, wanted);
        byte[] present = read == wanted ? bytes : Arrays.copyOf(bytes, read);
        return ByteSource.ofBytes(name, present, machine().order());
    }
}
