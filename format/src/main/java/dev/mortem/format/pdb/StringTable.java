package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;

/**
 * The stream "/names" (microsoft-pdb, nmt.h): 0 Signature 0xeffeeffe, 4 HashVersion, 8 ByteSize: u4 each;
 * 12 the texts, each up to a NUL. Read where it lies.
 */
final class StringTable {
    private static final int SIGNATURE = 0xeffe_effe;
    private static final int TEXTS_AT = 12;

    /** A path of Windows has up to 32,767 characters; programs of frames are shorter. */
    private static final int TEXT_BYTES_MAX = 1 << 16;

    private static final int PIECE_BYTES = 256;

    private final Optional<MsfStream> stream;
    private final long textBytes;

    private StringTable(Optional<MsfStream> stream, long textBytes) {
        this.stream = stream;
        this.textBytes = textBytes;
    }

    static StringTable none() {
        return new StringTable(Optional.empty(), 0);
    }

    static StringTable read(MsfStream stream) throws MalformedException {
        if (stream.s4("Signature", 0) != SIGNATURE) {
            throw stream.malformed(
                    "Signature", 0, Integer.toHexString(stream.s4("Signature", 0)), "effeeffe");
        }
        long textBytes = stream.u4("ByteSize", 8);
        stream.require("Texts", TEXTS_AT, textBytes);
        return new StringTable(Optional.of(stream), textBytes);
    }

    /** A text by its offset; empty where the table has not so many bytes, or there is none. */
    Optional<String> text(long offset) throws MalformedException {
        if (stream.isEmpty() || offset >= textBytes) {
            return Optional.empty();
        }
        long left = textBytes - offset;
        ByteSource piece =
                stream.get().slice("Text", TEXTS_AT + offset, Math.min(PIECE_BYTES, left));
        String text = piece.cString("Text", 0, PIECE_BYTES);
        boolean ended = left <= PIECE_BYTES || endsIn(piece);
        return Optional.of(
                ended
                        ? text
                        : stream.get()
                                .slice("Text", TEXTS_AT + offset, Math.min(TEXT_BYTES_MAX, left))
                                .cString("Text", 0, TEXT_BYTES_MAX));
    }

    private static boolean endsIn(ByteSource piece) throws MalformedException {
        for (long at = 0; at < piece.sizeBytes(); at++) {
            if (piece.u1("Text", at) == 0) {
                return true;
            }
        }
        return false;
    }
}
