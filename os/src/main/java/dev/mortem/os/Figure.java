package dev.mortem.os;

/**
 * One number that the kernel keeps of a process, of its cgroup or of the machine. A counter only grows;
 * all others are what is true now.
 */
public enum Figure {
    /** CPU time of all its threads, ended ones too, since it began: a counter. */
    CPU_NANOS,
    /** Anonymous memory, in RAM and swapped out: what only this process uses, but for copies since a fork. */
    PRIVATE_BYTES,
    /** All of its memory that is in RAM. */
    RESIDENT_BYTES,
    /** The size of its address space. */
    VIRTUAL_BYTES,
    /** Memory that no other process has mapped, counted page by page: the kernel needs some 20 ms a GiB. */
    UNIQUE_BYTES,
    THREADS,
    /** Page faults that had to wait for a disk: a counter. */
    MAJOR_FAULTS,
    /** Open file descriptors. */
    DESCRIPTORS,
    /** Read from disks: a counter. */
    READ_BYTES,
    /** Written, or to be written, to disks: a counter. */
    WRITTEN_BYTES,
    /** Memory charged to its own cgroup, page cache included. */
    CGROUP_BYTES,
    /** The limit of that cgroup around it which is nearest to its own. */
    CGROUP_LIMIT_BYTES,
    /** What is used of {@link #CGROUP_LIMIT_BYTES} and cannot be reclaimed at once. */
    CGROUP_LIMIT_USED_BYTES,
    /** Processes of its cgroup that were killed for want of memory: a counter. */
    OOM_KILLS,
    /** Processors that are online. */
    MACHINE_CORES,
    /** Processors that it may run on, in thousandths: the smallest CPU quota of its cgroups. */
    QUOTA_MILLICORES,
    /** Processors that its affinity allows. */
    AFFINITY_CORES,
    /** Microseconds in which some task waited for a processor: a counter of its cgroup, else the machine. */
    PRESSURE_CPU_SOME_MICROS,
    PRESSURE_MEMORY_SOME_MICROS,
    PRESSURE_MEMORY_FULL_MICROS,
    PRESSURE_IO_SOME_MICROS,
    /** As above, while every task waited. */
    PRESSURE_IO_FULL_MICROS
}
