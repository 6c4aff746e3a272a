package dev.mortem.os.linux.limit;

/**
 * How much of a limit stays free while a copy is held. The copy is given up when less is left, and that
 * takes a moment in which the target goes on writing.
 */
final class MemoryMargin {
    /**
     * Threads that do nothing but write to pages shared with a copy made the kernel copy 0.8 to 1.2 GB/s
     * on 2 CPUs: 6 MB between two looks 5 ms apart. Ten times that, for more CPUs and for a look that
     * comes late. Once killed, the copy frees more than the target takes.
     */
    private static final long USUAL_BYTES = 64L << 20;

    /** 2 %: large limits stand for many CPUs, that is for more threads that write at once. */
    private static final long PARTS_OF_LARGE = 50;

    /**
     * The usual margin is an eighth of 512 MiB. Of less it stays that part, or a container of 128 MiB
     * that uses 20 could never be copied; it has few CPUs, and writes less between two looks.
     */
    private static final long PARTS_OF_SMALL = 8;

    /** Where one kill is the end of all, an error of the estimate costs everything: twice as much. */
    private static final long WHERE_ALL_DIE = 2;

    private MemoryMargin() {}

    /**
     * @param allDie whether a kill of the copy for want of memory ends the whole container or unit
     * @return never more than an eighth of the limit, or a quarter where all die
     */
    static long ofLimit(long limitBytes, boolean allDie) {
        long wanted = Math.max(USUAL_BYTES, limitBytes / PARTS_OF_LARGE);
        long margin = Math.min(wanted, limitBytes / PARTS_OF_SMALL);
        return allDie ? margin * WHERE_ALL_DIE : margin;
    }
}
