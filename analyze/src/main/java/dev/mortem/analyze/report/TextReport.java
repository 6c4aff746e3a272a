package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.DumpFacts;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Lock;
import dev.mortem.analyze.report.Report.Memory;
import dev.mortem.analyze.report.Report.MemoryKind;
import dev.mortem.analyze.report.Report.Problem;
import dev.mortem.analyze.report.Report.Reason;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.analyze.report.Report.ReportProcess;
import dev.mortem.analyze.report.TextPage.Paragraph;
import dev.mortem.analyze.report.TextPage.Style;
import dev.mortem.base.address.Addresses;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The report for a terminal: the headline in a box, then what it rests on, then the rest in the order in
 * which it usually matters. 100 columns at most; text of the dump is escaped, and wrapped or shortened
 * with an ellipsis, never cut silently.
 */
final class TextReport {
    private static final String INDENT = "  ";
    private static final int FACT_COLUMNS = 11;
    private static final int EVIDENCE_MAX = 8;
    private static final int CYCLE_STEPS_MAX = 50;
    private static final int LOCKS_MAX = 20;
    private static final int DIAGNOSTICS_MAX = 20;
    private static final int WAITERS_MAX = 12;
    private static final int BAR_COLUMNS = 30;

    private final Report report;
    private final RenderOptions options;
    private final TextPage page;
    private final Map<Long, String> names;

    private TextReport(Report report, RenderOptions options, TextPage page) {
        this.report = report;
        this.options = options;
        this.page = page;
        this.names = ThreadGroups.names(report);
    }

    /** Writes the report and flushes; the writer stays open. */
    static void write(Report report, Writer target, RenderOptions options) throws IOException {
        new TextReport(report, options, new TextPage(target, options)).document();
        target.flush();
    }

    private void document() throws IOException {
        headline();
        facts();
        why();
        cycles();
        new TextThreads(page, options).write(ThreadGroups.of(report));
        alsoFound();
        locks();
        modules();
        memory();
        handles();
        diagnostics();
        signature();
    }

    private void headline() throws IOException {
        Finding headline = report.headline();
        List<Paragraph> box = new ArrayList<>();
        box.add(new Paragraph(
                style(headline),
                headline.severity().label().toUpperCase(Locale.ROOT) + "  " + headline.rule()));
        box.add(new Paragraph(Style.HEADING, headline.summary()));
        if (!headline.recommendation().isEmpty()) {
            box.add(new Paragraph(Style.PLAIN, ""));
            box.add(new Paragraph(Style.PLAIN, "What to do: " + headline.recommendation()));
        }
        page.box(box);
    }

    private static Style style(Finding finding) {
        return switch (finding.severity()) {
            case ERROR -> Style.ERROR;
            case WARNING -> Style.WARNING;
            case INFORMATION, NOTIFICATION -> Style.NOTE;
        };
    }

    private void facts() throws IOException {
        ReportProcess process = report.process();
        page.blank();
        fact(
                "Process",
                joined(
                        ", ",
                        process.image(),
                        number("pid ", process.pid()),
                        process.user().map(user -> "user " + user),
                        process.host().map(host -> "on " + host)));
        fact("Command", process.commandLine().orElse(""));
        fact("Folder", report.details().windows().flatMap(Report.WindowsDetails::currentDirectory));
        fact(
                "System",
                joined(
                        ", ",
                        joined(" ", process.osName(), process.osVersion(), process.osBuild()),
                        Optional.of(process.cpuArch()),
                        process.cpuCount().isPresent()
                                ? Optional.of(Quantity.of(process.cpuCount().getAsInt(), "CPU"))
                                : Optional.empty()));
        fact(
                "Up",
                joined(
                        ", ",
                        process.up().map(Quantity::duration),
                        process.startedAt()
                                .map(time -> "since " + Quantity.time(time, options.zone()))));
        dump();
        reason();
        fact(
                "Report",
                report.tool() + ", "
                        + Quantity.time(report.analysedAt(), options.zone()) + ", took "
                        + Quantity.duration(report.duration()));
        if (options.verbose()) {
            for (String variable : process.environment().orElse(List.of())) {
                fact("Variable", variable);
            }
        }
    }

