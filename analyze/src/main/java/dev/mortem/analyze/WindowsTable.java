package dev.mortem.analyze;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.windows.WindowsFacts;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The report's part of what a dump tells of itself and, if it is one of Windows, of its process. */
final class WindowsTable {
    private WindowsTable() {}

    static Report.Details of(ProcessSnapshot snapshot) {
        DumpDetails details = snapshot.details();
        return new Report.Details(
                details.flags(),
                details.contents(),
                new TreeMap<>(details.annotations()),
                snapshot.windows().map(WindowsTable::windows));
    }

    private static Report.WindowsDetails windows(WindowsFacts facts) {
        return new Report.WindowsDetails(
                facts.currentDirectory(),
                facts.buildText(),
                facts.unloaded().stream()
                        .map(module -> new Report.UnloadedModule(
                                module.name(),
                                module.range().start(),
                                module.range().sizeBytes()))
                        .toList(),
                facts.counters().map(WindowsTable::counters).orElse(Map.of()),
                facts.system().map(WindowsTable::machine).orElse(Map.of()));
    }

    private static Map<String, Long> counters(WindowsFacts.MemoryCounters counters) {
        Map<String, Long> named = new LinkedHashMap<>();
        put(named, "privateBytes", counters.privateBytes());
        named.put("workingSetBytes", counters.workingSetBytes());
        named.put("peakWorkingSetBytes", counters.peakWorkingSetBytes());
        named.put("pagefileBytes", counters.pagefileBytes());
        named.put("peakPagefileBytes", counters.peakPagefileBytes());
        put(named, "virtualBytes", counters.virtualBytes());
        put(named, "peakVirtualBytes", counters.peakVirtualBytes());
        put(named, "privateWorkingSetBytes", counters.privateWorkingSetBytes());
        put(named, "jobCommitLimitBytes", counters.jobCommitLimitBytes());
        return named;
    }

    private static void put(Map<String, Long> named, String name, OptionalLong value) {
        value.ifPresent(known -> named.put(name, known));
    }

    private static Map<String, Long> machine(WindowsFacts.SystemMemory system) {
        Map<String, Long> named = new LinkedHashMap<>();
        named.put("physicalBytes", system.physicalBytes());
        named.put("availableBytes", system.availableBytes());
        named.put("committedBytes", system.committedBytes());
        named.put("commitLimitBytes", system.commitLimitBytes());
        named.put("peakCommitBytes", system.peakCommitBytes());
        return named;
    }
}
