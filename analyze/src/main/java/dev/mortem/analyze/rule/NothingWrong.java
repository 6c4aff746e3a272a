package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.symbol.Frame;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The headline of a dump in which no rule found a fault: says so, and what the threads do. */
final class NothingWrong {
    private static final int GROUPS_IN_HEADLINE = 3;
    private static final int GROUPS_IN_EVIDENCE = 12;

    private static final Set<String> SYSTEM_CALLS_OF_WINDOWS = Set.of("ntdll.dll", "win32u.dll");
    private static final Pattern SYSTEM_CALL = Pattern.compile("(Nt|Zw)[A-Z]\\w*");

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
        String where = thread.frames().isEmpty() ? "" : " in " + Wording.where(thread);
        if (thread.waitsFor().isPresent()) {
            return "waiting for " + kind(thread.waitsFor().get().kind()) + where;
        }
        Optional<Frame> atKernel = thread.frames().stream()
                .findFirst()
                .filter(frame -> frame.module()
                        .filter(NothingWrong::callsTheWindowsKernel)
                        .isPresent());
        if (atKernel.isEmpty()) {
            return "running" + where;
        }
        // a dump of Windows does not say whether the thread runs or waits in that call
        Optional<String> name = atKernel.get().function().map(Frame.FunctionName::raw);
        if (name.isEmpty()) {
            return where.strip();
        }
        return SYSTEM_CALL.matcher(name.get()).matches()
                ? "in " + name.get() + ", called" + where
                : "running" + where;
    }

    private static boolean callsTheWindowsKernel(LoadedModule module) {
        return SYSTEM_CALLS_OF_WINDOWS.contains(module.name().toLowerCase(Locale.ROOT));
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
