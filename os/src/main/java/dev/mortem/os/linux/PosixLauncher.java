package dev.mortem.os.linux;

import dev.mortem.os.Launcher;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.Spawn;
import dev.mortem.os.linux.table.Signals;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Starts children by posix_spawn and waits for them by pidfd.
 *
 * <p>A wait for a child that a thread of ours traces would take that thread's stops (the kernel lets any
 * thread of the tracing process have them): so nobody waits for the child itself before its pidfd says
 * that it has ended.
 */
final class PosixLauncher implements Launcher {
    /**
     * A shell sets what posix_spawn has no portable attribute for: the folder, the output and the limit.
     * "exec" keeps the pid. $1 is the folder, $2 the output, $3 the limit. A JVM adds mapped files to its
     * own coredump_filter, which a child would inherit: it is set back to the kernel's default.
     */
    private static final String SCRIPT = "cd -- \"$1\" && exec >\"$2\" 2>&1 </dev/null && "
            + "ulimit -c \"$3\" 2>/dev/null; echo 0x33 2>/dev/null >/proc/self/coredump_filter; "
            + "shift 3; exec \"$@\"";

    PosixLauncher() {}

    @Override
    public Child start(Program program) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "sh",
                "-c",
                SCRIPT,
                "sh",
                program.folder().toAbsolutePath().toString(),
                program.output().toAbsolutePath().toString(),
                program.coreFile() ? "unlimited" : "0"));
        arguments.addAll(program.command());
        long pid = Spawn.start("/bin/sh", arguments, environment(program.environment()));
        if (pid < 0) {
            throw new IOException("%s cannot be started: %s"
                    .formatted(program.command().getFirst(), Errno.name((int) -pid)));
        }
        return new SpawnedChild(pid);
    }

    @Override
    public Waiting startWatched(Watched program) throws IOException {
        return WaitingChild.start(program);
    }

    /** A child of ours that was started elsewhere. */
    static Child child(long pid) {
        return new SpawnedChild(pid);
    }

    static List<String> environment(Map<String, String> changes) {
        Map<String, String> all = new TreeMap<>(System.getenv());
        all.putAll(changes);
        return all.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .toList();
    }

    /** One child; the lock keeps two waiters from asking for its end at once. */
    private static final class SpawnedChild implements Child {
        /** What was killed is gone in microseconds, or hangs in the kernel and is not ours to wait for. */
        private static final Duration KILLED_GONE = Duration.ofSeconds(5);

        private final long pid;
        private Optional<OptionalInt> end = Optional.empty();

        SpawnedChild(long pid) {
            this.pid = pid;
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public synchronized OptionalInt awaitExit(Duration atMost) {
            if (end.isPresent()) {
                return end.get();
            }
            Kernel kernel = new Kernel();
            long pidfd = kernel.pidfdOpen(pid);
            long deadline = System.nanoTime() + atMost.toNanos();
            try {
                boolean ended = pidfd == -Errno.ESRCH;
                while (!ended && !Thread.currentThread().isInterrupted()) {
                    long left = deadline - System.nanoTime();
                    // in slices, so that an interrupt is seen
                    ended = kernel.pollForInput(pidfd, Math.clamp(left, 0, 50_000_000L));
                    if (!ended && left <= 0) {
                        return OptionalInt.empty();
                    }
                }
                return ended ? reap(kernel) : OptionalInt.empty();
            } finally {
                if (pidfd >= 0) {
                    kernel.close(pidfd);
                }
            }
        }

        private OptionalInt reap(Kernel kernel) {
            Optional<Waited> waited = kernel.pollEnd(pid);
            OptionalInt status = waited.isPresent()
                    ? OptionalInt.of(waited.get().exitStatus())
                    : OptionalInt.empty();
            end = Optional.of(status);
            return status;
        }

        @Override
        public boolean isRunning() {
            return awaitExit(Duration.ZERO).isEmpty() && !hasEnded();
        }

        private synchronized boolean hasEnded() {
            return end.isPresent();
        }

        @Override
        public synchronized void signal(int number) {
            if (end.isEmpty()) {
                new Kernel().kill(pid, number); // not reaped yet: the pid is still its own
            }
        }

        @Override
        public void close() {
            boolean running = isRunning();
            new Kernel().kill(-pid, Signals.SIGKILL); // what it left behind in its group
            if (running) {
                awaitExit(KILLED_GONE);
            }
        }
    }
}
