package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.Lock;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Threads that wait for each other in a circle: each step's thread waits for its lock, which the next
 * step's thread holds, and the last lock is held by the first thread. A reading of {@code locks}, for
 * drawing; that it is a deadlock is for a finding to say.
 */
record WaitCycle(List<Step> steps) {
    /** Circles drawn at most: a report explains the first ones, the table of locks has all. */
    private static final int CYCLES_MAX = 4;

    WaitCycle {
        steps = List.copyOf(steps);
    }

    record Step(long threadId, Lock lock) {}

    /** The thread that holds the lock of that step. */
    long holder(int step) {
        return steps.get((step + 1) % steps.size()).threadId();
    }

    /** The circles in these locks, each starting with its lowest thread id, in that order. */
    static List<WaitCycle> in(List<Lock> locks) {
        Map<Long, Lock> waitsFor = new LinkedHashMap<>();
        for (Lock lock : locks) {
            if (lock.held() && lock.ownerThreadId().isPresent()) {
                lock.waiters().forEach(waiter -> waitsFor.putIfAbsent(waiter, lock));
            }
        }
        Set<Long> seen = new HashSet<>();
        List<WaitCycle> cycles = new ArrayList<>();
        for (long start : waitsFor.keySet()) {
            List<Step> path = pathFrom(start, waitsFor, seen);
            circleOf(path).ifPresent(cycles::add);
        }
        return cycles.stream()
                .sorted(Comparator.comparingLong(
                        cycle -> cycle.steps().getFirst().threadId()))
                .limit(CYCLES_MAX)
                .toList();
    }

    /** From thread to lock to owner, until a thread waits for nothing or was met on any path. */
    private static List<Step> pathFrom(long start, Map<Long, Lock> waitsFor, Set<Long> seen) {
        List<Step> path = new ArrayList<>();
        long thread = start;
        while (waitsFor.containsKey(thread) && seen.add(thread)) {
            Lock lock = waitsFor.get(thread);
            path.add(new Step(thread, lock));
            thread = lock.ownerThreadId().orElseThrow();
        }
        return path;
    }

    /** The path's end, where it comes back to one of its own threads. */
    private static Optional<WaitCycle> circleOf(List<Step> path) {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        Map<Long, Integer> places = new HashMap<>();
        for (int at = 0; at < path.size(); at++) {
            places.put(path.get(at).threadId(), at);
        }
        long last = path.getLast().lock().ownerThreadId().orElseThrow();
        Integer from = places.get(last);
        if (from == null) {
            return Optional.empty();
        }
        List<Step> circle = new ArrayList<>(path.subList(from, path.size()));
        Step lowest =
                circle.stream().min(Comparator.comparingLong(Step::threadId)).orElseThrow();
        Collections.rotate(circle, -circle.indexOf(lowest));
        return Optional.of(new WaitCycle(circle));
    }
}
