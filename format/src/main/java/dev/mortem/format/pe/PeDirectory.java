package dev.mortem.format.pe;

/** What the data directories point at, in their order ("PE Format", "Optional Header Data Directories"). */
public enum PeDirectory {
    EXPORT,
    IMPORT,
    RESOURCE,
    EXCEPTION,
    CERTIFICATE,
    BASE_RELOCATION,
    DEBUG,
    ARCHITECTURE,
    GLOBAL_POINTER,
    TLS,
    LOAD_CONFIG,
    BOUND_IMPORT,
    IMPORT_ADDRESSES,
    DELAY_IMPORT,
    CLR_RUNTIME_HEADER,
    RESERVED;

    /**
     * IMAGE_DATA_DIRECTORY, 8 bytes.
     *
     * @param rva of {@link #CERTIFICATE} a file offset
     */
    public record Place(long rva, long sizeBytes) {
        static final int SIZE_BYTES = 8;

        boolean contains(long other) {
            return other >= rva && other - rva < sizeBytes;
        }
    }
}
