package dev.mortem.stack.fetch;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.DebugId;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The id of a PDB, of a multi-stream file of version 7.00 (LLVM, "The MSF File Format", "The PDB Info
 * Stream", "The PDB DBI Stream"). Images and stores name the age of the DBI stream; older linkers that of
 * the info stream.
 *
 * @param ids one or two, which differ in their ages
 */
record PdbIdentity(List<String> ids) {
    private static final byte[] MAGIC =
            "Microsoft C/C++ MSF 7.00\r\n\032DS\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int INFO_STREAM = 1;
    private static final int DBI_STREAM = 3;
    private static final long ABSENT = 0xffff_ffffL;

    /** The directory of the largest PDBs seen has some MB; it is read word by word, not copied. */
    private static final long STREAMS_MAX = 1 << 20;

    PdbIdentity {
        ids = List.copyOf(ids);
    }

    /** Empty where it is no PDB. */
    static Optional<PdbIdentity> read(ByteSource file) throws MalformedException {
        if (file.sizeBytes() < 56
                || !new String(file.bytes("Magic", 0, MAGIC.length), StandardCharsets.ISO_8859_1)
                        .equals(new String(MAGIC, StandardCharsets.ISO_8859_1))) {
            return Optional.empty();
        }
        return Optional.of(new Blocks(file).identity());
    }

    private static final class Blocks {
        private final ByteSource file;
        private final long blockBytes;
        private final ByteSource map;

        Blocks(ByteSource file) throws MalformedException {
            this.file = file;
            this.blockBytes = file.u4("BlockSize", 32);
            if (blockBytes < 512 || blockBytes > 65536 || Long.bitCount(blockBytes) != 1) {
                throw file.malformed(
                        "BlockSize", 32, blockBytes + " bytes", "a power of two up to 65536");
            }
            long blocks = file.u4("NumBlocks", 40);
            if (blocks * blockBytes > file.sizeBytes()) {
                throw file.malformed(
                        "NumBlocks",
                        40,
                        blocks + " blocks of " + blockBytes + " bytes",
                        file.sizeBytes() + " bytes in the file: it was cut off");
            }
            long directoryBlocks = ceil(file.u4("NumDirectoryBytes", 44));
            map = file.table(
                    "BlockMap", file.u4("BlockMapAddr", 52) * blockBytes, directoryBlocks, 4);
        }

        private long ceil(long bytes) {
            return (bytes + blockBytes - 1) / blockBytes;
        }

        /** A word of the directory, whose blocks lie scattered. */
        private long word(long index) throws MalformedException {
            long offset = index * 4;
            long block = map.u4("BlockMap", offset / blockBytes * 4);
            return file.u4("StreamDirectory", block * blockBytes + offset % blockBytes);
        }

        PdbIdentity identity() throws MalformedException {
            long streams = word(0);
            if (streams > STREAMS_MAX) {
                throw file.malformed(
                        "NumStreams", 0, streams + " streams", "at most " + STREAMS_MAX);
            }
            ByteSource info = start(INFO_STREAM, streams, 28);
            byte[] guid = info.bytes("Guid", 12, 16);
            List<String> ids = new ArrayList<>();
            if (streams > DBI_STREAM && size(DBI_STREAM) >= 12) {
                int age = start(DBI_STREAM, streams, 12).s4("Age", 8);
                ids.add(DebugId.ofGuid(guid, age).toString());
            }
            ids.add(DebugId.ofGuid(guid, info.s4("Age", 8)).toString());
            return new PdbIdentity(ids.stream().distinct().toList());
        }

        private long size(int stream) throws MalformedException {
            long size = word(1L + stream);
            return size == ABSENT ? 0 : size;
        }

        /** The first bytes of a stream, which lie within its first block. */
        private ByteSource start(int stream, long streams, int sizeBytes)
                throws MalformedException {
            if (stream >= streams || size(stream) < sizeBytes) {
                throw file.malformed(
                        "stream " + stream, 0, "too short", "at least " + sizeBytes + " bytes");
            }
            long index = 1 + streams;
            for (int before = 0; before < stream; before++) {
                index += ceil(size(before));
            }
            return file.slice("stream " + stream, word(index) * blockBytes, sizeBytes);
        }
    }
}