    private void dump() throws IOException {
        DumpFacts dump = report.dump();
        fact(
                "Dump",
                joined(
                        ", ",
                        dump.file(),
                        joined(" ", dump.kind(), Optional.of(Quantity.dumpFormat(dump.format()))),
                        dump.sizeBytes().isPresent()
                                ? Optional.of(Quantity.bytes(dump.sizeBytes().getAsLong()))
                                : Optional.empty(),
                        dump.truncated() ? Optional.of("CUT SHORT") : Optional.empty(),
                        dump.takenAt()
                                .map(time -> "taken " + Quantity.time(time, options.zone()))));
        fact("Comment", dump.comment().orElse(""));
        fact("Sidecar", dump.sidecar().orElse(""));
        for (Map.Entry<String, String> annotation :
                report.details().annotations().entrySet()) {
            fact("Told", annotation.getKey() + ": " + annotation.getValue());
        }
        if (options.verbose()) {
            fact("Streams", String.join(", ", report.details().streams()));
        }
    }

    private void reason() throws IOException {
        Reason reason = report.reason();
        fact("Reason", reason.text());
        fact(
                "",
                joined(
                        ", ",
                        reason.name(),
                        reason.code().map(code -> "code " + code),
                        reason.chance().map(chance -> chance + " chance"),
                        reason.access(),
                        reason.address().isPresent()
                                ? Optional.of("address "
                                        + Addresses.hex(reason.address().getAsLong()))
                                : Optional.empty(),
                        number("thread ", reason.threadId())));
    }

    private void fact(String name, String value) throws IOException {
        if (!value.isEmpty()) {
            String first = TextPage.padded(name, FACT_COLUMNS) + " ";
            page.wrapped(first, " ".repeat(FACT_COLUMNS + 1), value);
        }
    }

    private void fact(String name, Optional<String> value) throws IOException {
        fact(name, value.orElse(""));
    }

    @SafeVarargs
    private static Optional<String> joined(String between, Optional<String>... parts) {
        StringBuilder text = new StringBuilder();
        for (Optional<String> part : parts) {
            if (part.isPresent() && !part.get().isEmpty()) {
                text.append(text.isEmpty() ? "" : between).append(part.get());
            }
        }
        return text.isEmpty() ? Optional.empty() : Optional.of(text.toString());
    }

    private static Optional<String> number(String before, OptionalLong value) {
        return value.isPresent() ? Optional.of(before + value.getAsLong()) : Optional.empty();
    }

    private void why() throws IOException {
        Finding headline = report.headline();
        if (headline.explanation().isEmpty() && headline.evidence().isEmpty()) {
            return;
        }
        page.heading("WHY");
        if (!headline.explanation().isEmpty()) {
            page.wrapped(INDENT, headline.explanation());
        }
        evidence(INDENT, headline);
    }

    private void evidence(String indent, Finding finding) throws IOException {
        int shown = options.verbose() ? finding.evidence().size() : EVIDENCE_MAX;
        for (String line : finding.evidence().stream().limit(shown).toList()) {
            page.wrapped(indent + page.bullet(), indent + "  ", line);
        }
        more(indent, finding.evidence().size() - shown, "line of evidence", "lines of evidence");
    }

    private void more(String indent, long hidden, String one, String many) throws IOException {
        if (hidden > 0) {
            page.wrapped(
                    Style.FAINT,
                    indent,
                    indent,
                    page.ellipsis() + " "
                            + Quantity.of(hidden, "more " + one, "more " + many)
                            + (options.verbose()
                                    ? " (in the JSON report)"
                                    : " (shown by --verbose)"));
        }
    }

    private void cycles() throws IOException {
        for (WaitCycle cycle : WaitCycle.in(report.locks())) {
            page.heading(
                    "DEADLOCK: " + Quantity.of(cycle.steps().size(), "thread") + " in a circle");
            for (int step = 0; step < Math.min(cycle.steps().size(), CYCLE_STEPS_MAX); step++) {
                WaitCycle.Step each = cycle.steps().get(step);
                page.wrapped(
                        INDENT,
                        INDENT + INDENT,
                        "thread " + named(each.threadId())
                                + " waits for " + each.lock().kind() + " "
                                + Addresses.hex(each.lock().address())
                                + ", held by thread " + named(cycle.holder(step)));
            }
            more(INDENT, cycle.steps().size() - CYCLE_STEPS_MAX, "step", "steps");
        }
    }

