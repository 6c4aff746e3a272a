package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.analyze.wait.Wait;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The headline of a dump in which no rule found a fault: says so, and what the threads do. */
final class NothingWrong {
    private static final int GROUPS_IN_HEADLINE = 3;
    private static final int GROUPS_IN_EVIDENCE = 12;

    private NothingWrong() {}

    static Finding finding(CaseFile dump) {
        List<String> groups = groups(dump.threads());
        Draft draft = Draft.of(RuleId.NO_FAULT_FOUND, Severity.INFORMATION)
                .summary("Nothing wrong found in " + dump.image()
                        + (groups.isEmpty()
                                ? ": the dump has no threads"
                                : ": of " + Wording.count(dump.threads().size(), "thread") + ", "
                                        + Wording.list(groups, GROUPS_IN_HEADLINE)))
                .explain("The process was alive when the dump was taken: no fault, no deadlock, no "
                        + "lock with a queue, no thread that stands out by its CPU time. "
                        + "Waiting for "
                        + "events, conditions or connections is what threads without "
                        + "work do.")
                .recommend("If the process was slow at that moment, take two or three dumps some "
                        + "seconds apart and compare what the threads wait for.");
        groups.stream().limit(GROUPS_IN_EVIDENCE).forEach(draft::evidence);
        return draft.finding();
    }

    /** "16 wait for a condition variable in pool_next() of worker", the largest group first. */
    private static List<String> groups(List<CaseThread> threads) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (CaseThread thread : threads) {
            counts.merge(doing(thread), 1, Integer::sum);
        }
        List<String> lines = new ArrayList<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> lines.add(entry.getValue() + " " + entry.getKey()));
        return lines;
    }

    private static String doing(CaseThread thread) {
        String in = thread.frames().isEmpty() ? "" : " in " + Wording.where(thread);
        return thread.waitsFor()
                .map(wait -> "waiting for " + kind(wait.kind()) + in)
                .orElse("running" + in);
    }

    private static String kind(Wait.Kind kind) {
        return switch (kind) {
            case MUTEX, INTERNAL_LOCK, READ_WRITE_LOCK, FILE_LOCK -> "a lock";
            case CONDITION -> "a condition";
            case SEMAPHORE -> "a semaphore";
            case BARRIER -> "a barrier";
            case LATCH -> "a latch";
            case ONCE -> "an initialisation";
            case RESULT -> "a result";
            case PARK -> "being unparked";
            case JOIN -> "another thread to end";
            case FUTEX -> "a futex";
            case SLEEP -> "time to pass";
            case EVENTS -> "events";
            case ACCEPT -> "connections";
            case INPUT -> "input";
            case OUTPUT -> "output";
            case CONNECT -> "a connection";
            case CHILD -> "a child process";
            case SIGNAL -> "a signal";
        };
    }
}
