package dev.mortem.os.linux.stop;

import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What can be said of a target from outside, before anything touches it, and why it cannot be stopped.
 */
final class Preflight {
    private final ProcFolder proc;
    private final long ownPid;

    Preflight(ProcFolder proc, long ownPid) {
        this.proc = proc;
        this.ownPid = ownPid;
    }

    /** The target's status file, when nothing seen from outside speaks against stopping it. */
    StatusFile look(long pid) throws TargetException {
        if (pid == ownPid) {
            throw new TargetException(
                    Kind.UNSUPPORTED,
                    "process " + pid + " is Mortem itself, which cannot stop and read itself");
        }
        Optional<StatusFile> status = proc.status(pid);
        Optional<StatFile> stat = proc.stat(pid);
        if (status.isEmpty() || stat.isEmpty()) {
            throw notFound(pid);
        }
        OptionalLong leader = status.get().number("Tgid");
        if (leader.isPresent() && leader.getAsLong() != pid) {
            throw new TargetException(
                    Kind.NOT_FOUND,
                    "%d is a thread of process %d; name the process"
                            .formatted(pid, leader.getAsLong()));
        }
        if (stat.get().isKernelThread()) {
            throw new TargetException(
                    Kind.KERNEL_THREAD,
                    "process %d (%s) is a kernel thread: it has no memory of its own to dump"
                            .formatted(pid, stat.get().name()));
        }
        if (livingThread(pid).isEmpty()) {
            throw new TargetException(
                    Kind.ZOMBIE,
                    "process %d (%s) has ended; its parent, process %d, has not asked for its exit "
                                    .formatted(
                                            pid, stat.get().name(), stat.get().parentPid())
                            + "status yet. Nothing of it is left to dump");
        }
        refuseTraced(pid, status.get());
        return status.get();
    }

    /** The status file of a target that was looked at before. */
    StatusFile status(long pid) throws TargetException {
        return proc.status(pid).orElseThrow(() -> exited(pid));
    }

    /** The leader, or where that has ended, another thread: /proc shows the memory through it. */
    Optional<Long> livingThread(long pid) {
        if (proc.stat(pid).map(stat -> !stat.isDead()).orElse(false)) {
            return Optional.of(pid);
        }
        return proc.tids(pid).stream()
                .filter(tid -> ProcFolder.text(proc.task(pid, tid).resolve("stat"))
                        .flatMap(StatFile::parse)
                        .map(stat -> !stat.isDead())
                        .orElse(false))
                .findFirst();
    }

    static TargetException notFound(long pid) {
        return new TargetException(
                Kind.NOT_FOUND, "no process " + pid + "; \"mortem ps\" lists those that run");
    }

    static TargetException exited(long pid) {
        return new TargetException(
                Kind.EXITED, "process " + pid + " ended while it was being stopped");
    }

    /** When another thread, of whatever process, traces the target or one of its threads. */
    private void refuseTraced(long pid, StatusFile status) throws TargetException {
        long tracer = status.number("TracerPid").orElse(0);
        if (tracer == 0) {
            return;
        }
        Optional<StatusFile> tracing = proc.status(tracer);
        long tracingPid = tracing.map(file -> file.number("Tgid"))
                .orElse(OptionalLong.empty())
                .orElse(tracer);
        String name = proc.stat(tracingPid).map(StatFile::name).orElse("unknown");
        String who = tracingPid == ownPid
                ? "this Mortem itself"
                : "process %d (%s)".formatted(tracingPid, name);
        throw new TargetException(
                Kind.ALREADY_TRACED,
                "process %d is traced already, by %s; a process has one tracer at most. Wait until it "
                                .formatted(pid, who)
                        + "is done, or end it");
    }

    /** Why the kernel answered EPERM to SEIZE of one thread, from the most to the least specific. */
    TargetException refused(long pid, long tid) {
        StatusFile target = ProcFolder.text(proc.task(pid, tid).resolve("status"))
                .map(StatusFile::parse)
                .orElse(StatusFile.parse(""));
        try {
            refuseTraced(pid, target);
        } catch (TargetException traced) {
            return traced;
        }
        return new TargetException(Kind.NOT_PERMITTED, "process " + pid + why(target));
    }

    private String why(StatusFile target) {
        StatusFile own = proc.status(ownPid).orElse(StatusFile.parse(""));
        long capSysPtrace = own.mask("CapEff").orElse(0) >>> 19 & 1;
        if (capSysPtrace != 0) {
            return " may not be traced although we have CAP_SYS_PTRACE: a security module or another "
                    + "user namespace forbids it; see \"dmesg\", or run Mortem on the host";
        }
        if (!target.value("Uid").equals(own.value("Uid"))) {
            return " belongs to another user (uid %s, ours is %s): run Mortem as root (sudo), or as that "
                            .formatted(firstUid(target), firstUid(own))
                    + "user";
        }
        String scope = ProcFolder.text(Path.of("/proc/sys/kernel/yama/ptrace_scope"))
                .map(String::trim)
                .orElse("");
        return switch (scope) {
            case "1", "2" ->
                " may not be traced: kernel.yama.ptrace_scope is " + scope + ". Run Mortem as root "
                        + "(sudo), or: sudo sysctl kernel.yama.ptrace_scope=0";
            case "3" ->
                " may not be traced: kernel.yama.ptrace_scope is 3, which forbids it to everybody "
                        + "until the machine restarts";
            default ->
                " may not be traced: it is not dumpable (it changed its user, or its file may not be "
                        + "read). Run Mortem as root (sudo)";
        };
    }

    private static String firstUid(StatusFile status) {
        OptionalLong uid = status.number("Uid");
        return uid.isPresent() ? Long.toString(uid.getAsLong()) : "unknown";
    }
}
