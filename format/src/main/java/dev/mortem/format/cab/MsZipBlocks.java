package dev.mortem.format.cab;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * MSZIP ([MS-MCI]): each block is "CK" and a raw deflate stream (RFC 1951) of its own, which may refer to
 * the 32 KiB before it, in blocks that came before.
 */
final class MsZipBlocks implements BlockDecoder {
    private static final int HISTORY_BYTES = 32768;

    private final Inflater inflater = new Inflater(true);
    private final byte[] history = new byte[HISTORY_BYTES];
    private int historyBytes;

    @Override
    public void decode(byte[] packed, int packedBytes, byte[] block, int blockBytes)
            throws BadBlockException {
        if (packedBytes < 2 || packed[0] != 'C' || packed[1] != 'K') {
            throw new BadBlockException("no MSZIP block", "one that starts with CK");
        }
        inflater.reset();
        if (historyBytes > 0) {
            inflater.setDictionary(history, HISTORY_BYTES - historyBytes, historyBytes);
        }
        inflater.setInput(packed, 2, packedBytes - 2);
        int done = 0;
        try {
            while (done < blockBytes) {
                int more = inflater.inflate(block, done, blockBytes - done);
                if (more == 0) {
                    break;
                }
                done += more;
            }
            byte[] one = new byte[1];
            if (done < blockBytes || inflater.inflate(one) > 0 || !inflater.finished()) {
                throw new BadBlockException(
                        "a block that does not end after " + done + " bytes",
                        blockBytes + " bytes");
            }
        } catch (DataFormatException broken) {
            throw new BadBlockException(
                    "a broken deflate stream: " + broken.getMessage(), "one of RFC 1951");
        }
        remember(block, blockBytes);
    }

    /** The history ends with what came last. */
    private void remember(byte[] block, int blockBytes) {
        System.arraycopy(history, blockBytes, history, 0, HISTORY_BYTES - blockBytes);
        System.arraycopy(block, 0, history, HISTORY_BYTES - blockBytes, blockBytes);
        historyBytes = Math.min(HISTORY_BYTES, historyBytes + blockBytes);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
