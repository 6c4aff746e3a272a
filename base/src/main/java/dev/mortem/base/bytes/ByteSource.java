package dev.mortem.base.bytes;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A bounded view of bytes: a file, a part of one, or an array. Reads are by field name and offset, both
 * only for the message of the {@link MalformedException} that a read outside the view throws.
 *
 * <p>Offsets and sizes are in bytes from the start of the view and are taken as unsigned, so a size that
 * a file claims can be passed in as it stands. A view keeps where it lies in its file: a message always
 * gives the offset in the file. Immutable and safe for any thread while the file below is open; after
 * {@link MappedFile#close} a read throws {@link IllegalStateException}.
 */
public final class ByteSource {
    /** Most names are shorter. */
    private static final int TEXT_PIECE_BYTES = 64;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final String structure;
    private final MemorySegment bytes;
    private final @Nullable ByteBuffer window;
    private final int windowOffset;
    private final long fileOffset;
    private final boolean littleEndian;

    ByteSource(
            String name,
            String structure,
            MemorySegment bytes,
            long fileOffset,
            boolean littleEndian) {
        this(name, structure, bytes, windowOf(bytes), 0, fileOffset, littleEndian);
    }

    /**
     * @param window little-endian, with the view's bytes from {@code windowOffset} on: the first reads
     *     through a buffer take a tenth of the time of those through a segment, whose method handles a
     *     start-up cache does not keep; null where there are more bytes than a buffer can have
     */
    private ByteSource(
            String name,
            String structure,
            MemorySegment bytes,
            @Nullable ByteBuffer window,
            int windowOffset,
            long fileOffset,
            boolean littleEndian) {
        this.name = name;
        this.structure = structure;
        this.bytes = bytes;
        this.window = window;
        this.windowOffset = windowOffset;
        this.fileOffset = fileOffset;
        this.littleEndian = littleEndian;
    }

    private static @Nullable ByteBuffer windowOf(MemorySegment bytes) {
        return bytes.byteSize() <= Integer.MAX_VALUE
                ? bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN)
                : null;
    }

    /** A view of the array itself; whoever changes the array changes the view. */
    public static ByteSource ofBytes(String name, byte[] bytes, ByteOrder order) {
        return new ByteSource(
                name,
                "bytes",
                MemorySegment.ofArray(bytes).asReadOnly(),
                0,
                order == ByteOrder.LITTLE_ENDIAN);
    }

    /** A view of memory outside the heap: of what was inflated, for example. */
    public static ByteSource ofSegment(String name, MemorySegment bytes, ByteOrder order) {
        return new ByteSource(
                name, "bytes", bytes.asReadOnly(), 0, order == ByteOrder.LITTLE_ENDIAN);
    }

    /** The name of the file, as messages give it. */
    public String name() {
        return name;
    }

    public long sizeBytes() {
        return bytes.byteSize();
    }

    /** Where offset 0 of this view lies in its file. */
    public long fileOffset() {
        return fileOffset;
    }

    public ByteOrder order() {
        return littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /** The same bytes, read in the other order. */
    public ByteSource withOrder(ByteOrder order) {
        return new ByteSource(
                name,
                structure,
                bytes,
                window,
                windowOffset,
                fileOffset,
                order == ByteOrder.LITTLE_ENDIAN);
    }

    public int u1(String field, long offset) throws MalformedException {
        require(field, offset, 1);
        try {
            return Byte.toUnsignedInt(
                    window == null
                            ? bytes.get(ValueLayout.JAVA_BYTE, offset)
                            : window.get(windowOffset + (int) offset));
        } catch (InternalError fault) {
            throw cutWhileMapped(field, offset, fault);
        }
    }

    public int u2(String field, long offset) throws MalformedException {
        require(field, offset, 2);
        try {
            short raw = window == null
                    ? bytes.get(SHORT, offset)
                    : window.getShort(windowOffset + (int) offset);
            return Short.toUnsignedInt(littleEndian ? raw : Short.reverseBytes(raw));
        } catch (InternalError fault) {
            throw cutWhileMapped(field, offset, fault);
        }
    }

    public int s4(String field, long offset) throws MalformedException {
        require(field, offset, 4);
        try {
            int raw = window == null
                    ? bytes.get(INT, offset)
                    : window.getInt(windowOffset + (int) offset);
            return littleEndian ? raw : Integer.reverseBytes(raw);
        } catch (InternalError fault) {
            throw cutWhileMapped(field, offset, fault);
        }
    }

    public long u4(String field, long offset) throws MalformedException {
        return Integer.toUnsignedLong(s4(field, offset));
    }

    /** Eight bytes; the number is unsigned. */
    public long u8(String field, long offset) throws MalformedException {
        require(field, offset, 8);
        try {
            long raw = window == null
                    ? bytes.get(LONG, offset)
                    : window.getLong(windowOffset + (int) offset);
            return littleEndian ? raw : Long.reverseBytes(raw);
        } catch (InternalError fault) {
            throw cutWhileMapped(field, offset, fault);
        }
    }

    /** An unsigned number of 1, 2, 4 or 8 bytes. */
    public long unsigned(String field, long offset, int sizeBytes) throws MalformedException {
        return switch (sizeBytes) {
            case 1 -> u1(field, offset);
            case 2 -> u2(field, offset);
            case 4 -> u4(field, offset);
            case 8 -> u8(field, offset);
            default -> throw new IllegalArgumentException("no number has " + sizeBytes + " bytes");
        };
    }

    /** The part of {@code sizeBytes} at {@code offset}; both are unsigned and must lie inside. */
    public ByteSource slice(String part, long offset, long sizeBytes) throws MalformedException {
        require(part, offset, sizeBytes);
        return sliceUnchecked(part, offset, sizeBytes);
    }

    /** The part from {@code offset} to the end. */
    public ByteSource from(String part, long offset) throws MalformedException {
        require(part, offset, 0);
        return sliceUnchecked(part, offset, sizeBytes() - offset);
    }

    /** As much of {@code sizeBytes} at {@code offset} as there is: perhaps nothing. For cut files. */
    public ByteSource atMost(String part, long offset, long sizeBytes) {
        long from = Long.compareUnsigned(offset, sizeBytes()) > 0 ? sizeBytes() : offset;
        long left = sizeBytes() - from;
        return sliceUnchecked(
                part, from, Long.compareUnsigned(sizeBytes, left) > 0 ? left : sizeBytes);
    }

    /**
     * {@code count} entries of {@code entrySizeBytes}, checked against the bytes there are before
     * anybody allocates for them.
     */
    public ByteSource table(String part, long offset, long count, long entrySizeBytes)
            throws MalformedException {
        long left = Long.compareUnsigned(offset, sizeBytes()) > 0 ? 0 : sizeBytes() - offset;
        boolean fits =
                entrySizeBytes > 0 && Long.compareUnsigned(count, left / entrySizeBytes) <= 0;
        if (!fits) {
            throw malformed(
                    part,
                    offset,
                    "%s entries of %,d bytes"
                            .formatted(Long.toUnsignedString(count), entrySizeBytes),
                    "%,d bytes left".formatted(left));
        }
        return slice(part, offset, count * entrySizeBytes);
    }

    /** A copy of {@code sizeBytes} bytes; the caller has bounded the size by a limit of its own. */
    public byte[] bytes(String field, long offset, int sizeBytes) throws MalformedException {
        require(field, offset, sizeBytes);
        byte[] copy = new byte[sizeBytes];
        copyTo(field, offset, copy, 0, sizeBytes);
        return copy;
    }

    public void copyTo(String field, long offset, byte[] target, int targetOffset, int sizeBytes)
            throws MalformedException {
        require(field, offset, sizeBytes);
        try {
            MemorySegment.copy(
                    bytes, ValueLayout.JAVA_BYTE, offset, target, targetOffset, sizeBytes);
        } catch (InternalError fault) {
            throw cutWhileMapped(field, offset, fault);
        }
    }

    /** Text up to a NUL, or {@code maxBytes} or the end of the view where none comes before; as UTF-8. */
    public String cString(String field, long offset, int maxBytes) throws MalformedException {
        return cString(field, offset, maxBytes, StandardCharsets.UTF_8);
    }

    public String cString(String field, long offset, int maxBytes, Charset charset)
            throws MalformedException {
        require(field, offset, 0);
        int room = (int) Math.min(maxBytes, sizeBytes() - offset);
        return new String(upToZero(field, offset, room), charset);
    }

    /** UTF-8 text up to a zero byte, which has to be there, within {@code maxBytes}. */
    public String terminatedString(String field, long offset, int maxBytes)
            throws MalformedException {
        require(field, offset, 1);
        int room = (int) Math.min(maxBytes, sizeBytes() - offset);
        byte[] text = upToZero(field, offset, room);
        if (text.length == room) {
            throw malformed(field, offset, "text without an end", "at most " + room + " bytes");
        }
        return new String(text, StandardCharsets.UTF_8);
    }

    /** What stands before the first zero byte; all of {@code room} bytes where none is zero. */
    private byte[] upToZero(String field, long offset, int room) throws MalformedException {
        byte[] text = new byte[Math.min(room, TEXT_PIECE_BYTES)];
        int length = 0;
        while (length < room) {
            if (length > 0) {
                text = Arrays.copyOf(text, (int) Math.min(room, 2L * length));
            }
            copyTo(field, offset + length, text, length, text.length - length);
            while (length < text.length) {
                if (text[length] == 0) {
                    return Arrays.copyOf(text, length);
                }
                length++;
            }
        }
        return text;
    }

    /** Reads one value after the other from {@code offset} on. */
    public ByteCursor cursor(long offset) throws MalformedException {
        require("cursor", offset, 0);
        return new ByteCursor(this, offset);
    }

    /** The exception for a field of this view that holds what it must not. */
    public MalformedException malformed(String field, long offset, String found, String allowed) {
        return new MalformedException(
                name, structure + "." + field, fileOffset + offset, found, allowed);
    }

    private ByteSource sliceUnchecked(String part, long offset, long sizeBytes) {
        MemorySegment slice = bytes.asSlice(offset, sizeBytes);
        return window == null
                ? new ByteSource(name, part, slice, fileOffset + offset, littleEndian)
                : new ByteSource(
                        name,
                        part,
                        slice,
                        window,
                        windowOffset + (int) offset,
                        fileOffset + offset,
                        littleEndian);
    }

    /** Throws unless the part lies inside. */
    void require(String field, long offset, long sizeBytes) throws MalformedException {
        long size = bytes.byteSize();
        if (Long.compareUnsigned(offset, size) > 0
                || Long.compareUnsigned(sizeBytes, size - offset) > 0) {
            long left = Long.compareUnsigned(offset, size) > 0 ? 0 : size - offset;
            throw malformed(
                    field,
                    offset,
                    Long.toUnsignedString(sizeBytes) + " bytes needed",
                    "%,d bytes left".formatted(left));
        }
    }

    /** The file became shorter after it was mapped: the kernel answers the access with SIGBUS. */
    private MalformedException cutWhileMapped(String field, long offset, InternalError fault) {
        MalformedException cut = malformed(
                field,
                offset,
                "the file was truncated or its disk failed while it was read",
                "a file that stays as it is");
        cut.addSuppressed(fault);
        return cut;
    }
}
