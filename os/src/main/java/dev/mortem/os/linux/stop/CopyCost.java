package dev.mortem.os.linux.stop;

/**
 * What the kernel takes to copy page tables, on this machine.
 *
 * @param nanosPerPage for each page of 4 KiB that the process has
 * @param nanosPerHugePage for each of 2 MiB
 */
record CopyCost(double nanosPerPage, double nanosPerHugePage) {
    /** Seen: 5 ms a GiB in pages of 4 KiB, 0.4 ms a GiB in huge ones; half as much again. */
    static final CopyCost USUAL = new CopyCost(28, 1_200);

    long nanos(long pages, long hugePages) {
        return (long) (pages * nanosPerPage + hugePages * nanosPerHugePage);
    }
}
