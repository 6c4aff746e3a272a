package dev.mortem.os.linux.limit;

import dev.mortem.base.text.Escape;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the kernel would let a process have as many more tasks as a copy needs. */
final class TaskLimits {
    /** The copy, and the helper that it is forked from, for some milliseconds. */
    private static final int NEEDED = 2;

    /** linux/capability.h: with one of these the kernel does not ask for RLIMIT_NPROC. */
    private static final int CAP_SYS_ADMIN = 21;

    private static final int CAP_SYS_RESOURCE = 24;

    /** "Max processes             96364                96364                processes". */
    private static final Pattern MAX_PROCESSES =
            Pattern.compile("^Max processes +(\\S+)", Pattern.MULTILINE);

    /** The fourth field, "running/all" (proc_loadavg(5)). */
    private static final Pattern ALL_TASKS = Pattern.compile("^\\S+ \\S+ \\S+ \\d+/(\\d+) ");

    private final ProcFolder proc;
    private final Path cgroupRoot;

    TaskLimits(ProcFolder proc, Path cgroupRoot) {
        this.proc = proc;
        this.cgroupRoot = cgroupRoot;
    }

    /** What stands in the way, in one sentence. */
    Optional<String> refusal(long pid, StatusFile status) {
        return cgroupRefusal(pid).or(() -> userRefusal(pid, status));
    }

    private Optional<String> cgroupRefusal(long pid) {
        List<CgroupChain.Level> levels = CgroupChain.of(proc, cgroupRoot, pid, "pids")
                .map(CgroupChain::levels)
                .orElse(List.of());
        for (CgroupChain.Level level : levels) {
            OptionalLong max = new SmallFile(level.folder().resolve("pids.max")).number();
            OptionalLong now = new SmallFile(level.folder().resolve("pids.current")).number();
            if (max.isPresent() && now.isPresent() && isFull(now.getAsLong(), max.getAsLong())) {
                return Optional.of(refusal(
                        pid,
                        "cgroup " + Escape.visible(level.path()),
                        "pids.max of the cgroup",
                        now.getAsLong(),
                        max.getAsLong()));
            }
        }
        return Optional.empty();
    }

    private static boolean isFull(long now, long max) {
        return max - now < NEEDED;
    }

    private static String refusal(long pid, String who, String limit, long now, long max) {
        return "no room for a copy of process %d: %s has %d of at most %d tasks, and a copy needs %d more; %sraise %s"
                .formatted(pid, who, now, max, NEEDED, CopyHeadroom.INSTEAD, limit);
    }

    /** RLIMIT_NPROC of the target (getrlimit(2)) against all tasks of its real user. */
    private Optional<String> userRefusal(long pid, StatusFile status) {
        OptionalLong user = status.number("Uid");
        OptionalLong limit = softLimit(pid);
        if (user.isEmpty() || limit.isEmpty() || isExempt(user.getAsLong(), status)) {
            return Optional.empty();
        }
        long max = limit.getAsLong();
        OptionalLong all = allTasks();
        if (all.isPresent() && !isFull(all.getAsLong(), max)) {
            return Optional.empty(); // all users together have fewer: nothing to count
        }
        long now = tasksOf(user.getAsLong());
        return isFull(now, max)
                ? Optional.of(refusal(
                        pid,
                        "its user, uid " + user.getAsLong() + ",",
                        "RLIMIT_NPROC of process " + pid,
                        now,
                        max))
                : Optional.empty();
    }

    private static boolean isExempt(long user, StatusFile status) {
        long capabilities = status.mask("CapEff").orElse(0);
        return user == 0
                || (capabilities >>> CAP_SYS_ADMIN & 1) != 0
                || (capabilities >>> CAP_SYS_RESOURCE & 1) != 0;
    }

    /** Empty where it is "unlimited". */
    private OptionalLong softLimit(long pid) {
        Matcher line = MAX_PROCESSES.matcher(
                ProcFolder.text(proc.of(pid).resolve("limits")).orElse(""));
        OptionalLong limit =
                line.find() ? Numbers.parseUnsigned(line.group(1)) : OptionalLong.empty();
        return limit.orElse(-1) < 0 ? OptionalLong.empty() : limit;
    }

    private OptionalLong allTasks() {
        Matcher line = ALL_TASKS.matcher(
                ProcFolder.text(proc.root().resolve("loadavg")).orElse(""));
        return line.find() ? Numbers.parseUnsigned(line.group(1)) : OptionalLong.empty();
    }

    /** A small file for each process of the machine: some 20 us each. */
    private long tasksOf(long user) {
        long tasks = 0;
        for (long pid : proc.pids()) {
            Optional<StatusFile> status = proc.status(pid);
            if (status.isPresent() && status.get().number("Uid").orElse(-1) == user) {
                tasks += status.get().number("Threads").orElse(1);
            }
        }
        return tasks;
    }
}
