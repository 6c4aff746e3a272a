package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.msf.MsfStream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The hash table of symbols by their names (LLVM documentation, "The PDB Global Symbol Stream";
 * microsoft-pdb, gsi.cpp and misc.h: LHashPbCb). Header, 16 bytes: signature, version, 8 the size of the
 * hash records, 12 that of the buckets: u4 each. Hash records: offset of a symbol's record + 1, count of
 * references: u4 each. Then a bit for each of the 4,097 buckets, or of a minimal PDB 262,144, whether it
 * has any, and for each that has 12 times the number of its first hash record: u4. Read where it lies.
 */
final class NameHash {
    private static final int HEAD_BYTES = 16;
    private static final int RECORD_BYTES = 8;

    /** What a hash record takes in the memory of the linker, which is what buckets count in. */
    private static final int COUNTED_BYTES = 12;

    private static final int BUCKETS = 0x1000;
    private static final int BUCKETS_OF_MINIMAL = 0x3_ffff;

    /** A table with everything in one bucket is no table. */
    private static final int CHAIN_MAX = 1 << 16;

    private final MsfStream stream;
    private final long recordsAt;
    private final long recordCount;
    private final long bitsAt;
    private final int buckets;

    private NameHash(MsfStream stream, long at, boolean minimal) throws MalformedException {
        long recordBytes = stream.u4("HrSize", at + 8);
        this.stream = stream;
        this.recordsAt = at + HEAD_BYTES;
        this.recordCount = recordBytes / RECORD_BYTES;
        this.bitsAt = recordsAt + recordBytes;
        this.buckets = minimal ? BUCKETS_OF_MINIMAL : BUCKETS;
        stream.require("HashRecords", recordsAt, recordBytes);
    }

    static NameHash read(MsfStream stream, long at, boolean minimal) throws MalformedException {
        return new NameHash(stream, at, minimal);
    }

    /** Takes offsets of symbol records, until one is the right one. */
    @FunctionalInterface
    interface Symbols {
        /** @return whether it is the one that was looked for */
        boolean take(long recordOffset) throws MalformedException;
    }

    /** Gives out what may have the name, until one is taken. */
    void find(String name, Symbols symbols) throws MalformedException {
        int bucket = Integer.remainderUnsigned(hash(name), buckets);
        long bucketsAt = bitsAt + 4L * ((buckets + 32) / 32);
        int before = 0;
        for (int word = 0; word < bucket / 32; word++) {
            before += Integer.bitCount(stream.s4("HashBitmap", bitsAt + 4L * word));
        }
        int bits = stream.s4("HashBitmap", bitsAt + 4L * (bucket / 32));
        if ((bits >>> (bucket % 32) & 1) == 0) {
            return;
        }
        before += Integer.bitCount(bits & (1 << bucket % 32) - 1);
        long at = bucketsAt + 4L * before;
        long first = stream.u4("HashBucket", at) / COUNTED_BYTES;
        long end = at + 8 <= stream.sizeBytes()
                ? stream.u4("HashBucket", at + 4) / COUNTED_BYTES
                : recordCount;
        if (end <= first || end > recordCount) {
            end = recordCount; // of the last bucket; what follows the buckets is something else
        }
        for (long record = first; record < Math.min(end, first + CHAIN_MAX); record++) {
            long offset = stream.u4("HashRecord", recordsAt + record * RECORD_BYTES) - 1;
            if (offset >= 0 && symbols.take(offset)) {
                return;
            }
        }
    }

    /** Words of four bytes, then one of two, then one byte; letters in either case alike. */
    private static int hash(String name) {
        ByteBuffer bytes = ByteBuffer.wrap(name.getBytes(StandardCharsets.UTF_8))
                .order(ByteOrder.LITTLE_ENDIAN);
        int hash = 0;
        while (bytes.remaining() >= 4) {
            hash ^= bytes.getInt();
        }
        if (bytes.remaining() >= 2) {
            hash ^= Short.toUnsignedInt(bytes.getShort());
        }
        if (bytes.hasRemaining()) {
            hash ^= Byte.toUnsignedInt(bytes.get());
        }
        hash |= 0x2020_2020;
        hash ^= hash >>> 11;
        return hash ^ hash >>> 16;
    }
}
