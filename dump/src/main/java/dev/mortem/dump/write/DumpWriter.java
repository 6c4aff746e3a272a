package dev.mortem.dump.write;

import dev.mortem.base.snapshot.ProcessSnapshot;

import java.io.IOException;
import java.nio.file.Path;

/** Writes a snapshot in one format. Implementations keep nothing between calls. */
public interface DumpWriter {
    /**
     * Writes the dump. It appears under {@code target} only when it is whole, readable by its owner
     * only; nothing is left of one that failed.
     *
     * @param target must not exist; its folder must
     * @throws java.nio.file.FileAlreadyExistsException when the target exists
     * @throws IOException when the disk is full or not writable; the message says what to do
     */
    WrittenDump write(
            ProcessSnapshot snapshot, Path target, WriteOptions options, WriteListener listener)
            throws IOException;

    /** About how many bytes the file takes on disk, uncompressed: for the check of free space. */
    long expectedSizeBytes(ProcessSnapshot snapshot);
}
