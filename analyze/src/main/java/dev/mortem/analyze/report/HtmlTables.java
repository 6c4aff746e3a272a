package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.Handles;
import dev.mortem.analyze.report.Report.Lock;
import dev.mortem.analyze.report.Report.Memory;
import dev.mortem.analyze.report.Report.MemoryKind;
import dev.mortem.analyze.report.Report.Problem;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.base.address.Addresses;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Of an {@link HtmlReport}: locks, modules, memory, handles and diagnostics. */
final class HtmlTables {
    private static final int ROWS_MAX = 4000;
    private static final int WAITERS_MAX = 60;

    private final HtmlWriter html;

    HtmlTables(HtmlWriter html) {
        this.html = html;
    }

    void write(Report report) throws IOException {
        locks(report.locks());
        modules(report.modules());
        memory(report.memory());
        if (report.handles().isPresent()) {
            handles(report.handles().get());
        }
        diagnostics(report.diagnostics());
    }

    private void begin(String id, String title) throws IOException {
        html.open("section", "class", "card", "id", id).element("h2", title);
    }

    /** A table that scrolls inside itself; a column whose name starts with # is of numbers. */
    private void table(String label, String... columns) throws IOException {
        html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", label);
        html.open("table", "class", "wide").open("thead").open("tr");
        for (String column : columns) {
            boolean number = column.startsWith("#");
            html.element(
                    "th",
                    number ? column.substring(1) : column,
                    "scope",
                    "col",
                    "class",
                    number ? "num" : "text");
        }
        html.close().close().open("tbody");
    }

    private void endTable(int hidden) throws IOException {
        html.close().close().close();
        if (hidden > 0) {
            html.element(
                    "p",
                    "… " + Quantity.number(hidden) + " more in the JSON report",
                    "class",
                    "small");
        }
    }

    private void locks(List<Lock> locks) throws IOException {
        if (locks.isEmpty()) {
            return;
        }
        begin("locks", "Locks");
        table("Locks", "Lock", "Address", "Held by", "Waiting threads");
        for (Lock lock : locks.stream().limit(ROWS_MAX).toList()) {
            html.open("tr", "data-find", "locks");
            html.element("td", lock.kind() + (lock.probable() ? " (probably)" : ""));
            html.open("td").element("code", Addresses.hex(lock.address())).close();
            html.element("td", owner(lock));
            html.element("td", waiters(lock));
            html.close();
        }
        endTable(locks.size() - ROWS_MAX);
        html.close();
    }

    private static String owner(Lock lock) {
        String detail = lock.detail().orElse(lock.held() ? "held, owner not known" : "free");
        if (lock.ownerThreadId().isEmpty()) {
            return detail;
        }
        String owner = "thread " + lock.ownerThreadId().getAsLong();
        return lock.detail().isPresent() ? owner + ", " + detail : owner;
    }

    private static String waiters(Lock lock) {
        if (lock.waiters().isEmpty()) {
            return "none";
        }
        String ids = lock.waiters().stream()
                .limit(WAITERS_MAX)
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return Quantity.number(lock.waiters().size()) + ": " + ids
                + (lock.waiters().size() > WAITERS_MAX ? ", …" : "");
    }

    private void modules(List<ReportModule> modules) throws IOException {
        if (modules.isEmpty()) {
            return;
        }
        begin("modules", Quantity.of(modules.size(), "module"));
        table("Modules", "Module", "Base", "#Size", "Version", "Symbols");
        for (ReportModule module : modules.stream().limit(ROWS_MAX).toList()) {
            html.open("tr", "data-find", "modules");
            html.open("td").element("strong", module.name());
            html.element("div", module.path(), "class", "small").close();
            html.open("td").element("code", Addresses.hex(module.base())).close();
            html.element("td", Quantity.bytes(module.sizeBytes()), "class", "num");
            html.open("td").text(module.version().orElse(""));
            if (module.codeId().isPresent()) {
                html.element("div", module.codeId().get(), "class", "small mono");
            }
            html.close();
            symbols(module);
            html.close();
        }
        endTable(modules.size() - ROWS_MAX);
        html.close();
    }

    private void symbols(ReportModule module) throws IOException {
        String trust = switch (module.symbols()) {
            case "full" -> "trust-cfi";
            case "functions", "exports" -> "trust-frame-pointer";
            case "none" -> "trust-scan";
            default -> "trust-other";
        };
        html.open("td").element("span", module.symbols(), "class", "badge " + trust);
        if (module.symbolsFrom().isPresent()) {
            html.element("div", "from " + module.symbolsFrom().get(), "class", "small");
        }
        Optional<String> sources = SourceIndexes.words(module.sourceIndexes());
        if (sources.isPresent()) {
            html.element("div", sources.get(), "class", "small");
        }
        if (module.missingWhy().isPresent()) {
            html.element("div", module.missingWhy().get(), "class", "small");
        }
        html.close();
    }