    private String named(long threadId) {
        String name = names.get(threadId);
        return name == null ? Long.toString(threadId) : threadId + " \"" + name + "\"";
    }

    private void alsoFound() throws IOException {
        if (report.findings().size() < 2) {
            return;
        }
        page.heading("ALSO FOUND");
        for (Finding finding : report.findings().subList(1, report.findings().size())) {
            String label = TextPage.padded(finding.severity().label(), 12) + " ";
            page.wrapped(
                    INDENT + label,
                    INDENT + " ".repeat(13),
                    finding.summary() + " (" + finding.rule() + ")");
            String indent = INDENT + " ".repeat(13);
            if (!finding.recommendation().isEmpty()) {
                page.wrapped(indent, "What to do: " + finding.recommendation());
            }
            if (options.verbose() && !finding.explanation().isEmpty()) {
                page.wrapped(indent, finding.explanation());
            }
            evidence(indent, finding);
        }
    }

    private void locks() throws IOException {
        if (report.locks().isEmpty()) {
            return;
        }
        page.heading("LOCKS");
        int shown = options.verbose() ? report.locks().size() : LOCKS_MAX;
        for (Lock lock : report.locks().stream().limit(shown).toList()) {
            page.wrapped(
                    INDENT,
                    INDENT + INDENT,
                    lock.kind() + " " + Addresses.hex(lock.address())
                            + (lock.probable() ? " (probably)" : "")
                            + state(lock) + ", " + waiters(lock));
        }
        more(INDENT, report.locks().size() - shown, "lock", "locks");
    }

    /** Who holds it, and what else is known; nothing of what cannot be held. */
    private String state(Lock lock) {
        String owner = lock.ownerThreadId().isPresent()
                ? ", held by thread " + named(lock.ownerThreadId().getAsLong())
                : lock.held() && lock.detail().isEmpty() ? ", held, by whom is not known" : "";
        String free = !lock.held() && lock.detail().isEmpty() ? ", free" : "";
        return owner + free + lock.detail().map(text -> ", " + page.inert(text)).orElse("");
    }

    private String waiters(Lock lock) {
        if (lock.waiters().isEmpty()) {
            return "nobody waits";
        }
        String ids = lock.waiters().stream()
                .limit(WAITERS_MAX)
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        return Quantity.of(lock.waiters().size(), "thread waits", "threads wait") + ": " + ids
                + (lock.waiters().size() > WAITERS_MAX ? ", " + page.ellipsis() : "");
    }

    private void modules() throws IOException {
        List<ReportModule> shown = options.verbose() ? report.modules() : noteworthy();
        if (report.modules().isEmpty()) {
            return;
        }
        page.heading("MODULES");
        for (ReportModule module : shown) {
            String facts = joined(
                            ", ",
                            Optional.of("at " + Addresses.hex(module.base())),
                            Optional.of(Quantity.bytes(module.sizeBytes())),
                            module.version().map(version -> "version " + version),
                            module.company().map(company -> "by " + company),
                            Optional.of(symbols(module)),
                            SourceIndexes.words(module.sourceIndexes()),
                            module.codeId().filter(_ -> options.verbose()).map(id -> "id " + id))
                    .orElse("");
            page.wrapped(INDENT, INDENT + INDENT, module.name() + " " + facts);
            if (options.verbose() && !module.path().isEmpty()) {
                page.wrapped(INDENT + INDENT, module.path());
            }
            if (module.missingWhy().isPresent()) {
                page.wrapped(INDENT + INDENT, module.missingWhy().get());
            }
        }
        more(INDENT, report.modules().size() - shown.size(), "module", "modules");
    }

    private static String symbols(ReportModule module) {
        String kind = switch (module.symbols()) {
            case "full" -> "functions and lines";
            case "functions" -> "functions, no lines";
            case "exports" -> "exported functions only";
            case "none" -> "no symbols";
            default -> module.symbols();
        };
        return kind + module.symbolsFrom().map(from -> " from " + from).orElse("");
    }

