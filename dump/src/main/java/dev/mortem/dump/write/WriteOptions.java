package dev.mortem.dump.write;

/**
 * How a dump is written.
 *
 * @param compress whether the file is a zstd container (level 1) of the dump
 */
public record WriteOptions(boolean compress) {
    /** Not compressed. */
    public static WriteOptions plain() {
        return new WriteOptions(false);
    }

    /** In a zstd container: some 8 times smaller, and about as fast as a disk. */
    public static WriteOptions compressed() {
        return new WriteOptions(true);
    }
}