    private void memory(Memory memory) throws IOException {
        begin("memory", "Memory");
        String sums = Quantity.bytes(memory.committedBytes()) + " committed, "
                + Quantity.bytes(memory.privateBytes()) + " private, "
                + Quantity.bytes(memory.mappedBytes()) + " mapped files, "
                + Quantity.bytes(memory.imageBytes()) + " modules";
        if (memory.largestFreeBytes().isPresent()) {
            sums += ", largest free block "
                    + Quantity.bytes(memory.largestFreeBytes().getAsLong());
        }
        html.element("p", sums);
        if (!memory.byKind().isEmpty()) {
            html.open("p", "class", "small");
            key("in");
            html.text(" in the dump  ");
            key("all");
            html.text(" not in the dump").close();
            table("Memory by kind", "Kind", "Share", "#Size", "#In the dump", "#Regions");
            double largest = memory.byKind().stream()
                    .mapToDouble(kind -> unsigned(kind.sizeBytes()))
                    .max()
                    .orElse(0);
            for (MemoryKind kind : memory.byKind().stream().limit(ROWS_MAX).toList()) {
                memoryKind(kind, largest);
            }
            endTable(memory.byKind().size() - ROWS_MAX);
        }
        html.close();
    }

    private void key(String kind) throws IOException {
        html.open("svg", "class", "key", "viewBox", "0 0 10 10", "aria-hidden", "true");
        html.open("rect", "class", kind, "width", "10", "height", "10").close().close();
    }

    private void memoryKind(MemoryKind kind, double largest) throws IOException {
        html.open("tr").element("td", kind.kind()).open("td");
        html.open(
                "svg",
                "class",
                "meter",
                "viewBox",
                "0 0 100 8",
                "preserveAspectRatio",
                "none",
                "aria-hidden",
                "true");
        rect("all", kind.sizeBytes(), largest);
        rect("in", Addresses.min(kind.presentBytes(), kind.sizeBytes()), largest);
        html.close().close();
        html.element("td", Quantity.bytes(kind.sizeBytes()), "class", "num");
        html.element("td", Quantity.bytes(kind.presentBytes()), "class", "num");
        html.element("td", Quantity.number(kind.regions()), "class", "num");
        html.close();
    }

    private void rect(String kind, long bytes, double largest) throws IOException {
        double width = largest == 0 ? 0 : 100 * unsigned(bytes) / largest;
        html.open(
                        "rect",
                        "class",
                        kind,
                        "width",
                        String.format(Locale.ROOT, "%.2f", width),
                        "height",
                        "8")
                .close();
    }

    private static double unsigned(long value) {
        return (value >>> 1) * 2.0;
    }

    private void handles(Handles handles) throws IOException {
        begin("handles", Quantity.number(handles.total()) + " open handles");
        html.open("dl", "class", "facts");
        counts(handles.byType(), "");
        counts(handles.socketsByState(), "sockets in ");
        for (Report.Remote remote : handles.remotes()) {
            html.open("div").element("dt", "connected to " + remote.address());
            html.element("dd", Quantity.number(remote.connections())).close();
        }
        html.close().close();
    }

    private void counts(Map<String, Long> counts, String before) throws IOException {
        for (Map.Entry<String, Long> each : new TreeMap<>(counts).entrySet()) {
            html.open("div").element("dt", before + each.getKey());
            html.element("dd", Quantity.number(each.getValue())).close();
        }
    }

    private void diagnostics(List<Problem> problems) throws IOException {
        if (problems.isEmpty()) {
            return;
        }
        begin("diagnostics", "What the dump did not tell");
        html.open("ul", "class", "list");
        for (Problem problem : problems.stream().limit(ROWS_MAX).toList()) {
            html.open("li", "data-find", "diagnostics");
            html.element("strong", problem.where()).text(": " + problem.what());
            html.element("div", problem.consequence(), "class", "small");
            html.close();
        }
        html.close();
        if (problems.size() > ROWS_MAX) {
            html.element(
                    "p",
                    "… " + Quantity.number(problems.size() - ROWS_MAX) + " more in the JSON report",
                    "class",
                    "small");
        }
        html.close();
    }
}
