package dev.mortem.format.cab;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A cabinet ([MS-CAB], section 2.1, CFHEADER): "MSCF" 4, reserved 4, cbCabinet 4, reserved 4, coffFiles 4,
 * reserved 4, versionMinor 1, versionMajor 1, cFolders 2, cFiles 2, flags 2, setID 2, iCabinet 2; then,
 * where flags say so, sizes of reserved parts and names of other cabinets. Immutable; safe for any thread
 * while the file below is open.
 */
public final class CabFile {
    public static final Limit FILES = new Limit(
            "files in a cabinet",
            1024,
            "files",
            "cabinets of symbol stores have one, those of installers some hundred");

    static final Limit FOLDERS =
            new Limit("folders in a cabinet", 64, "folders", "cabinets of symbol stores have one");

    public static final Limit FILE_BYTES = new Limit(
            "a file in a cabinet",
            2L << 30,
            "bytes",
            "65,535 blocks of 32 KiB, which is all that a folder can have");

    static final Limit EXPANSION = new Limit(
            "a file in a cabinet against the cabinet",
            400,
            "times its size",
            "PDBs shrink to a tenth, an image that is mostly zeros to a hundredth");

    /** However much they grow, files of that size do no harm. */
    private static final long SMALL_BYTES = 16L << 20;

    /** What a CFDATA unpacks to at most ([MS-CAB], section 2.5). */
    static final int BLOCK_BYTES_MAX = 32768;

    private static final byte[] MAGIC = {'M', 'S', 'C', 'F'};
    private static final int HEADER_BYTES = 36;
    private static final int BLOCK_HEADER_BYTES = 8;
    private static final int VERSION_MAJOR = 1;
    private static final int HAS_PREVIOUS = 1;
    private static final int HAS_NEXT = 2;
    private static final int HAS_RESERVED = 4;

    private final ByteSource file;
    private final Limits limits;
    private final List<CabFolder> folders;
    private final List<CabEntry> entries;
    private final int blockReservedBytes;

    private CabFile(
            ByteSource file,
            Limits limits,
            List<CabFolder> folders,
            List<CabEntry> entries,
            int blockReservedBytes) {
        this.file = file;
        this.limits = limits;
        this.folders = List.copyOf(folders);
        this.entries = List.copyOf(entries);
        this.blockReservedBytes = blockReservedBytes;
    }

