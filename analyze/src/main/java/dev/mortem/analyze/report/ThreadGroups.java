package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportStack;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.base.address.Addresses;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The threads in the order a reader wants them: those the report is about, then the rest, threads with
 * one stack together, large groups first.
 */
record ThreadGroups(List<Group> concerned, List<Group> others) {
    ThreadGroups {
        concerned = List.copyOf(concerned);
        others = List.copyOf(others);
    }

    /**
     * @param threads that have this stack, or none for the same reason
     * @param concerned whether one of them crashed, is named by the reason or by the headline
     */
    record Group(List<ReportThread> threads, Optional<ReportStack> stack, boolean concerned) {
        Group {
            threads = List.copyOf(threads);
        }

        /** The one to name the group by: the crashed one, else the first. */
        ReportThread first() {
            return threads.stream()
                    .filter(ReportThread::crashed)
                    .findFirst()
                    .orElse(threads.getFirst());
        }

        List<ReportFrame> frames() {
            return stack.map(ReportStack::frames).orElse(List.of());
        }

        /** What the threads do: "waits for mutex 0x…", "in poll". */
        String doing(boolean fullNames) {
            List<String> waits = threads.stream()
                    .flatMap(thread -> thread.waitsFor().stream())
                    .distinct()
                    .toList();
            if (waits.size() == 1) {
                return (threads.size() == 1 ? "waits for " : "wait for ") + waits.getFirst();
            }
            if (waits.size() > 1) {
                return "wait for " + waits.getFirst() + " and "
                        + Quantity.of(waits.size() - 1, "other thing");
            }
            return frames().stream()
                    .findFirst()
                    .map(frame -> "in " + label(frame, fullNames))
                    .orElse("no stack: " + threads.getFirst().stackEnd());
        }
    }

    static ThreadGroups of(Report report) {
        Map<Integer, ReportStack> stacks = report.stacks().stream()
                .collect(Collectors.toMap(ReportStack::stackId, stack -> stack, (one, _) -> one));
        Set<Long> concerned = concerned(report);
        Map<String, List<ReportThread>> byStack = new LinkedHashMap<>();
        for (ReportThread thread : report.threads()) {
            boolean has = thread.stackId().isPresent()
                    && stacks.containsKey(thread.stackId().getAsInt());
            String key = has ? "#" + thread.stackId().getAsInt() : thread.stackEnd();
            byStack.computeIfAbsent(key, _ -> new ArrayList<>()).add(thread);
        }
        List<Group> groups = new ArrayList<>();
        for (List<ReportThread> threads : byStack.values()) {
            Optional<ReportStack> stack = threads.getFirst().stackId().isPresent()
                    ? Optional.ofNullable(
                            stacks.get(threads.getFirst().stackId().getAsInt()))
                    : Optional.empty();
            boolean matters = threads.stream()
                    .anyMatch(thread -> thread.crashed() || concerned.contains(thread.id()));
            groups.add(new Group(threads, stack, matters));
        }
        return new ThreadGroups(
                groups.stream()
                        .filter(Group::concerned)
                        .sorted(Comparator.comparing(
                                (Group group) -> !group.first().crashed()))
                        .toList(),
                groups.stream()
                        .filter(group -> !group.concerned())
                        .sorted(Comparator.comparingInt(
                                (Group group) -> -group.threads().size()))
                        .toList());
    }

    /** All groups, the concerned ones first. */
    List<Group> all() {
        List<Group> all = new ArrayList<>(concerned);
        all.addAll(others);
        return all;
    }

    private static Set<Long> concerned(Report report) {
        Set<Long> ids = new HashSet<>(report.headline().threadIds());
        OptionalLong reason = report.reason().threadId();
        if (reason.isPresent()) {
            ids.add(reason.getAsLong());
        }
        return ids;
    }

    /** The names of the threads that have one. */
    static Map<Long, String> names(Report report) {
        return report.threads().stream()
                .filter(thread -> thread.name().isPresent())
                .collect(Collectors.toMap(
                        ReportThread::id, thread -> thread.name().orElse(""), (one, _) -> one));
    }

    /** The function, else "module+0x12", else the address. */
    static String label(ReportFrame frame, boolean fullNames) {
        Optional<String> name =
                fullNames ? frame.function() : frame.functionShort().or(frame::function);
        return name.orElseGet(() -> place(frame));
    }

    /** How a function was reached that its caller on the stack did not call. */
    static String reached(Report.TailCalled jump) {
        return "reached by a tail call"
                + (jump.framesMissing()
                        ? ", frames are missing: the caller called " + jump.called()
                        : "");
    }

    /** "module+0x12", else "module", else the address, with the file that names it where there is one. */
    static String place(ReportFrame frame) {
        if (frame.module().isEmpty()) {
            String by = frame.functionFrom().map(file -> ", named by " + file).orElse("");
            return Addresses.hex(frame.address()) + by;
        }
        return frame.module().get()
                + (frame.moduleOffset().isPresent()
                        ? "+" + Addresses.hex(frame.moduleOffset().getAsLong())
                        : "");
    }
}
