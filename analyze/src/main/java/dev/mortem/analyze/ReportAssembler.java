package dev.mortem.analyze;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.descriptor.HandleCounts;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.mask.CommandLineMask;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.reason.FaultCode;
import dev.mortem.analyze.reason.WindowsExceptions;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.rule.AnalysisRules;
import dev.mortem.analyze.rule.FaultWording;
import dev.mortem.analyze.signature.Signatures;
import dev.mortem.analyze.source.SourceLines;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.unwind.StackEnd;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Turns a case and its findings into the report. Judges nothing. */
final class ReportAssembler {
    /** Threads with the same functions share a stack; their offsets may differ. */
    private record StackKey(boolean crashed, List<Long> addresses) {}

    /** The innermost frames tell; recursion has thousands. */
    private static final int SOURCES_MAX = 64;

    private final CaseFile dump;
    private final ModuleImages images;
    private final AnalysisOptions options;
    private Optional<Long> toldThread = Optional.empty();
    private final Map<Long, Integer> stackIds = new HashMap<>();
    private final Map<String, Optional<String>> shortNames = new HashMap<>();

    private ReportAssembler(CaseFile dump, ModuleImages images, AnalysisOptions options) {
        this.dump = dump;
        this.images = images;
        this.options = options;
    }

    /** @param found what was not right so far; what comes to light here is added */
    static Report assemble(
            CaseFile dump,
            ModuleImages images,
            AnalysisOptions options,
            Instant started,
            DiagnosticLog found) {
        return new ReportAssembler(dump, images, options).report(started, found);
    }

    private Report report(Instant started, DiagnosticLog found) {
        List<Report.Finding> findings = AnalysisRules.evaluate(dump);
        toldThread = findings.getFirst().threadIds().stream()
                .findFirst()
                .or(() -> dump.threads().stream().map(CaseThread::id).findFirst());
        List<Report.ReportStack> stacks = stacks();
        return new Report(
                options.tool(),
                started,
                Duration.between(started, options.clock().instant()),
                dump.dump(),
                process(),
                reason(),
                dump.threads().stream().map(this::thread).toList(),
                stacks,
                dump.modules(),
                dump.locks().stream().map(ReportAssembler::lock).toList(),
                MemoryKinds.of(dump.snapshot()),
                dump.snapshot()
                        .kernelObjects()
                        .flatMap(HandleCounts::of)
                        .or(() -> dump.snapshot().windows().flatMap(HandleCounts::of)),
                findings,
                Signatures.of(dump, findings.getFirst()),
                problems(found.entries()),
                WindowsTable.of(dump.snapshot()));
    }

    private Report.ReportProcess process() {
        ProcessSnapshot snapshot = dump.snapshot();
        ProcessFacts facts = snapshot.process();
        Optional<Instant> taken = facts.takenAt().or(dump.dump()::takenAt);
        Optional<Duration> up = facts.startedAt()
                .flatMap(from -> taken.map(to -> Duration.between(from, to)))
                .filter(lived -> !lived.isNegative());
        return new Report.ReportProcess(
                facts.pid(),
                facts.image(),
                facts.commandLine().isEmpty()
                        ? Optional.empty()
                        : Optional.of(CommandLineMask.line(facts.commandLine())),
                facts.user(),
                facts.startedAt(),
                up,
                facts.osName(),
                facts.osVersion(),
                Optional.empty(),
                snapshot.machine().name(),
                facts.cpuCount(),
                facts.host(),
                options.includeEnvironment()
                        ? Optional.of(CommandLineMask.environment(facts.environment()))
                        : Optional.empty());
    }

    private Report.Reason reason() {
        if (dump.fault().isPresent()) {
            return fault(dump.fault().get());
        }
        boolean known = !(dump.snapshot().reason() instanceof CrashReason.Unknown);
        Optional<String> harmless =
                dump.snapshot().reason() instanceof CrashReason.WindowsException exception
                        ? WindowsExceptions.harmless(exception.record().code())
                        : Optional.empty();
        return new Report.Reason(
                known ? Report.ReasonKind.ON_DEMAND : Report.ReasonKind.UNKNOWN,
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                known
                        ? "The dump was taken on demand; the process was alive."
                                + harmless.map(why -> " It has an exception that is no fault: "
                                                + why + ".")
                                        .orElse("")
                        : "The dump does not say why it was taken.",
                Optional.empty());
    }

    private Report.Reason fault(Fault fault) {
        Optional<String> code = fault.code().map(FaultCode::name);
        return new Report.Reason(
                kind(fault.reason()),
                code.or(() -> fault.signalCode().isPresent()
                        ? Optional.of(String.valueOf(fault.signalCode().getAsInt()))
                        : Optional.empty()),
                Optional.of(fault.name()),
                fault.address(),
                fault.access(),
                OptionalLong.of(fault.threadId()),
                text(fault),
                Optional.empty());
    }

