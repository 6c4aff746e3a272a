package dev.mortem.format.msf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteOrder;

/**
 * One stream of an MSF file: bytes in blocks that lie anywhere in the file. Read where they lie; only a
 * part that is asked for in one piece and is scattered is copied. Offsets and sizes in bytes from the
 * stream's start, unsigned. Blocks may be shared with other streams or repeat: what is read is then wrong,
 * never endless.
 *
 * <p>Four bytes of heap for each block. Immutable, safe for any thread while the file is open.
 */
public final class MsfStream {
    private final ByteSource file;
    private final String name;
    private final int blockShift;
    private final int[] blocks;
    private final long sizeBytes;
    private final int splicedMax;

    MsfStream(
            ByteSource file,
            String name,
            int blockBytes,
            int[] blocks,
            long sizeBytes,
            int splicedMax) {
        this.file = file;
        this.name = name;
        this.blockShift = Integer.numberOfTrailingZeros(blockBytes);
        this.blocks = blocks;
        this.sizeBytes = sizeBytes;
        this.splicedMax = splicedMax;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** As messages name it. */
    public String name() {
        return name;
    }

    public int u2(String field, long offset) throws MalformedException {
        int inside = inside(offset);
        if (Long.compareUnsigned(offset, sizeBytes - 2) <= 0
                && sizeBytes >= 2
                && inside + 2 <= blockBytes()) {
            return file.u2(field, fileOffset(offset));
        }
        return slice(field, offset, 2).u2(field, 0);
    }

    public int s4(String field, long offset) throws MalformedException {
        int inside = inside(offset);
        if (Long.compareUnsigned(offset, sizeBytes - 4) <= 0
                && sizeBytes >= 4
                && inside + 4 <= blockBytes()) {
            return file.s4(field, fileOffset(offset));
        }
        return slice(field, offset, 4).s4(field, 0);
    }

    public long u4(String field, long offset) throws MalformedException {
        return Integer.toUnsignedLong(s4(field, offset));
    }

    /**
     * A part in one piece: a view of the file where its blocks follow each other, else a copy.
     *
     * @throws MalformedException where it is not inside the stream or the file, or is scattered and larger
     *     than {@link MsfFile#SPLICED_BYTES}
     */
    public ByteSource slice(String part, long offset, long partBytes) throws MalformedException {
        require(part, offset, partBytes);
        if (partBytes == 0) {
            return file.slice(part, 0, 0);
        }
        int first = (int) (offset >>> blockShift);
        int last = (int) ((offset + partBytes - 1) >>> blockShift);
        if (followEachOther(first, last)) {
            return file.slice(part, fileOffset(offset), partBytes);
        }
        if (partBytes > splicedMax) {
            throw malformed(
                    part,
                    offset,
                    "%,d scattered bytes".formatted(partBytes),
                    "at most %,d".formatted(splicedMax));
        }
        return splice(part, offset, (int) partBytes);
    }

    /** As much of a part as the stream has. */
    public ByteSource atMost(String part, long offset, long partBytes) throws MalformedException {
        long left = Long.compareUnsigned(offset, sizeBytes) > 0 ? 0 : sizeBytes - offset;
        return left == 0
                ? slice(part, 0, 0)
                : slice(part, offset, Long.compareUnsigned(partBytes, left) > 0 ? left : partBytes);
    }

    /** Throws unless the part lies inside. */
    public void require(String part, long offset, long partBytes) throws MalformedException {
        if (Long.compareUnsigned(offset, sizeBytes) > 0
                || Long.compareUnsigned(partBytes, sizeBytes - offset) > 0) {
            long left = Long.compareUnsigned(offset, sizeBytes) > 0 ? 0 : sizeBytes - offset;
            throw malformed(
                    part,
                    offset,
                    Long.toUnsignedString(partBytes) + " bytes needed",
                    "%,d bytes left".formatted(left));
        }
    }

    /** The exception for a field of this stream that holds what it must not. */
    public MalformedException malformed(String field, long offset, String found, String allowed) {
        return new MalformedException(file.name(), name + "." + field, offset, found, allowed);
    }

    private ByteSource splice(String part, long offset, int partBytes) throws MalformedException {
        byte[] copy = new byte[partBytes];
        int copied = 0;
        while (copied < partBytes) {
            int piece = Math.min(partBytes - copied, blockBytes() - inside(offset + copied));
            file.copyTo(part, fileOffset(offset + copied), copy, copied, piece);
            copied += piece;
        }
        return ByteSource.ofBytes(file.name() + ", " + name, copy, ByteOrder.LITTLE_ENDIAN);
    }

    private boolean followEachOther(int first, int last) {
        for (int block = first; block < last; block++) {
            if (blocks[block + 1] != blocks[block] + 1) {
                return false;
            }
        }
        return true;
    }

    private long fileOffset(long offset) {
        long block = Integer.toUnsignedLong(blocks[(int) (offset >>> blockShift)]);
        return (block << blockShift) + inside(offset);
    }

    private int inside(long offset) {
        return (int) (offset & (blockBytes() - 1));
    }

    private int blockBytes() {
        return 1 << blockShift;
    }
}
