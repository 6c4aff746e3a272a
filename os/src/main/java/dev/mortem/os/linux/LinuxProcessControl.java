package dev.mortem.os.linux;

import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.event.WatchedProcess;
import dev.mortem.os.linux.inject.InjectionStep;
import dev.mortem.os.linux.stop.Rehearsal;
import dev.mortem.os.linux.stop.Surroundings;
import dev.mortem.os.linux.stop.TargetOwner;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Stops processes by ptrace, and copies them where that can be. */
final class LinuxProcessControl implements ProcessControl {
    private final Surroundings surroundings;
    private final Rehearsal rehearsal;
    private final Clock clock;
    private final InjectionStep.Listener listener;

    /** @param listener is told of the steps of injections, by the thread that traces */
    LinuxProcessControl(Surroundings surroundings, Clock clock, InjectionStep.Listener listener) {
        this.surroundings = surroundings;
        this.rehearsal = new Rehearsal(surroundings);
        this.clock = clock;
        this.listener = listener;
    }

    @Override
    public void rehearse() {
        rehearsal.begin();
    }

    @Override
    public boolean isRehearsal(long pid) {
        return rehearsal.isOn(pid);
    }

    @Override
    public PendingSnapshot prepare(long pid, SnapshotOptions options) throws TargetException {
        TargetOwner owner = new TargetOwner(
                surroundings, rehearsal, clock, pid, options, Optional.empty(), listener);
        return new Pending(owner, owner.plan());
    }

    private record Pending(TargetOwner owner, PauseEstimate estimate) implements PendingSnapshot {
        @Override
        public LiveSnapshot take() throws TargetException {
            return owner.take();
        }

        @Override
        public void close() {
            owner.cancel();
        }
    }

    @Override
    public Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline, Runnable whenWatching)
            throws TargetException {
        return new TargetOwner(
                        surroundings,
                        rehearsal,
                        clock,
                        pid,
                        options,
                        Optional.of(deadline),
                        listener)
                .watch(whenWatching);
    }

    @Override
    public ProcessEvents events(long pid, EventOptions options) throws TargetException {
        return WatchedProcess.begin(
                surroundings, surroundings.proc(), rehearsal, clock, pid, options);
    }
}
