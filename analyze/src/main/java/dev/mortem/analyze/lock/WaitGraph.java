package dev.mortem.analyze.lock;

import dev.mortem.analyze.wait.Wait;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Who waits for whom: a thread waits for the owner of its lock, or for the thread it joins. Each
 * thread
 * waits for at most one, so a cycle is found by walking on until a thread comes a second time.
 */
public final class WaitGraph {
    /** One step: {@code threadId} waits for {@code forThreadId}, because of a lock or of a join. */
    public record Edge(long threadId, long forThreadId, Optional<HeldLock> lock) {}

    private final Map<Long, Edge> edges = new LinkedHashMap<>();

    /**
     * Edges to threads that are not in the snapshot are left out: nobody is there to wait
     * further.
     */
    public WaitGraph(List<HeldLock> locks, Map<Long, Wait> waits) {
        for (HeldLock lock : locks) {
            if (lock.held() && lock.ownerAlive() && lock.ownerThreadId().isPresent()) {
                long owner = lock.ownerThreadId().getAsLong();
                lock.waiters()
                        .forEach(waiter ->
                                edges.put(waiter, new Edge(waiter, owner, Optional.of(lock))));
            }
        }
        waits.forEach((threadId, wait) -> {
            if (wait.kind() == Wait.Kind.JOIN && wait.threadId().isPresent()) {
                long joined = wait.threadId().getAsLong();
                edges.putIfAbsent(threadId, new Edge(threadId, joined, Optional.empty()));
            }
        });
    }

    /** Whom the thread waits for. */
    public Optional<Edge> edge(long threadId) {
        return Optional.ofNullable(edges.get(threadId));
    }

    /** Every cycle, once, from its lowest thread id on. */
    public List<List<Edge>> cycles() {
        List<List<Edge>> cycles = new ArrayList<>();
        Set<Long> done = new HashSet<>();
        for (long start : edges.keySet()) {
            Map<Long, Integer> positions = new HashMap<>();
            List<Edge> path = new ArrayList<>();
            Edge edge = edges.get(start);
            while (edge != null && !done.contains(edge.threadId)) {
                done.add(edge.threadId);
                positions.put(edge.threadId, path.size());
                path.add(edge);
                edge = edges.get(edge.forThreadId);
            }
            Integer closes = edge == null ? null : positions.get(edge.threadId);
            if (closes != null) {
                cycles.add(rotated(path.subList(closes, path.size())));
            }
        }
        return List.copyOf(cycles);
    }

    private static List<Edge> rotated(List<Edge> cycle) {
        int lowest = 0;
        for (int index = 1; index < cycle.size(); index++) {
            if (cycle.get(index).threadId < cycle.get(lowest).threadId) {
                lowest = index;
            }
        }
        List<Edge> rotated = new ArrayList<>(cycle.subList(lowest, cycle.size()));
        rotated.addAll(cycle.subList(0, lowest));
        return List.copyOf(rotated);
    }

    /**
     * The thread at the end of the chain of those that the thread waits for, which waits for no other;
     * empty for a thread that waits for none, and where the chain runs into a circle.
     */
    public OptionalLong root(long threadId) {
        Set<Long> seen = new HashSet<>();
        long at = threadId;
        while (edges.containsKey(at)) {
            if (!seen.add(at)) {
                return OptionalLong.empty();
            }
            at = edges.get(at).forThreadId;
        }
        return at == threadId ? OptionalLong.empty() : OptionalLong.of(at);
    }

    /**
     * Threads that wait, directly or through others, for one of {@code threadIds}, without being
     * one.
     */
    public List<Long> waitingBehind(Set<Long> threadIds) {
        Map<Long, List<Long>> waitersOf = new HashMap<>();
        edges.values()
                .forEach(edge -> waitersOf
                        .computeIfAbsent(edge.forThreadId, key -> new ArrayList<>())
                        .add(edge.threadId));
        Set<Long> reached = new LinkedHashSet<>(threadIds);
        Deque<Long> next = new ArrayDeque<>(threadIds);
        while (!next.isEmpty()) {
            for (long waiter : waitersOf.getOrDefault(next.remove(), List.of())) {
                if (reached.add(waiter)) {
                    next.add(waiter);
                }
            }
        }
        reached.removeAll(threadIds);
        return List.copyOf(reached);
    }
}
