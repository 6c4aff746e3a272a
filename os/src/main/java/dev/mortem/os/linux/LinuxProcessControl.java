package dev.mortem.os.linux;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.stop.TargetOwner;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Stops processes by ptrace; the target stands until its memory is copied. */
final class LinuxProcessControl implements ProcessControl {
    private final ProcFolder proc;
    private final Clock clock;

    LinuxProcessControl(ProcFolder proc, Clock clock) {
        this.proc = proc;
        this.clock = clock;
    }

    @Override
    public LiveSnapshot snapshot(long pid, SnapshotOptions options) throws TargetException {
        TargetOwner owner = new TargetOwner(proc, clock, pid, options, Optional.empty());
        return owner.take(() -> {}).orElseThrow();
    }

    @Override
    public Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline, Runnable whenWatching)
            throws TargetException {
        return new TargetOwner(proc, clock, pid, options, Optional.of(deadline)).take(whenWatching);
    }

    @Override
    public PauseEstimate estimatePause(long pid, SnapshotOptions options) throws TargetException {
        return TargetOwner.estimate(proc, pid, options);
    }
}
