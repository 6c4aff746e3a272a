package dev.mortem.format.cab;

/** Unpacks the blocks of a folder in their order. Belongs to one thread. */
interface BlockDecoder extends AutoCloseable {
    /** As they stand. */
    BlockDecoder STORED = new BlockDecoder() {
        @Override
        public void decode(byte[] packed, int packedBytes, byte[] block, int blockBytes)
                throws BadBlockException {
            if (packedBytes != blockBytes) {
                throw new BadBlockException(
                        packedBytes + " bytes stored for " + blockBytes, "as many");
            }
            System.arraycopy(packed, 0, block, 0, blockBytes);
        }

        @Override
        public void close() {
            // holds nothing
        }
    };

    /**
     * Unpacks one block, all of it or an exception; after an exception the decoder is of no use.
     *
     * @param packed what stands behind {@code packedBytes} means nothing
     * @param blockBytes how many bytes have to come out, at most {@link CabFile#BLOCK_BYTES_MAX}
     */
    void decode(byte[] packed, int packedBytes, byte[] block, int blockBytes)
            throws BadBlockException;

    @Override
    void close();

    /** A block does not hold what it must; who reads the cabinet knows where. */
    final class BadBlockException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String found;
        private final String allowed;

        BadBlockException(String found, String allowed) {
            super(found, null, false, false);
            this.found = found;
            this.allowed = allowed;
        }

        String found() {
            return found;
        }

        String allowed() {
            return allowed;
        }
    }
}
