package dev.mortem.cli;

import dev.mortem.os.ProcessArrivals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Pids of processes that begin, kept by a thread of its own until somebody asks. Safe for any thread. */
final class ArrivedProcesses implements AutoCloseable {
    /** A build starts some thousands a second; who does not ask for that long has other troubles. */
    private static final int PIDS_MAX = 100_000;

    private static final Duration WAIT = Duration.ofSeconds(1);

    private final Set<Long> pids = new LinkedHashSet<>();
    private final Thread thread;

    private ArrivedProcesses() {
        thread = Thread.ofPlatform().daemon().name("mortem-arrivals").unstarted(this::run);
    }

    static ArrivedProcesses begin() {
        ArrivedProcesses arrived = new ArrivedProcesses();
        arrived.thread.start();
        return arrived;
    }

    private void run() {
        try (ProcessArrivals arrivals =
                ProcessArrivals.ofThisMachine(ProcessArrivals.DEFAULT_EVERY)) {
            while (!Thread.currentThread().isInterrupted()) {
                arrivals.next(WAIT).ifPresent(arrival -> add(arrival.pid()));
            }
        }
    }

    private synchronized void add(long pid) {
        if (pids.size() < PIDS_MAX) {
            pids.add(pid);
        }
    }

    /** Since this was asked last. */
    synchronized List<Long> take() {
        List<Long> taken = new ArrayList<>(pids);
        pids.clear();
        return taken;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
