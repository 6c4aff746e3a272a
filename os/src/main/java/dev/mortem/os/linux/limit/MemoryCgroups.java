package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory cgroups of a process that have a limit, from its own up to the outermost that can be seen,
 * of version 1 or 2 (cgroup-v1/memory.rst, cgroup-v2.rst "Memory Interface Files").
 *
 * <p>The limits are read once; what is used is read at each question. Swap counts for nothing: a copy
 * whose pages go to swap slows down the machine. A cgroup that cannot be read is not there. Belongs to
 * one thread.
 */
public final class MemoryCgroups {
    private final boolean isUnified;
    private final boolean killsTogether;
    private final List<LimitedCgroup> limited;

    /**
     * The cgroup that leaves least room.
     *
     * @param path as /proc/PID/cgroup writes it, safe to print
     * @param limitBytes in version 2 the smaller of memory.max and memory.high
     */
    public record Tightest(String path, long limitBytes, long headroomBytes) {}

    private MemoryCgroups(boolean isUnified, boolean killsTogether, List<LimitedCgroup> limited) {
        this.isUnified = isUnified;
        this.killsTogether = killsTogether;
        this.limited = List.copyOf(limited);
    }

    /**
     * As they are now; when the process moves to another cgroup later, that is not seen.
     *
     * @param cgroupRoot what is /sys/fs/cgroup; mount points elsewhere are taken as they are
     */
    public static MemoryCgroups of(ProcFolder proc, Path cgroupRoot, long pid) {
        Optional<CgroupChain> chain = CgroupChain.of(proc, cgroupRoot, pid, "memory");
        boolean isUnified = chain.map(CgroupChain::isUnified).orElse(false);
        List<CgroupChain.Level> levels = chain.map(CgroupChain::levels).orElse(List.of());
        return new MemoryCgroups(
                isUnified,
                levels.stream().anyMatch(MemoryCgroups::killsTogether),
                levels.stream()
                        .flatMap(level -> LimitedCgroup.of(level, isUnified).stream())
                        .toList());
    }

    /** Also in a cgroup without a limit: what runs out may be the machine. */
    private static boolean killsTogether(CgroupChain.Level level) {
        Path file = level.folder().resolve("memory.oom.group");
        return new SmallFile(file).number().orElse(0) == 1;
    }

    /** Whether these are of version 2. */
    public boolean isUnified() {
        return isUnified;
    }

    /**
     * Whether one of them, with or without limit, has memory.oom.group = 1: then the kernel kills all
     * processes of it when it kills one for want of memory.
     */
    public boolean killsTogether() {
        return killsTogether;
    }

    /** The one with the least headroom now; empty where there is no limit. */
    public Optional<Tightest> tightest() {
        Optional<Tightest> found = Optional.empty();
        for (LimitedCgroup each : limited) {
            OptionalLong headroom = each.headroomBytes(Long.MAX_VALUE);
            if (headroom.isPresent()
                    && headroom.getAsLong()
                            < found.map(Tightest::headroomBytes).orElse(Long.MAX_VALUE)) {
                found = Optional.of(
                        new Tightest(each.path(), each.limitBytes(), headroom.getAsLong()));
            }
        }
        return found;
    }

    /** The least headroom now; Long.MAX_VALUE where nothing that can be read has a limit. */
    public long headroomBytes() {
        return headroomBytes(Long.MAX_VALUE);
    }

    /**
     * As above, for a caller that asks often: exact below {@code enoughBytes}, and from there on at
     * least that, for the price of one small file a cgroup.
     */
    public long headroomBytes(long enoughBytes) {
        long least = Long.MAX_VALUE;
        for (LimitedCgroup each : limited) {
            least = Math.min(least, each.headroomBytes(enoughBytes).orElse(Long.MAX_VALUE));
        }
        return least;
    }

    List<LimitedCgroup> limited() {
        return limited;
    }
}