    /** Whether it starts as a cabinet does. */
    public static boolean hasMagic(ByteSource file) throws MalformedException {
        if (file.sizeBytes() < MAGIC.length) {
            return false;
        }
        for (int index = 0; index < MAGIC.length; index++) {
            if (file.u1("signature", index) != MAGIC[index]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reads the headers.
     *
     * @param file little-endian
     * @throws MalformedException when it is no cabinet, or one that is not read
     */
    public static CabFile open(ByteSource file, Limits limits) throws MalformedException {
        if (!hasMagic(file)) {
            throw file.malformed("CFHEADER.signature", 0, "no cabinet", "MSCF");
        }
        ByteSource header = file.slice("CFHEADER", 0, HEADER_BYTES);
        long stated = header.u4("cbCabinet", 8);
        if (stated > file.sizeBytes()) {
            throw header.malformed(
                    "cbCabinet", 8, stated + " bytes", file.sizeBytes() + " are there: it was cut");
        }
        if (header.u1("versionMajor", 25) != VERSION_MAJOR) {
            throw header.malformed(
                    "versionMajor", 25, "version " + header.u1("versionMajor", 25), "1");
        }
        int flags = header.u2("flags", 30);
        if ((flags & (HAS_PREVIOUS | HAS_NEXT)) != 0) {
            throw header.malformed(
                    "flags", 30, "a part of a set of cabinets", "one that stands alone");
        }
        ByteSource cabinet = file.slice("CFHEADER", 0, stated);
        return new Headers(cabinet, limits, flags)
                .read(
                        header.u2("cFolders", 26),
                        header.u2("cFiles", 28),
                        header.u4("coffFiles", 16));
    }

    private record Headers(ByteSource file, Limits limits, int flags) {
        CabFile read(int folderCount, int fileCount, long filesOffset) throws MalformedException {
            require(FOLDERS, 26, folderCount);
            require(FILES, 28, fileCount);
            ByteCursor cursor = file.cursor(HEADER_BYTES);
            int folderReserved = 0;
            int blockReserved = 0;
            if ((flags & HAS_RESERVED) != 0) {
                int headerReserved = cursor.u2("cbCFHeader");
                folderReserved = cursor.u1("cbCFFolder");
                blockReserved = cursor.u1("cbCFData");
                cursor.skip("abReserve", headerReserved);
            }
            file.table(
                    "CFFOLDER",
                    cursor.position(),
                    folderCount,
                    CabFolder.SIZE_BYTES + folderReserved);
            List<CabFolder> folders = new ArrayList<>();
            for (int index = 0; index < folderCount; index++) {
                folders.add(CabFolder.read(cursor, folderReserved));
            }
            file.table("CFFILE", filesOffset, fileCount, CabEntry.SIZE_BYTES_MIN);
            cursor.moveTo("coffFiles", filesOffset);
            List<CabEntry> entries = new ArrayList<>();
            for (int index = 0; index < fileCount; index++) {
                entries.add(CabEntry.read(cursor));
            }
            return new CabFile(file, limits, folders, entries, blockReserved);
        }

        private void require(Limit limit, int offset, int count) throws MalformedException {
            if (!limits.allows(limit, count)) {
                throw file.malformed(
                        limit.name(),
                        offset,
                        count + " " + limit.unit(),
                        "at most " + limits.max(limit));
            }
        }
    }

    /** Its files in the order in which they stand. */
    public List<CabEntry> entries() {
        return entries;
    }

    /**
     * Unpacks one file.
     *
     * @param entry of this cabinet
     * @throws MalformedException when it is damaged, or larger than allowed; some of it may have been
     *     written then
     * @throws IOException when {@code out} cannot be written
     */
    public void copy(CabEntry entry, OutputStream out) throws MalformedException, IOException {
        requireSize(entry);
        if (entry.folder() >= folders.size()) {
            throw file.malformed(
                    "CFFILE.iFolder", 0, "folder " + entry.folder(), "below " + folders.size());
        }
        CabFolder folder = folders.get(entry.folder());
        ByteCursor cursor = file.cursor(Math.min(folder.dataOffset(), file.sizeBytes()));
        try (BlockDecoder decoder = folder.decoder(cursor)) {
            copy(entry, folder, cursor, decoder, out);
        }
    }

    private void requireSize(CabEntry entry) throws MalformedException {
        long allowed = Math.min(
                limits.max(FILE_BYTES),
                Math.max(SMALL_BYTES, file.sizeBytes() * limits.max(EXPANSION)));
        if (entry.sizeBytes() > allowed) {
            throw file.malformed(
                    "CFFILE.cbFile",
                    0,
                    "%,d bytes in a cabinet of %,d".formatted(entry.sizeBytes(), file.sizeBytes()),
                    "at most %,d".formatted(allowed));
        }
    }

    private void copy(
            CabEntry entry,
            CabFolder folder,
            ByteCursor cursor,
            BlockDecoder decoder,
            OutputStream out)
            throws MalformedException, IOException {
        byte[] packed = new byte[LzxBits.PACKED_BYTES_MAX + LzxBits.PADDING_BYTES];
        byte[] block = new byte[BLOCK_BYTES_MAX];
        long start = entry.folderOffset();
        long end = start + entry.sizeBytes();
        long position = 0;
        for (int index = 0; index < folder.blocks() && position < end; index++) {
            int size = block(cursor, decoder, packed, block);
            long from = Math.max(start, position);
            long to = Math.min(end, position + size);
            if (from < to) {
                out.write(block, (int) (from - position), (int) (to - from));
            }
            position += size;
        }
        if (position < end) {
            throw cursor.malformed(
                    "CFDATA",
                    folder.blocks() + " blocks that unpack to " + position + " bytes",
                    end + " for " + entry.name());
        }
    }

    /** CFDATA ([MS-CAB], section 2.5): csum 4, cbData 2, cbUncomp 2, what is reserved, the data. */
    private int block(ByteCursor cursor, BlockDecoder decoder, byte[] packed, byte[] block)
            throws MalformedException {
        ByteSource header = cursor.take("CFDATA", BLOCK_HEADER_BYTES);
        cursor.skip("CFDATA.abReserve", blockReservedBytes);
        int packedBytes = header.u2("cbData", 4);
        int blockBytes = header.u2("cbUncomp", 6);
        if (blockBytes == 0 || blockBytes > BLOCK_BYTES_MAX) {
            throw header.malformed("cbUncomp", 6, blockBytes + " bytes", "1 to " + BLOCK_BYTES_MAX);
        }
        ByteSource data = cursor.take("CFDATA.ab", packedBytes);
        data.copyTo("ab", 0, packed, 0, packedBytes);
        int stated = header.s4("csum", 0);
        int found = CabChecksum.of(packed, packedBytes, packedBytes | blockBytes << 16);
        if (stated != 0 && stated != found) {
            throw header.malformed(
                    "csum", 0, "checksum %08x".formatted(found), "%08x".formatted(stated));
        }
        try {
            decoder.decode(packed, packedBytes, block, blockBytes);
        } catch (BlockDecoder.BadBlockException bad) {
            throw data.malformed("ab", 0, bad.found(), bad.allowed());
        }
        return blockBytes;
    }
}
