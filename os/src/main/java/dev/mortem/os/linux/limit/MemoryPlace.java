package dev.mortem.os.linux.limit;

import java.util.OptionalLong;

/** Something that has so much memory and no more: a cgroup with a limit, or the machine. */
sealed interface MemoryPlace permits LimitedCgroup, MachineMemory {
    /** As it stands in a sentence: "memory of cgroup /shop". */
    String name();

    long limitBytes();

    /**
     * How much more can be used before the kernel kills or slows down somebody, now; never negative.
     *
     * @param enoughBytes from here on an answer may be too small, which makes it cheaper
     * @return empty when it cannot be read any more
     */
    OptionalLong headroomBytes(long enoughBytes);
}
