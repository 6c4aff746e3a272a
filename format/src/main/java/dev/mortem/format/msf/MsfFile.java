package dev.mortem.format.msf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * An MSF file of format 7.00 (LLVM documentation, "The MSF File Format"). Its superblock, 56 bytes and
 * more:
 *
 * <pre>
 * 0 FileMagic 32   32 BlockSize   36 FreeBlockMapBlock   40 NumBlocks
 * 44 NumDirectoryBytes   48 Unknown   52 BlockMapAddr: u4 each
 * </pre>
 *
 * At BlockMapAddr stand the numbers of the directory's blocks; where one block has no room for all of
 * them, the numbers of further such blocks follow in the superblock (microsoft-pdb, msf.cpp: BIGMSF_HDR).
 * The directory: NumStreams, then each stream's size, then each stream's block numbers: u4 each.
 *
 * <p>Opening it reads the sizes alone. Immutable, safe for any thread while the file is open.
 */
public final class MsfFile {
    static final Limit STREAMS = new Limit(
            "streams of an MSF file",
            1 << 18,
            "streams",
            "PDBs number them with 16 bits; each takes 8 bytes of heap");

    static final Limit DIRECTORY_BYTES = new Limit(
            "the stream directory of an MSF file",
            64 << 20,
            "bytes",
            "it is kept where it lies scattered; one of 4 GiB in blocks of 4 KiB has 4 MiB");

    static final Limit SPLICED_BYTES = new Limit(
            "a part of an MSF stream that lies scattered",
            16 << 20,
            "bytes",
            "it is copied; nothing but tables of names is asked for in one piece");

    private static final byte[] MAGIC =
            "Microsoft C/C++ MSF 7.00\r\n\u001aDS\0\0\0".getBytes(StandardCharsets.ISO_8859_1);

    private static final int BLOCK_MAP_ADDR = 52;

    /** The size of a stream that was deleted. */
    private static final int NIL = -1;

    /** Real ones have 512 to 4,096, /PDBPAGESIZE allows up to 65,536. */
    private static final int BLOCK_BYTES_MIN = 512;

    private static final int BLOCK_BYTES_MAX = 1 << 16;

    private final ByteSource file;
    private final int blockBytes;
    private final long blockCount;
    private final MsfStream directory;
    private final int[] sizes;

    /** Where each stream's block numbers begin in the directory. */
    private final int[] blockLists;

    private final Limits limits;

    private MsfFile(ByteSource file, Limits limits) throws MalformedException {
        this.file = file;
        this.limits = limits;
        this.blockBytes = (int) file.u4("BlockSize", 32);
        boolean power = Integer.bitCount(blockBytes) == 1;
        if (!power || blockBytes < BLOCK_BYTES_MIN || blockBytes > BLOCK_BYTES_MAX) {
            throw file.malformed(
                    "BlockSize",
                    32,
                    Integer.toUnsignedString(blockBytes),
                    "a power of two from 512 to 65,536");
        }
        this.blockCount = file.u4("NumBlocks", 40);
        this.directory = directoryOfWhole();
        int count = (int) bounded("NumStreams", 0, directory.u4("NumStreams", 0), STREAMS);
        this.sizes = new int[count];
        this.blockLists = new int[count];
        readSizes();
    }

    /** Whether a file begins as such files do. */
    public static boolean hasMagic(ByteSource file) {
        try {
            ByteSource start = file.atMost("FileMagic", 0, MAGIC.length);
            return start.sizeBytes() == MAGIC.length
                    && Arrays.equals(MAGIC, start.bytes("FileMagic", 0, MAGIC.length));
        } catch (MalformedException cutWhileRead) {
            return false;
        }
    }

    /**
     * Reads the superblock and the sizes of the streams.
     *
     * @param file stays open as long as the result is used
     * @throws MalformedException where the directory is not to be had: nothing can be read then
     */
    public static MsfFile open(ByteSource file, Limits limits) throws MalformedException {
        ByteSource ordered = file.withOrder(ByteOrder.LITTLE_ENDIAN);
        if (!hasMagic(ordered)) {
            throw ordered.malformed(
                    "FileMagic", 0, "other bytes", "the signature of an MSF 7.00 file");
        }
        return new MsfFile(ordered, limits);
    }

