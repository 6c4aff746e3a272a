package dev.mortem.dump.write;

import java.io.IOException;

/** Hears how far the writing is, and may end it. Called by the thread that called the writer. */
@FunctionalInterface
public interface WriteListener {
    /**
     * {@code doneBytes} of the {@code totalBytes} of memory that the dump will hold are read, and
     * written but for some MiB that are on their way.
     *
     * @throws IOException to end the writing: the partial file is removed, and whoever called the writer
     *     gets this exception as it is
     */
    void progress(long doneBytes, long totalBytes) throws IOException;

    /** Hears nothing. */
    static WriteListener none() {
        return (doneBytes, totalBytes) -> {};
    }
}
