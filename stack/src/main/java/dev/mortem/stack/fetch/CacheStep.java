package dev.mortem.stack.fetch;

/** What is done, in this order, until a fetched file has its name in the cache. */
enum CacheStep {
    /** An empty file of another name is there. */
    BEGUN,
    /** The server's bytes are in it, and were found right. */
    PROVED,
    /** They are on the disk. */
    SYNCED,
    /** The file has its name. */
    NAMED,
    /** So has the disk. */
    KEPT;

    /** Hears of each step when it was done; for tests that end the process there. */
    @FunctionalInterface
    interface Listener {
        Listener NOBODY = step -> {};

        void done(CacheStep step);
    }
}