    private static Report.ReasonKind kind(CrashReason reason) {
        return switch (reason) {
            case CrashReason.Signal _ -> Report.ReasonKind.SIGNAL;
            case CrashReason.WindowsException _ -> Report.ReasonKind.WINDOWS_EXCEPTION;
            case CrashReason.MachException _ -> Report.ReasonKind.MACH_EXCEPTION;
            case CrashReason.OnDemand _ -> Report.ReasonKind.ON_DEMAND;
            case CrashReason.Unknown _ -> Report.ReasonKind.UNKNOWN;
        };
    }

    private String text(Fault fault) {
        if (dump.isOwnAbort(fault)) {
            return fault.name() + ": the process aborted itself";
        }
        if (fault.sent()) {
            return fault.name() + " was sent"
                    + (fault.senderPid().isPresent()
                            ? " by process " + fault.senderPid().getAsLong()
                            : "");
        }
        String name = fault.windows().isPresent()
                ? fault.code().map(code -> code.name() + " ").orElse("") + fault.name()
                : fault.name();
        return name
                + (fault.place() == Fault.Place.UNKNOWN
                        ? fault.code().map(found -> ": " + found.meaning()).orElse("")
                        : ": the thread " + FaultWording.deed(fault));
    }

    private List<Report.ReportStack> stacks() {
        Map<StackKey, List<CaseThread>> groups = new LinkedHashMap<>();
        for (CaseThread thread : dump.threads()) {
            if (!thread.frames().isEmpty()) {
                groups.computeIfAbsent(key(thread), key -> new ArrayList<>()).add(thread);
            }
        }
        List<Report.ReportStack> stacks = new ArrayList<>();
        for (List<CaseThread> group : groups.values()) {
            int stackId = stacks.size();
            group.forEach(thread -> stackIds.put(thread.id(), stackId));
            stacks.add(new Report.ReportStack(
                    stackId,
                    group.stream().map(CaseThread::id).toList(),
                    isTold(group)
                            ? withSources(group.getFirst())
                            : frames(group.getFirst().frames())));
        }
        return stacks;
    }

    /**
     * Frame by frame the same instructions: what is said of one thread's frames is true of the other's.
     * The crashed thread's stack is its own, even where another thread is at the same place.
     */
    private static StackKey key(CaseThread thread) {
        return new StackKey(
                thread.crashed(), thread.frames().stream().map(Frame::address).toList());
    }

    /** The stack whose sources are shown: of the thread that faulted, else the headline's first, else the
     * first. */
    private boolean isTold(List<CaseThread> group) {
        boolean anyCrashed = dump.threads().stream().anyMatch(CaseThread::crashed);
        return group.stream()
                .anyMatch(thread -> anyCrashed
                        ? thread.crashed()
                        : toldThread.filter(id -> id == thread.id()).isPresent());
    }

    private List<Report.ReportFrame> withSources(CaseThread thread) {
        List<Report.ReportFrame> shown = withUrls(thread, frames(thread.frames()));
        if (options.sourceFolders().isEmpty() && options.search().servers().asksNobody()) {
            return shown;
        }
        SourceLines sources = new SourceLines(
                options.sourceFolders(),
                options.search().servers(),
                dump.snapshot().process().startedAt(),
                options.limits());
        List<Report.ReportFrame> all = new ArrayList<>(shown);
        for (int at = 0; at < Math.min(shown.size(), SOURCES_MAX); at++) {
            Frame frame = thread.frames().get(at);
            Optional<Report.Source> source = frame.source()
                    .flatMap(place -> sources.around(
                            place.file(),
                            place.line(),
                            frame.module().flatMap(in -> in.buildId())));
            all.set(at, shown.get(at).toBuilder().source(source).build());
        }
        return all;
    }

    private List<Report.ReportFrame> withUrls(CaseThread thread, List<Report.ReportFrame> shown) {
        List<Report.ReportFrame> all = new ArrayList<>(shown);
        for (int at = 0; at < Math.min(shown.size(), SOURCES_MAX); at++) {
            Optional<String> url = url(thread.frames().get(at));
            if (url.isPresent()) {
                all.set(at, shown.get(at).toBuilder().sourceUrl(url).build());
            }
        }
        return all;
    }

    private Optional<String> url(Frame frame) {
        return frame.module()
                .flatMap(module -> images.image(module).pdb())
                .flatMap(pdb -> frame.source().flatMap(place -> pdb.sourceUrl(place.file())));
    }

    private List<Report.ReportFrame> frames(List<Frame> frames) {
        List<Report.ReportFrame> shown = new ArrayList<>();
        for (Frame frame : frames) {
            shown.add(shown(frame, shown.size()));
        }
        return shown;
    }

    private Report.ReportFrame shown(Frame frame, int index) {
        Report.ReportFrame.Builder shown = Report.ReportFrame.builder(
                index, frame.kind().label(), frame.address(), frame.trust().label());
        frame.module()
                .ifPresent(in ->
                        shown.module(in.name(), OptionalLong.of(frame.address() - in.base())));
        frame.function()
                .ifPresent(function -> shown.function(function.display(), function.offsetBytes())
                        .functionFrom(function.from())
                        .functionShort(shortened(function)));
        frame.source().ifPresent(source -> shown.line(source.file(), source.line()));
        shown.language(frame.language().label());
        frame.tailCalled()
                .ifPresent(jump -> shown.tailCalled(
                        new Report.TailCalled(jump.called(), jump.framesMissing())));
        return shown.build();
    }

