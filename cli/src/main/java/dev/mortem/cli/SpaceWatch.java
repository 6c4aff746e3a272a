package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Looks, while a dump is written, whether the disk still has what must stay free: others write to it
 * too. For one dump; belongs to the thread that writes it.
 */
final class SpaceWatch {
    /** At 4 GB/s some sixty looks a second, of microseconds each; no more is written between two. */
    static final long STEP_BYTES = 64L << 20;

    private final Path folder;
    private final DumpFolder.Space space;
    private final long keptBytes;
    private long nextLookBytes;

    SpaceWatch(Path folder, DumpFolder.Space space, long keptBytes) {
        this.folder = folder;
        this.space = space;
        this.keptBytes = keptBytes;
    }

    /**
     * Looks at the first call, and then whenever another {@link #STEP_BYTES} are done.
     *
     * @throws IOException when less is free than is to be kept; space that cannot be found out is no
     *     reason
     */
    void progress(long doneBytes, long totalBytes) throws IOException {
        if (doneBytes < nextLookBytes) {
            return;
        }
        nextLookBytes = doneBytes + STEP_BYTES;
        long free = usableBytes();
        if (free < keptBytes) {
            throw new IOException(
                    ("%s has %s free, %s less than is kept free; writing ended after %s of %s, and the"
                                    + " partial dump was removed. Free some space, name another folder"
                                    + " with -o, or keep less with --keep-free")
                            .formatted(
                                    folder,
                                    Quantities.size(free),
                                    Quantities.size(keptBytes - free),
                                    Quantities.size(doneBytes),
                                    Quantities.size(totalBytes)));
        }
    }

    private long usableBytes() {
        try {
            return space.usableBytes(folder);
        } catch (IOException unknown) {
            return Long.MAX_VALUE;
        }
    }
}
