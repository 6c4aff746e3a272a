package dev.mortem.os.linux.sample;

import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;

import java.nio.file.Path;

/**
 * A small file of proc(5) that stays open: each reading is one call, and of the process that it was opened
 * for, never of a later one with the same pid. Where no descriptor is left it is opened for each reading.
 * Belongs to one thread.
 */
final class KernelFile implements AutoCloseable {
    private static final int NONE = -1;

    private final Kernel kernel;
    private final Path path;
    private final boolean openedEachTime;
    private long descriptor;

    KernelFile(Kernel kernel, Path path) {
        this.kernel = kernel;
        this.path = path;
        this.descriptor = kernel.openForReading(path);
        this.openedEachTime = descriptor == -Errno.EMFILE || descriptor == -Errno.ENFILE;
    }

    /** Reads it into the text; false when it cannot be read. */
    boolean readInto(KernelText text) {
        if (openedEachTime) {
            descriptor = kernel.openForReading(path);
        }
        try {
            return descriptor >= 0 && text.take(ProcessMemory.readSmall(descriptor, text.buffer()));
        } finally {
            if (openedEachTime) {
                close();
            }
        }
    }

    @Override
    public void close() {
        if (descriptor >= 0) {
            kernel.close(descriptor);
            descriptor = NONE;
        }
    }
}