    /**
     * Whether blocks are missing at its end: it was cut. Streams that lie in those that are there can be
     * read.
     */
    public boolean isCut() {
        return file.sizeBytes() < blockCount * blockBytes;
    }

    /** As messages name the file. */
    public String name() {
        return file.name();
    }

    /**
     * A stream; empty where there is none of that number, or it was deleted.
     *
     * @param name as messages name it
     * @throws MalformedException where its blocks are none of the file's
     */
    public Optional<MsfStream> stream(String name, int index) throws MalformedException {
        if (index < 0 || index >= sizes.length || sizes[index] == NIL) {
            return Optional.empty();
        }
        long sizeBytes = Integer.toUnsignedLong(sizes[index]);
        if (sizeBytes > file.sizeBytes()) { // its blocks repeat, or the file was cut
            throw directory.malformed(
                    "StreamSizes",
                    4 + 4L * index,
                    "%,d bytes".formatted(sizeBytes),
                    "%,d bytes, all that the file has".formatted(file.sizeBytes()));
        }
        int[] blocks = new int[blocksOf(sizeBytes)];
        for (int block = 0; block < blocks.length; block++) {
            blocks[block] = directory.s4("StreamBlocks", blockLists[index] + 4L * block);
        }
        return Optional.of(new MsfStream(file, name, blockBytes, blocks, sizeBytes, splicedMax()));
    }

    /** The directory mostly stands last: a file that was cut has none, and is told what it lacks. */
    private MsfStream directoryOfWhole() throws MalformedException {
        try {
            MsfStream found = directory();
            found.u4("NumStreams", found.sizeBytes() - 4);
            return found;
        } catch (MalformedException malformed) {
            if (!isCut()) {
                throw malformed;
            }
            throw file.malformed(
                    "NumBlocks",
                    40,
                    "the file was cut: it has %,d bytes".formatted(file.sizeBytes()),
                    "%,d bytes".formatted(blockCount * blockBytes));
        }
    }

    private MsfStream directory() throws MalformedException {
        long sizeBytes =
                bounded("NumDirectoryBytes", 44, file.u4("NumDirectoryBytes", 44), DIRECTORY_BYTES);
        if (sizeBytes < 4 || sizeBytes > file.sizeBytes()) {
            throw file.malformed(
                    "NumDirectoryBytes",
                    44,
                    "%,d bytes".formatted(sizeBytes),
                    "4 or more, and no more than the file has");
        }
        int[] blocks = new int[blocksOf(sizeBytes)];
        int mapBlocks = blocksOf(4L * blocks.length);
        ByteSource maps = file.table("BlockMapAddr", BLOCK_MAP_ADDR, mapBlocks, 4);
        int perBlock = blockBytes / 4;
        for (int block = 0; block < blocks.length; block++) {
            long map = maps.u4("BlockMapAddr", 4L * (block / perBlock));
            long at = map * blockBytes + 4L * (block % perBlock);
            blocks[block] = file.s4("BlockMap", at);
        }
        return new MsfStream(file, "StreamDirectory", blockBytes, blocks, sizeBytes, splicedMax());
    }

    private void readSizes() throws MalformedException {
        long next = 4 + 4L * sizes.length;
        for (int stream = 0; stream < sizes.length; stream++) {
            sizes[stream] = directory.s4("StreamSizes", 4 + 4L * stream);
            long listBytes =
                    sizes[stream] == NIL ? 0 : 4L * blocksOf(Integer.toUnsignedLong(sizes[stream]));
            if (next + listBytes > directory.sizeBytes()) {
                throw directory.malformed(
                        "StreamSizes",
                        4 + 4L * stream,
                        "a stream of %,d bytes".formatted(Integer.toUnsignedLong(sizes[stream])),
                        "%,d bytes of block numbers left".formatted(directory.sizeBytes() - next));
            }
            blockLists[stream] = (int) next;
            next += listBytes;
        }
    }

    private int splicedMax() {
        return limits.maxInt(SPLICED_BYTES);
    }

    private int blocksOf(long sizeBytes) {
        return (int) ((sizeBytes + blockBytes - 1) / blockBytes);
    }

    private long bounded(String field, long offset, long value, Limit limit)
            throws MalformedException {
        if (!limits.allows(limit, value)) {
            throw file.malformed(
                    field,
                    offset,
                    "%,d %s".formatted(value, limit.unit()),
                    "at most %,d".formatted(limits.max(limit)));
        }
        return value;
    }
}
