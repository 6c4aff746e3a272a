package dev.mortem.os.linux.arrive;

import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks for new processes. The last field of /proc/loadavg is the id that was given last in our pid namespace
 * (proc_loadavg(5)): while it stays as it is, nothing began, and what began has one of the ids up to it. A
 * thread has an id too, and is told from a process by its Tgid. A container's own /proc may hide that field
 * behind a file of its own (lxcfs), so that all of /proc is listed now and then.
 *
 * <p>Between fork and exec a process has its parent's executable: a young one is looked at again until it has
 * another, and told once more then.
 */
public final class PolledArrivals implements ProcessArrivals {
    /** More ids than this between two looks cost more than a list of all processes. */
    private static final long IDS_MAX = 2_000;

    private static final long LIST_EVERY_NANOS = 1_000_000_000L;

    /** A shell that starts a program does so within microseconds; a JVM's helper within milliseconds. */
    private static final long YOUNG_NANOS = 1_000_000_000L;

    private final ProcFolder proc;
    private final long everyNanos;
    private final Set<Long> known = new HashSet<>();
    private final Map<Long, Young> young = new HashMap<>();
    private final Queue<Arrival> ready = new ArrayDeque<>();
    private long lastId;
    private long listedAt;

    private record Young(Optional<String> executable, long untilNanos) {}

    /** Knows the processes that there are now. */
    public PolledArrivals(ProcFolder proc, Duration every) {
        this.proc = proc;
        this.everyNanos = every.toNanos();
        this.lastId = lastId();
        known.addAll(proc.pids());
        this.listedAt = System.nanoTime();
    }

    private long lastId() {
        String text = ProcFolder.text(proc.root().resolve("loadavg")).orElse("").trim();
        return Numbers.parseUnsigned(text.substring(text.lastIndexOf(' ') + 1)).orElse(0);
    }

    @Override
    public Optional<Arrival> next(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (ready.isEmpty()) {
            look();
            long left = end - System.nanoTime();
            if (!ready.isEmpty() || left <= 0 || Thread.currentThread().isInterrupted()) {
                break;
            }
            LockSupport.parkNanos(Math.min(everyNanos, left));
        }
        return Optional.ofNullable(ready.poll());
    }

    private void look() {
        long now = System.nanoTime();
        long last = lastId();
        if (last < lastId || last - lastId > IDS_MAX || now - listedAt > LIST_EVERY_NANOS) {
            list(now); // they started again from below, or there are too many
        } else {
            for (long id = lastId + 1; id <= last; id++) {
                if (isProcess(id)) {
                    add(id, now);
                }
            }
        }
        lastId = last;
        lookAtYoung(now);
    }

    private void list(long now) {
        Set<Long> there = new HashSet<>(proc.pids());
        known.retainAll(there);
        for (long pid : there) {
            add(pid, now);
        }
        listedAt = now;
    }

    private boolean isProcess(long id) {
        return Files.exists(proc.of(id))
                && proc.status(id)
                        .filter(status -> status.number("Tgid").orElse(0) == id)
                        .isPresent();
    }

    private void add(long pid, long now) {
        if (known.add(pid)) {
            Optional<String> executable = ProcFolder.link(proc.of(pid).resolve("exe"));
            young.put(pid, new Young(executable, now + YOUNG_NANOS));
            ready.add(new Arrival(pid, executable));
        }
    }

    private void lookAtYoung(long now) {
        young.values().removeIf(one -> now - one.untilNanos() >= 0);
        for (Map.Entry<Long, Young> entry : young.entrySet()) {
            Optional<String> executable =
                    ProcFolder.link(proc.of(entry.getKey()).resolve("exe"));
            if (executable.isPresent() && !executable.equals(entry.getValue().executable())) {
                entry.setValue(new Young(executable, entry.getValue().untilNanos()));
                ready.add(new Arrival(entry.getKey(), executable));
            }
        }
    }

    @Override
    public String how() {
        return "looked for every " + everyNanos / 1_000_000
                + " ms: one that lives for less may be missed. With CAP_NET_ADMIN (sudo) the kernel tells of each";
    }

    @Override
    public void close() {
        young.clear();
    }
}
