package dev.mortem.os.linux.stop;

import dev.mortem.os.linux.limit.CopyHeadroom;
import dev.mortem.os.linux.limit.FrozenCgroup;
import dev.mortem.os.linux.limit.Watchdogs;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Path;
import java.util.Optional;

/** What a machine says of its processes, and of what surrounds them. Safe for any thread. */
public final class Surroundings {
    private final ProcFolder proc;
    private final Path cgroupRoot;
    private final CopyHeadroom headroom;
    private final Watchdogs watchdogs;

    /**
     * @param cgroupRoot what is /sys/fs/cgroup
     * @param systemRoot what is /: systemd's folders are looked for below
     */
    public Surroundings(ProcFolder proc, Path cgroupRoot, Path systemRoot) {
        this.proc = proc;
        this.cgroupRoot = cgroupRoot;
        this.headroom = new CopyHeadroom(proc, cgroupRoot, systemRoot);
        this.watchdogs = new Watchdogs(proc, systemRoot);
    }

    public ProcFolder proc() {
        return proc;
    }

    CopyHeadroom headroom() {
        return headroom;
    }

    Watchdogs watchdogs() {
        return watchdogs;
    }

    /** The cgroup that keeps the process from running. */
    Optional<String> frozenBy(long pid) {
        return FrozenCgroup.of(proc, cgroupRoot, pid);
    }
}
