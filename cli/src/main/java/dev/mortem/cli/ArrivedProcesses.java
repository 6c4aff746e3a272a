package dev.mortem.cli;

import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.ProcessArrivals.Arrival;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Pids of processes that begin, kept by a thread of its own until somebody asks. Safe for any thread. */
final class ArrivedProcesses implements AutoCloseable {
    /** A build starts some thousands a second; who does not ask for that long has other troubles. */
    private static final int PIDS_MAX = 100_000;

    private static final Duration WAIT = Duration.ofSeconds(1);

    /** Whether something was done about each at once. */
    private final Map<Long, Boolean> pids = new LinkedHashMap<>();

    private final ProcessArrivals arrivals;
    private final Thread thread;
    private volatile Predicate<Arrival> first = arrival -> false;

    private ArrivedProcesses(ProcessArrivals arrivals) {
        this.arrivals = arrivals;
        thread = Thread.ofPlatform().daemon().name("mortem-arrivals").unstarted(this::run);
    }

    static ArrivedProcesses begin() {
        ArrivedProcesses arrived =
                new ArrivedProcesses(ProcessArrivals.ofThisMachine(ProcessArrivals.DEFAULT_EVERY));
        arrived.thread.start();
        return arrived;
    }

    /**
     * One that arrived.
     *
     * @param wasActedOn whether what is done at once was done about it: not for what it was before its exec
     */
    record Arrived(long pid, boolean wasActedOn) {}

    /** @param action what is done about each at once, on the thread that hears of it; whether it was done */
    void first(Predicate<Arrival> action) {
        first = action;
    }

    private void run() {
        try (arrivals) {
            while (!Thread.currentThread().isInterrupted()) {
                arrivals.next(WAIT).ifPresent(this::add);
            }
        }
    }

    private void add(Arrival arrival) {
        boolean isActedOn = first.test(arrival);
        synchronized (this) {
            if (pids.size() < PIDS_MAX) {
                pids.merge(arrival.pid(), isActedOn, Boolean::logicalOr);
            }
        }
    }

    /** Since this was asked last. */
    synchronized List<Arrived> take() {
        List<Arrived> taken = new ArrayList<>();
        pids.forEach((pid, isActedOn) -> taken.add(new Arrived(pid, isActedOn)));
        pids.clear();
        return taken;
    }

    /** How they are seen, in words. */
    String how() {
        return arrivals.how();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
