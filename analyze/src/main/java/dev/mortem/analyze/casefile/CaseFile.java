package dev.mortem.analyze.casefile;

import dev.mortem.analyze.blame.BlameTable;
import dev.mortem.analyze.descriptor.DescribedWaits;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.lock.LockFinder;
import dev.mortem.analyze.lock.WaitGraph;
import dev.mortem.analyze.reason.AbortMessage;
import dev.mortem.analyze.reason.CppException;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.reason.FaultDecoder;
import dev.mortem.analyze.reason.Signals;
import dev.mortem.analyze.reason.WindowsExceptions;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.wait.ArgumentValues;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.WaitFinder;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.SymbolizedStack;
import dev.mortem.stack.unwind.StackEnd;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Everything the rules look at. Immutable but for the snapshot's memory; safe for any thread while
 * the
 * snapshot is open.
 *
 * @param threads in the snapshot's order
 * @param fault the signal or exception, decoded; empty for a dump on demand and for one stopped by a debugger
 * @param abort what libc said before it aborted
 * @param exception the C++ exception in flight on the crashed thread of an aborted process
 * @param locks those that somebody waits for
 * @param modules each module and its symbols' state
 */
public record CaseFile(
        ProcessSnapshot snapshot,
        Report.DumpFacts dump,
        List<CaseThread> threads,
        Optional<Fault> fault,
        Optional<AbortMessage> abort,
        Optional<CppException> exception,
        List<HeldLock> locks,
        WaitGraph waits,
        List<Report.ReportModule> modules,
        BlameTable blame) {
    public CaseFile {
        threads = List.copyOf(threads);
        locks = List.copyOf(locks);
        modules = List.copyOf(modules);
    }

    private static final Set<String> BREAK_IN_MODULES = Set.of("ntdll.dll", "kernel32.dll");

    /**
     * What a case is made of.
     *
     * @param code the snapshot's memory, with the modules' files behind it where they are at hand:
     *     kernel cores leave code out
     */
    public record Sources(
            ProcessSnapshot snapshot,
            Report.DumpFacts dump,
            List<SymbolizedStack> stacks,
            SymbolAddresses symbols,
            ArgumentValues arguments,
            MemoryReader code,
            List<Report.ReportModule> modules,
            BlameTable blame) {}

    /** Builds the case. */
    public static CaseFile of(Sources sources) {
        ProcessSnapshot snapshot = sources.snapshot();
        Map<Long, SymbolizedStack> stacks = new HashMap<>();
        sources.stacks().forEach(stack -> stacks.putIfAbsent(stack.threadId(), stack));
        OptionalLong crashedId = crashedThread(sources, stacks);
        LockFinder.Found waiting = locks(sources, stacks);
        List<CaseThread> threads = threads(sources, crashedId, stacks, waiting.waits());
        Optional<ThreadSnapshot> crashed = threads.stream()
                .filter(CaseThread::crashed)
                .map(CaseThread::snapshot)
                .findFirst();
        Optional<Fault> fault = crashedId.isEmpty()
                ? Optional.empty()
                : new FaultDecoder(snapshot.regions(), sources.code())
                        .decode(snapshot.reason(), crashed.flatMap(ThreadSnapshot::registers));
        boolean aborted = snapshot.reason() instanceof CrashReason.Signal signal
                && signal.number() == Signals.SIGABRT;
        return new CaseFile(
                snapshot,
                sources.dump(),
                threads,
                fault,
                aborted ? abortMessage(sources) : Optional.empty(),
                aborted
                        ? crashed.flatMap(ThreadSnapshot::registers)
                                .flatMap(registers -> CppException.find(
                                        snapshot.memory(), sources.code(), registers))
                        : Optional.empty(),
                waiting.locks(),
                new WaitGraph(waiting.locks(), waiting.waits()),
                sources.modules(),
                sources.blame());
    }

    /**
     * The thread that a fault ended; empty where nothing failed. SIGSTOP is how debuggers stop a process
     * to take its dump, and some exceptions of Windows only tell a debugger something.
     */
    private static OptionalLong crashedThread(Sources sources, Map<Long, SymbolizedStack> stacks) {
        return switch (sources.snapshot().reason()) {
            case CrashReason.Signal signal ->
                signal.number() > 0 && signal.number() != Signals.SIGSTOP
                        ? OptionalLong.of(signal.threadId())
                        : OptionalLong.empty();
            case CrashReason.WindowsException exception ->
                WindowsExceptions.harmless(exception.record().code()).isEmpty()
                                && !isBreakIn(exception, stacks)
                        ? OptionalLong.of(exception.threadId())
                        : OptionalLong.empty();
            case CrashReason.MachException exception -> OptionalLong.of(exception.threadId());
            case CrashReason.OnDemand _, CrashReason.Unknown _ -> OptionalLong.empty();
        };
    }

    /**
     * A debugger that attaches makes a thread of its own in the process, which runs into the breakpoint of
     * ntdll!DbgBreakPoint and does nothing else.
     */
    private static boolean isBreakIn(
            CrashReason.WindowsException exception, Map<Long, SymbolizedStack> stacks) {
        SymbolizedStack stack = stacks.get(exception.threadId());
        return exception.record().code() == WindowsExceptions.BREAKPOINT
                && stack != null
                && !stack.frames().isEmpty()
                && stack.frames().stream()
                        .allMatch(frame -> frame.module()
                                .map(module -> module.name().toLowerCase(Locale.ROOT))
                                .filter(BREAK_IN_MODULES::contains)
                                .isPresent());
    }

    /** What each thread waits for: first each by itself, then what their words are part of. */
    private static LockFinder.Found locks(Sources sources, Map<Long, SymbolizedStack> stacks) {
        ProcessSnapshot snapshot = sources.snapshot();
        WaitFinder waitFinder = new WaitFinder(sources.code(), sources.arguments());
        DescribedWaits described = new DescribedWaits(sources.snapshot());
        Map<Long, Wait> waits = new LinkedHashMap<>();
        for (ThreadSnapshot thread : snapshot.threads()) {
            SymbolizedStack stack = stacks.get(thread.id());
            waitFinder
                    .find(thread, stack == null ? List.of() : stack.frames())
                    .map(described::describe)
                    .ifPresent(wait -> waits.putIfAbsent(thread.id(), wait));
        }
        return LockFinder.find(
                snapshot.memory(), sources.code(), snapshot.threads(), snapshot.modules(), waits);
    }

    private static List<CaseThread> threads(
            Sources sources,
            OptionalLong crashedId,
            Map<Long, SymbolizedStack> stacks,
            Map<Long, Wait> waits) {
        List<CaseThread> threads = new ArrayList<>();
        for (ThreadSnapshot thread : sources.snapshot().threads()) {
            SymbolizedStack stack = stacks.getOrDefault(
                    thread.id(),
                    new SymbolizedStack(thread.id(), List.of(), new StackEnd.NoRegisters()));
            boolean crashed = crashedId.equals(OptionalLong.of(thread.id()));
            List<Frame> frames = stack.frames();
            OptionalInt blamed = crashed
                    ? sources.blame().blamedInCrash(frames, firstCode(sources, thread))
                    : sources.blame().blamed(frames, 0);
            int own = (int) frames.stream()
                    .filter(frame -> !sources.blame().isPlumbing(frame))
                    .count();
            threads.add(new CaseThread(
                    thread,
                    stack,
                    crashed,
                    Optional.ofNullable(waits.get(thread.id())),
                    blamed,
                    own));
        }
        return threads;
    }

    /**
     * 1 for a thread that jumped to where no code is: its caller is the first that can be
     * blamed.
     */
    private static int firstCode(Sources sources, ThreadSnapshot thread) {
        OptionalLong pc = thread.registers().map(RegisterContext::pc).orElse(OptionalLong.empty());
        return pc.isPresent()
                        && sources.snapshot().regions().stream()
                                .anyMatch(region -> region.range().contains(pc.getAsLong())
                                        && !region.isExecutable())
                ? 1
                : 0;
    }

    /** From libc, or from the program itself where libc is linked in. */
    private static Optional<AbortMessage> abortMessage(Sources sources) {
        for (LoadedModule module : sources.snapshot().modules()) {
            boolean library = module.name().contains(".so")
                    && !module.name().startsWith("libc.so")
                    && !module.name().startsWith("libc-2.");
            if (library) {
                continue;
            }
            OptionalLong variable = sources.symbols().addressOf(module, AbortMessage.SYMBOL);
            if (variable.isPresent()) {
                Optional<AbortMessage> message =
                        AbortMessage.read(sources.snapshot().memory(), variable.getAsLong());
                if (message.isPresent()) {
                    return message;
                }
            }
        }
        return Optional.empty();
    }

    public Optional<CaseThread> crashedThread() {
        return threads.stream().filter(CaseThread::crashed).findFirst();
    }

    public Optional<CaseThread> thread(long threadId) {
        return threads.stream().filter(thread -> thread.id() == threadId).findFirst();
    }

    /** "thread 4711 (worker-3)", also for a thread that is not here any more. */
    public String label(long threadId) {
        return thread(threadId).map(CaseThread::label).orElse("thread " + threadId);
    }

    /** The program's name, as a headline says it. */
    public String image() {
        return snapshot.process().image().orElse("the process");
    }

    /** Whether the process ended by a fault of its own, not by a signal that somebody sent. */
    public boolean crashed() {
        return fault.filter(found -> !found.sent() || isOwnAbort(found)).isPresent();
    }

    /** abort() raises the signal by tgkill: its sender is the process itself. */
    public boolean isOwnAbort(Fault found) {
        OptionalLong sender = found.senderPid();
        OptionalLong pid = snapshot.process().pid();
        return found.kind() == Fault.Kind.ABORT
                && (sender.isEmpty()
                        || pid.isEmpty()
                        || sender.getAsLong() == pid.getAsLong()
                        || sender.getAsLong() == 0);
    }
}
