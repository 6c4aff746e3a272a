package dev.mortem.os.linux.limit;

import dev.mortem.base.text.Escape;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** One memory cgroup that has a limit. Belongs to one thread. */
final class LimitedCgroup implements MemoryPlace {
    /**
     * Version 1 writes "no limit" as the largest number of pages, in bytes: 9223372036854771712 with
     * pages of 4 KiB, other numbers with other pages. No machine has an exbibyte.
     */
    private static final long NO_LIMIT_FROM_BYTES = 1L << 60;

    /** Where the numbers stand in the two versions; the second's memory.stat sums up what is below. */
    private record Names(
            List<String> limits,
            String usage,
            String inactive,
            String active,
            String dirty,
            String writeback) {}

    /**
     * memory.high kills nobody, but above it the kernel makes the processes of the cgroup wait for each
     * page: a snapshot must not do that to its target either.
     */
    private static final Names UNIFIED = new Names(
            List.of("memory.max", "memory.high"),
            "memory.current",
            "inactive_file",
            "active_file",
            "file_dirty",
            "file_writeback");

    private static final Names VERSION_1 = new Names(
            List.of("memory.limit_in_bytes"),
            "memory.usage_in_bytes",
            "total_inactive_file",
            "total_active_file",
            "total_dirty",
            "total_writeback");

    private final String path;
    private final long limitBytes;
    private final Names names;
    private final SmallFile usage;
    private final SmallFile stat;

    private LimitedCgroup(CgroupChain.Level level, long limitBytes, Names names) {
        this.path = Escape.visible(level.path());
        this.limitBytes = limitBytes;
        this.names = names;
        this.usage = new SmallFile(level.folder().resolve(names.usage));
        this.stat = new SmallFile(level.folder().resolve("memory.stat"));
    }

    /** Empty when it has no limit, or does not say how much of it is used. */
    static Optional<LimitedCgroup> of(CgroupChain.Level level, boolean isUnified) {
        Names names = isUnified ? UNIFIED : VERSION_1;
        long limit = NO_LIMIT_FROM_BYTES;
        for (String each : names.limits) {
            Path file = level.folder().resolve(each);
            limit = Math.min(limit, new SmallFile(file).number().orElse(NO_LIMIT_FROM_BYTES));
        }
        if (limit >= NO_LIMIT_FROM_BYTES) {
            return Optional.empty();
        }
        LimitedCgroup found = new LimitedCgroup(level, limit, names);
        return found.usage.number().isPresent() ? Optional.of(found) : Optional.empty();
    }

    String path() {
        return path;
    }

    @Override
    public String name() {
        return "memory of cgroup " + path;
    }

    @Override
    public long limitBytes() {
        return limitBytes;
    }

    /**
     * memory.stat is asked only when it matters: the kernel first sums it up over all CPUs and all
     * cgroups below, the dearest read of all here.
     */
    @Override
    public OptionalLong headroomBytes(long enoughBytes) {
        OptionalLong used = usage.number();
        if (used.isEmpty()) {
            return used;
        }
        long free = limitBytes - used.getAsLong();
        if (free < enoughBytes) {
            free += stat.text().map(this::droppableBytes).orElse(0L);
        }
        return OptionalLong.of(Math.clamp(free, 0, limitBytes));
    }

    /**
     * Page cache is used memory that is free when somebody needs it: before the kernel kills, it drops
     * clean pages of files. Without it a container that has read some files would always look full. Not
     * all of it, though: of the active pages half, for those are program text and files in use, and
     * dropping them all makes the target read its own code from disk again and again; none of the pages
     * that must be written first. Pages of tmpfs and shared memory are not among these numbers.
     */
    private long droppableBytes(String text) {
        long files = value(text, names.inactive) + value(text, names.active) / 2;
        return Math.max(0, files - value(text, names.dirty) - value(text, names.writeback));
    }

    /** Absent counts as nothing: a guess must not make room. Bounded, so that sums stay numbers. */
    private static long value(String text, String key) {
        return Math.min(NO_LIMIT_FROM_BYTES, SmallFile.value(text, key).orElse(0));
    }
}
