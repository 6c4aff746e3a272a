package dev.mortem.format.cab;

/**
 * The targets of x86 calls, which a packer made absolute so that calls of one function look alike
 * ([MS-PATCH], section 2.7, "E8 call translation").
 */
final class LzxCallTargets {
    private static final int CALL = 0xe8;

    /** Behind it a call is left as it stands. */
    private static final int TAIL_BYTES = 10;

    /** Only so many blocks are translated: 1 GiB. */
    private static final int BLOCKS_MAX = 32768;

    private final long fileBytes;
    private long position;
    private int blocks;

    /** @param fileBytes as the stream's header has it; 0 where nothing was translated */
    LzxCallTargets(long fileBytes) {
        this.fileBytes = fileBytes;
    }

    /** Makes the targets in the next block relative again. */
    void restore(byte[] block, int blockBytes) {
        if (fileBytes != 0 && blocks < BLOCKS_MAX && blockBytes > TAIL_BYTES) {
            for (int at = 0; at < blockBytes - TAIL_BYTES; at++) {
                if ((block[at] & 0xff) == CALL) {
                    restore(block, at + 1, position + at);
                    at += 4;
                }
            }
        }
        position += blockBytes;
        blocks++;
    }

    private void restore(byte[] block, int at, long call) {
        int target = (block[at] & 0xff)
                | (block[at + 1] & 0xff) << 8
                | (block[at + 2] & 0xff) << 16
                | block[at + 3] << 24;
        if (target < -call || target >= fileBytes) {
            return;
        }
        int relative = (int) (target >= 0 ? target - call : target + fileBytes);
        block[at] = (byte) relative;
        block[at + 1] = (byte) (relative >>> 8);
        block[at + 2] = (byte) (relative >>> 16);
        block[at + 3] = (byte) (relative >>> 24);
    }
}