    /** Modules that findings name, or whose missing names show in the stacks the report is about. */
    private List<ReportModule> noteworthy() {
        Set<String> named = report.findings().stream()
                .flatMap(finding -> finding.modules().stream())
                .collect(Collectors.toSet());
        Set<String> withoutNames = ThreadGroups.of(report).concerned().stream()
                .flatMap(group -> group.frames().stream())
                .filter(frame -> frame.function().isEmpty())
                .flatMap(frame -> frame.module().stream())
                .collect(Collectors.toSet());
        return report.modules().stream()
                .filter(module ->
                        named.contains(module.name()) || withoutNames.contains(module.name()))
                .toList();
    }

    private void memory() throws IOException {
        Memory memory = report.memory();
        page.heading("MEMORY");
        page.wrapped(
                INDENT,
                joined(
                                ", ",
                                Optional.of(Quantity.bytes(memory.committedBytes()) + " committed"),
                                Optional.of(Quantity.bytes(memory.privateBytes()) + " private"),
                                Optional.of(Quantity.bytes(memory.mappedBytes()) + " mapped files"),
                                Optional.of(Quantity.bytes(memory.imageBytes()) + " modules"),
                                memory.largestFreeBytes().isPresent()
                                        ? Optional.of("largest free block "
                                                + Quantity.bytes(memory.largestFreeBytes()
                                                        .getAsLong()))
                                        : Optional.empty())
                        .orElse(""));
        double largest = memory.byKind().stream()
                .mapToDouble(kind -> unsigned(kind.sizeBytes()))
                .max()
                .orElse(0);
        for (MemoryKind kind : memory.byKind()) {
            double share = largest == 0 ? 0 : unsigned(kind.sizeBytes()) / largest;
            String bar = page.bar((int) Math.ceil(share * BAR_COLUMNS));
            page.wrapped(
                    INDENT + TextPage.padded(bar, BAR_COLUMNS) + " ",
                    INDENT + " ".repeat(BAR_COLUMNS + 1),
                    kind.kind() + ": " + Quantity.bytes(kind.sizeBytes()) + " in "
                            + Quantity.of(kind.regions(), "region") + ", "
                            + Quantity.bytes(kind.presentBytes()) + " of it in the dump");
        }
    }

    private static double unsigned(long value) {
        return (value >>> 1) * 2.0;
    }

    private void handles() throws IOException {
        if (report.handles().isEmpty()) {
            return;
        }
        Report.Handles handles = report.handles().get();
        page.heading("HANDLES");
        String types = handles.byType().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(type -> Quantity.number(type.getValue()) + " " + type.getKey())
                .collect(Collectors.joining(", "));
        page.wrapped(
                INDENT,
                Quantity.number(handles.total()) + " open" + (types.isEmpty() ? "" : ": " + types));
        String states = handles.socketsByState().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(state -> Quantity.number(state.getValue()) + " " + state.getKey())
                .collect(Collectors.joining(", "));
        if (!states.isEmpty()) {
            page.wrapped(INDENT, "sockets: " + states);
        }
        String remotes = handles.remotes().stream()
                .map(remote -> remote.address() + " ("
                        + Quantity.of(remote.connections(), "connection") + ")")
                .collect(Collectors.joining(", "));
        if (!remotes.isEmpty()) {
            page.wrapped(INDENT, "connected to " + remotes);
        }
    }

    private void diagnostics() throws IOException {
        if (report.diagnostics().isEmpty()) {
            return;
        }
        page.heading("WHAT THE DUMP DID NOT TELL");
        int shown = options.verbose() ? report.diagnostics().size() : DIAGNOSTICS_MAX;
        for (Problem problem : report.diagnostics().stream().limit(shown).toList()) {
            page.wrapped(
                    INDENT + page.bullet(),
                    INDENT + "  ",
                    problem.where() + ": " + problem.what() + " " + page.dash() + " "
                            + problem.consequence());
        }
        more(INDENT, report.diagnostics().size() - shown, "entry", "entries");
    }

    private void signature() throws IOException {
        Report.Signature signature = report.signature();
        page.heading("SIGNATURE");
        page.wrapped(INDENT, signature.text());
        page.wrapped(INDENT, signature.hash() + ", made of " + signature.quality());
    }
}