    /** A stack that overflowed has one function a hundred thousand times. */
    private Optional<String> shortened(Frame.FunctionName function) {
        return shortNames.computeIfAbsent(function.raw(), raw -> function.shortened());
    }

    private Report.ReportThread thread(CaseThread thread) {
        Integer stackId = stackIds.get(thread.id());
        return new Report.ReportThread(
                thread.id(),
                thread.snapshot().name(),
                thread.crashed(),
                thread.snapshot().state(),
                thread.snapshot().userTime(),
                thread.snapshot().kernelTime(),
                thread.snapshot()
                        .windows()
                        .map(WindowsThread::startAddress)
                        .orElse(OptionalLong.empty()),
                stackId == null ? OptionalInt.empty() : OptionalInt.of(stackId),
                thread.stack().end().text(),
                waitsFor(thread),
                thread.snapshot().registers().map(ReportAssembler::registers).orElse(List.of()));
    }

    private Optional<String> waitsFor(CaseThread thread) {
        Optional<String> lock = dump.locks().stream()
                .filter(held -> held.waiters().contains(thread.id()))
                .filter(held ->
                        held.held() && (held.ownerThreadId().isPresent() || held.isOrphaned()))
                .findFirst()
                .map(held -> heldBy(held, thread));
        return lock.or(() -> thread.waitsFor().map(Wait::text));
    }

    private String heldBy(HeldLock lock, CaseThread thread) {
        String limit = thread.waitsFor()
                .flatMap(Wait::limit)
                .map(known -> ", " + known.text())
                .orElse("");
        if (lock.ownerThreadId().isEmpty()) {
            return lock.name() + " whose owner has ended" + limit;
        }
        long owner = lock.ownerThreadId().getAsLong();
        return lock.name() + " held by "
                + (lock.ownerAlive() ? dump.label(owner) : "thread " + owner + ", which has ended")
                + limit;
    }

    private static List<Report.Register> registers(RegisterContext known) {
        List<Report.Register> registers = new ArrayList<>();
        List<String> names = known.cpu().registerNames();
        for (int index = 0; index < names.size(); index++) {
            OptionalLong value = known.get(index);
            if (value.isPresent()) {
                registers.add(new Report.Register(names.get(index), value.getAsLong()));
            }
        }
        return List.copyOf(registers);
    }

    private static Report.Lock lock(HeldLock lock) {
        return new Report.Lock(
                lock.kind(),
                lock.address(),
                lock.ownerThreadId(),
                lock.waiters(),
                lock.held(),
                lock.probable(),
                lock.detail());
    }

    private List<Report.Problem> problems(List<Diagnostic> found) {
        LinkedHashSet<Diagnostic> all = new LinkedHashSet<>(dump.snapshot().diagnostics());
        all.addAll(found);
        dump.snapshot()
                .kernelObjects()
                .map(KernelObjects::absences)
                .orElse(List.of())
                .forEach(absence -> all.add(new Diagnostic(
                        "descriptors, file locks and children",
                        absence,
                        "what threads wait for may be said with less detail")));
        List<Report.Problem> problems = new ArrayList<>();
        all.forEach(diagnostic -> problems.add(new Report.Problem(
                diagnostic.where(), diagnostic.what(), diagnostic.consequence())));
        problems.addAll(cutStacks());
        return List.copyOf(problems);
    }

    /** One line for each reason why stacks end early. */
    private List<Report.Problem> cutStacks() {
        Map<String, List<CaseThread>> byReason = new LinkedHashMap<>();
        for (CaseThread thread : dump.threads()) {
            if (!(thread.stack().end() instanceof StackEnd.Complete)) {
                byReason.computeIfAbsent(reason(thread.stack().end()), key -> new ArrayList<>())
                        .add(thread);
            }
        }
        List<Report.Problem> problems = new ArrayList<>();
        byReason.forEach((reason, threads) -> problems.add(new Report.Problem(
                threads.size() == 1
                        ? "stack of " + threads.getFirst().label()
                        : "stacks of " + threads.size() + " threads, the first "
                                + threads.getFirst().label(),
                threads.size() == 1 ? threads.getFirst().stack().end().text() : reason,
                threads.getFirst().stack().end() instanceof StackEnd.Searched
                        ? "some of their frames may be wrong or missing"
                        : "callers further out are not shown")));
        return problems;
    }

    private static String reason(StackEnd end) {
        return switch (end) {
            case StackEnd.NoMemory(long address) ->
                "the stack's memory is not in the dump, first at "
                        + Addresses.hex(address & -0x1000);
            case StackEnd.NoCaller(long _, String why) -> "no caller found: " + why;
            case StackEnd.NoProgress _ -> "the stack does not go on";
            case StackEnd.Complete _,
                    StackEnd.Searched _,
                    StackEnd.NoRegisters _,
                    StackEnd.UnsupportedCpu _,
                    StackEnd.TooManyFrames _ -> end.text();
        };
    }
}
