package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.TypeRecord;
import dev.mortem.format.msf.MsfFile;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;

/**
 * The TPI stream, 2, and the IPI stream, 4 (LLVM documentation, "The PDB TPI and IPI Streams"). Header,
 * 56 bytes: 0 Version, 4 HeaderSize, 8 TypeIndexBegin, 12 TypeIndexEnd, 16 TypeRecordBytes: u4 each; 20
 * HashStreamIndex u2; 40 IndexOffsetBufferOffset, 44 IndexOffsetBufferLength: u4 each. At that offset of
 * the hash stream stand, for some records in ascending order, type index and offset behind the header: u4
 * each. Read where they lie.
 */
final class TypeStream {
    static final int TPI = 2;
    static final int IPI = 4;

    private static final int HEAD_BYTES = 56;
    private static final int HINT_BYTES = 8;

    /** Linkers write a hint for every 8 KiB. */
    private static final int STEPS_MAX = 1 << 16;

    private final MsfStream stream;
    private final long headerBytes;
    private final long firstIndex;
    private final long endIndex;
    private final Optional<MsfStream> hints;
    private final long hintsAt;
    private final long hintCount;

    private TypeStream(MsfStream stream, Optional<MsfStream> hints) throws MalformedException {
        this.stream = stream;
        this.headerBytes = stream.u4("HeaderSize", 4);
        this.firstIndex = stream.u4("TypeIndexBegin", 8);
        this.endIndex = stream.u4("TypeIndexEnd", 12);
        if (headerBytes < HEAD_BYTES) {
            throw stream.malformed("HeaderSize", 4, headerBytes + " bytes", "56 or more");
        }
        this.hintsAt = stream.u4("IndexOffsetBufferOffset", 40);
        long bytes = stream.u4("IndexOffsetBufferLength", 44);
        boolean fits = hints.isPresent() && hintsAt + bytes <= hints.get().sizeBytes();
        this.hints = hints.filter(any -> fits);
        this.hintCount = fits ? bytes / HINT_BYTES : 0;
    }

    static TypeStream read(MsfFile file, MsfStream stream) throws MalformedException {
        int hash = stream.u2("HashStreamIndex", 20);
        return new TypeStream(stream, file.stream(stream.name() + " hash", hash));
    }

    /** A record by its index; empty where there is none, as of the types that every program has. */
    Optional<TypeRecord> record(long index) throws MalformedException {
        if (index < firstIndex || index >= endIndex) {
            return Optional.empty();
        }
        long at = headerBytes;
        long current = firstIndex;
        long hint = lastHint(index);
        if (hint >= 0) {
            current = hintField(hint, 0);
            at += hintField(hint, 4);
        }
        for (int step = 0; step < STEPS_MAX && current < index; step++, current++) {
            at += 2 + stream.u2("len", at);
        }
        if (current != index) {
            return Optional.empty();
        }
        ByteSource bytes = stream.slice("TypeRecord", at, 2L + stream.u2("len", at));
        return Optional.of(new TypeRecord(bytes.u2("leaf", 2), bytes));
    }

    private long lastHint(long index) throws MalformedException {
        long low = 0;
        long high = hintCount - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (hintField(middle, 0) <= index) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private long hintField(long hint, int field) throws MalformedException {
        return hints.orElseThrow().u4("IndexOffset", hintsAt + hint * HINT_BYTES + field);
    }
}
