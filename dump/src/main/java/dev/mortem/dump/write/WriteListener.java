package dev.mortem.dump.write;

/** Hears how far the writing is. Called by the thread that called the writer. */
@FunctionalInterface
public interface WriteListener {
    /**
     * {@code doneBytes} of the {@code totalBytes} of memory that the dump will hold are written.
     */
    void progress(long doneBytes, long totalBytes);

    /** Hears nothing. */
    static WriteListener none() {
        return (doneBytes, totalBytes) -> {};
    }
}
