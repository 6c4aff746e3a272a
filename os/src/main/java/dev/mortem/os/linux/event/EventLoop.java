package dev.mortem.os.linux.event;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvent.Chance;
import dev.mortem.os.ProcessEvent.Disposition;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.stop.SignalInfo;
import dev.mortem.os.linux.stop.Surroundings;
import dev.mortem.os.linux.stop.TracedThreads;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.Signals;

import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What the thread does that traces a watched process: it takes one stop after the other, and lets the thread
 * run on. Belongs to that thread.
 */
final class EventLoop implements AutoCloseable {
    /**
     * No TRACEFORK: children are not ours to watch, and the kernel never attaches us to them. A clone(2) with
     * odd flags is let go at its first stop.
     */
    static final long OPTIONS = Ptrace.TRACE_CLONE | Ptrace.TRACE_EXEC | Ptrace.TRACE_EXIT;

    /** The thread that called exit comes to its own end within microseconds of killing the others. */
    private static final long ORIGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** A process that is about to die serves nobody: as long as a dump of it may take. */
    private static final long DYING_HOLD_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** The JVM compiles a method that was called 200 times. */
    private static final int REPETITIONS = 250;

    /** No process has this id. */
    private static final long NOBODY = Integer.MAX_VALUE;

    private static final int SIGINFO_BYTES = 128;

    private final Kernel kernel;
    private final ProcFolder proc;
    private final Clock clock;
    private final long pid;
    private final EventOptions options;
    private final Consumer<Told> listener;
    private final TracedThreads threads;
    private final Ptrace ptrace;
    private final Dispositions dispositions;
    private final DyingThreads dying;
    private final SignalBudget budget;
    private final long firstChanceMask;
    private final boolean isFirstOfNamespace;
    private final Map<Long, Hold> holds = new HashMap<>();
    private final List<Traced> ended = new ArrayList<>();
    private long endedSince;
    private OptionalLong struck = OptionalLong.empty();
    private Optional<ProcessEvent.Exiting> end = Optional.empty();
    private boolean over;

    /** A thread that is held: for what, and until when of System.nanoTime. */
    private record Hold(Told told, Traced thread, long untilNanos) {}

    /**
     * Looks at the process and traces all its threads; none is stopped.
     *
     * @param listener is given what the filter wants told
     * @throws TargetException when it cannot be traced
     */
    EventLoop(
            Kernel kernel,
            Surroundings surroundings,
            ProcFolder proc,
            Clock clock,
            long pid,
            EventOptions options,
            Consumer<Told> listener)
            throws TargetException {
        this.kernel = kernel;
        this.proc = proc;
        this.clock = clock;
        this.pid = pid;
        this.options = options;
        this.listener = listener;
        this.threads = TracedThreads.kept(kernel, surroundings, pid, OPTIONS);
        this.ptrace = threads.ptrace();
        if (options.hurried()) {
            threads.seizeKept();
        }
        this.dispositions = new Dispositions(kernel, proc, pid);
        this.dying = new DyingThreads(proc, pid);
        this.budget = new SignalBudget(
                options.looksPerSecond(), options.restAbovePerSecond(), System.nanoTime());
        this.firstChanceMask = options.firstChance().stream()
                .mapToLong(signal -> 1L << (signal - 1))
                .reduce(0, (a, b) -> a | b);
        this.isFirstOfNamespace = proc.status(pid)
                .map(status -> status.innermostPid().orElse(0) == 1)
                .orElse(false);
        if (!options.hurried()) {
            warmUp();
            threads.seizeKept();
        }
    }

    /** What is done while a thread stands, often enough for the JVM to have loaded and compiled it. */
    private void warmUp() {
        SignalInfo info = new SignalInfo(new byte[SIGINFO_BYTES]);
        SignalBudget rehearsed = new SignalBudget(1, 0, System.nanoTime());
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            Disposition disposition = dispositions.of(Signals.SIGSEGV);
            event(pid, Signals.SIGSEGV, Optional.of(info), false, disposition);
            rehearsed.take(pid, System.nanoTime());
            kernel.peekOwn();
            kernel.pollStop(NOBODY);
            ptrace.resume(NOBODY, 0);
            ptrace.signalInfo(NOBODY);
            ptrace.eventMessage(NOBODY);
        }
        dying.why(pid);
    }

    TracedThreads threads() {
        return threads;
    }

    SignalBudget budget() {
        return budget;
    }

    boolean isOver() {
        return over;
    }

    /** Whether nothing is due at a time of its own, so that the next stop can be waited for. */
    boolean mayWait() {
        return holds.isEmpty() && ended.isEmpty() && !budget.isAnyResting();
    }

    /** What stopped while a snapshot was taken. */
    void takeUnseen() {
        for (Traced thread : threads.all()) {
            Optional<Waited> stop = thread.unseen();
            if (stop.isPresent() && thread.isStanding()) {
                stopped(threads.noteSeen(stop.get()), stop.get());
            }
        }
    }

    /** A stop or an end, which is there to be consumed. */
    void take(Waited change) {
        if (!change.ended()) {
            boolean isNew = threads.find(change.tid()).isEmpty();
            Optional<Waited> stop = kernel.pollStop(change.tid());
            if (stop.isEmpty()) {
                return;
            }
            Traced thread = threads.noteSeen(stop.get());
            if (isNew && !Files.exists(proc.task(pid, thread.tid()))) {
                threads.giveUp(thread); // a process that the target cloned with odd flags
            } else if (isNew && stop.get().stopEvent() == Ptrace.EVENT_STOP) {
                created(thread);
            } else {
                stopped(thread, stop.get());
            }
        } else if (change.tid() == pid) {
            // not consumed: its parent, which may be we, wants to hear of it too
            boolean exited = change.exitStatus() == change.status() && change.code() == 1;
            gone(
                    exited ? OptionalInt.of(change.status()) : OptionalInt.empty(),
                    exited ? OptionalInt.empty() : OptionalInt.of(change.status()));
        } else {
            kernel.pollEnd(change.tid());
            forget(change.tid());
        }
    }

    private void stopped(Traced thread, Waited stop) {
        free(thread.tid()); // SIGKILL takes a thread from where it was held
        switch (stop.stopEvent()) {
            case 0 -> signalled(thread, stop.stopSignal());
            case Ptrace.EVENT_STOP -> {
                if (stop.stopSignal() == Signals.SIGTRAP) {
                    threads.resume(thread, 0);
                } else {
                    threads.listen(thread);
                }
            }
            case Ptrace.EVENT_EXEC -> execed(thread);
            case Ptrace.EVENT_EXIT -> exiting(thread);
            default -> threads.resume(thread, 0);
        }
    }

    private void signalled(Traced thread, int signal) {
        boolean wanted = (firstChanceMask >>> (signal - 1) & 1) != 0;
        boolean matters = wanted || Signals.endsByDefault(signal);
        long now = System.nanoTime();
        SignalBudget.Answer answer =
                matters ? budget.take(thread.tid(), now) : budget.count(thread.tid(), now);
        switch (answer) {
            case LOOK -> look(thread, signal, wanted);
            case PASS -> threads.resume(thread, signal);
            case REST -> threads.giveUp(thread);
        }
        if (budget.isTimeToTell(now)) {
            tellPassed(now);
        }
    }

    private void look(Traced thread, int signal, boolean wanted) {
        Disposition disposition = dispositions.of(signal);
        Optional<SignalInfo> info = Optional.empty();
        boolean fatal = disposition == Disposition.DEFAULT && Signals.endsByDefault(signal);
        if (fatal || wanted) {
            info = ptrace.signalInfo(thread.tid()).map(SignalInfo::new);
        }
        ProcessEvent.Signal event = event(thread.tid(), signal, info, fatal, disposition);
        // the first process of a namespace ends of nothing that others send it (signal(7))
        boolean harmless = fatal && isFirstOfNamespace && event.code().orElse(1) <= 0;
        if (harmless || (!fatal && !wanted)) {
            threads.resume(thread, signal);
            return;
        }
        if (fatal) {
            struck = OptionalLong.of(thread.tid());
        }
        if (!tellOrHold(event, thread, fatal)) {
            pass(thread, signal, fatal);
        }
    }

    private void pass(Traced thread, int signal, boolean fatal) {
        if (fatal && isFirstOfNamespace) {
            // a traced one is protected even from its own faults, and would fault for ever
            threads.giveUp(thread);
            if (threads.count() == 0) {
                gone(OptionalInt.empty(), OptionalInt.of(signal));
            }
        } else {
            threads.resume(thread, signal);
        }
    }

    private ProcessEvent.Signal event(
            long tid,
            int signal,
            Optional<SignalInfo> info,
            boolean fatal,
            Disposition disposition) {
        OptionalInt code = OptionalInt.empty();
        OptionalLong address = OptionalLong.empty();
        OptionalLong sender = OptionalLong.empty();
        if (info.isPresent()) {
            try {
                CrashReason.Signal reason = info.get().reason(tid);
                code = reason.code();
                address = reason.address();
                sender = reason.senderPid();
            } catch (MalformedException impossible) {
                throw new IllegalStateException("siginfo_t has 128 bytes", impossible);
            }
        }
        Chance chance = fatal ? Chance.FATAL : Chance.FIRST;
        return new ProcessEvent.Signal(
                clock.instant(), tid, signal, code, address, sender, chance, disposition);
    }

    private void created(Traced thread) {
        ProcessEvent event = new ProcessEvent.ThreadCreated(clock.instant(), thread.tid());
        if (!tellOrHold(event, thread, false)) {
            threads.resume(thread, 0);
        }
    }

    private void execed(Traced thread) {
        long formerTid = ptrace.eventMessage(thread.tid()).orElse(pid);
        threads.forgetGone();
        holds.keySet().removeIf(tid -> threads.find(tid).isEmpty());
        ended.clear();
        String image = ProcFolder.link(proc.of(pid).resolve("exe")).orElse("");
        ProcessEvent event = new ProcessEvent.Exec(clock.instant(), formerTid, image);
        if (options.filter().decide(event) != Decision.PASS) {
            listener.accept(new Told(event, false));
        }
        threads.resume(thread, 0);
    }

    private void exiting(Traced thread) {
        if (end.isPresent()) {
            // the whole process ends, and it was told: those that come now stand with the one that
            // is held
            if (holds.isEmpty()) {
                letEnd(thread);
            }
            return;
        }
        int status = (int) ptrace.eventMessage(thread.tid()).orElse(0);
        int signal = status & 0x7f;
        DyingThreads.Why why = signal != 0 ? DyingThreads.Why.ENDED : dying.why(thread.tid());
        boolean isLast = threads.count() == 1 && !budget.isAnyResting();
        boolean isStruck = signal != 0 && struck.isPresent() && struck.getAsLong() == thread.tid();
        boolean isOrigin = why == DyingThreads.Why.CALLED_EXIT || isLast || isStruck;
        if (why == DyingThreads.Why.ALONE && !isLast) {
            threadEnds(thread, status >> 8 & 0xff);
        } else if (isOrigin) {
            processEnds(thread, status, true);
        } else {
            if (ended.isEmpty()) {
                endedSince = System.nanoTime();
            }
            ended.add(thread);
        }
    }

    private void threadEnds(Traced thread, int status) {
        ProcessEvent event = new ProcessEvent.ThreadExited(clock.instant(), thread.tid(), status);
        if (!tellOrHold(event, thread, false)) {
            letEnd(thread);
        }
    }

    private void processEnds(Traced thread, int status, boolean isOrigin) {
        int signal = status & 0x7f;
        ProcessEvent.Exiting event = new ProcessEvent.Exiting(
                clock.instant(),
                thread.tid(),
                signal == 0 ? OptionalInt.of(status >> 8 & 0xff) : OptionalInt.empty(),
                signal == 0 ? OptionalInt.empty() : OptionalInt.of(signal),
                isOrigin);
        end = Optional.of(event);
        ended.clear();
        if (!tellOrHold(event, thread, true)) {
            letAllEnd();
        }
    }

    /** A thread at its exit needs us no more, and reaps itself if nobody traces it. */
    private void letEnd(Traced thread) {
        threads.giveUp(thread);
        if (threads.count() == 0 && !budget.isAnyResting()) {
            gone(
                    end.map(ProcessEvent.Exiting::exitCode).orElse(OptionalInt.empty()),
                    end.map(ProcessEvent.Exiting::signal).orElse(OptionalInt.empty()));
        }
    }

    private void letAllEnd() {
        for (Traced thread : threads.all()) {
            if (thread.isStanding() && !holds.containsKey(thread.tid())) {
                letEnd(thread);
            }
        }
    }

    /** Whether the thread is held; otherwise it is to run on. */
    private boolean tellOrHold(ProcessEvent event, Traced thread, boolean dies) {
        Decision decision = options.filter().decide(event);
        if (decision == Decision.PASS) {
            return false;
        }
        Told told = new Told(event, decision == Decision.HOLD);
        if (decision == Decision.HOLD) {
            long most = dies ? DYING_HOLD_NANOS : options.holdMax().toNanos();
            holds.put(thread.tid(), new Hold(told, thread, System.nanoTime() + most));
            threads.setHeld(thread, true);
        }
        listener.accept(told);
        return decision == Decision.HOLD;
    }

    /** The thread of an event, while it is held. */
    Optional<Traced> held(Told told) {
        return hold(told).map(Hold::thread);
    }

    @SuppressWarnings("ReferenceEquality") // this event, not one that says the same
    private Optional<Hold> hold(Told told) {
        OptionalLong tid = told.event().thread();
        Hold hold = tid.isPresent() ? holds.get(tid.getAsLong()) : null;
        return hold != null && hold.told().equals(told) ? Optional.of(hold) : Optional.empty();
    }

    /** Whether the process ends when the event is released, and the signal that ends it then. */
    static boolean isEnd(Told told) {
        return switch (told.event()) {
            case ProcessEvent.Signal signal -> signal.chance() == Chance.FATAL;
            case ProcessEvent.Exiting _ -> true;
            default -> false;
        };
    }

    /** The thread of a held event runs on; does nothing when it does already. */
    void release(Told told) {
        hold(told).ifPresent(this::release);
    }

    private void release(Hold hold) {
        Traced thread = hold.thread();
        free(thread.tid());
        if (!thread.isStanding()) {
            return;
        }
        switch (hold.told().event()) {
            case ProcessEvent.Signal signal ->
                pass(thread, signal.number(), signal.chance() == Chance.FATAL);
            case ProcessEvent.ThreadExited _ -> letEnd(thread);
            case ProcessEvent.Exiting _ -> letAllEnd();
            default -> threads.resume(thread, 0);
        }
    }

    /** It is not held any more, and whoever calls this lets it run. */
    void free(long tid) {
        Hold hold = holds.remove(tid);
        if (hold != null) {
            threads.setHeld(hold.thread(), false);
        }
    }

    private void forget(long tid) {
        free(tid);
        threads.forget(tid);
        ended.removeIf(thread -> thread.tid() == tid);
    }

    /** What its time has come for. */
    void due() {
        long now = System.nanoTime();
        for (Hold hold : List.copyOf(holds.values())) {
            if (now - hold.untilNanos() >= 0) {
                release(hold);
            }
        }
        if (!ended.isEmpty()) {
            findOrigin(now);
        }
        if (budget.isTimeToTell(now)) {
            tellPassed(now);
        }
        boolean anyRested = false;
        while (budget.rested(now).isPresent()) {
            anyRested = true;
        }
        if (anyRested) {
            traceAgain();
        }
    }

    /** Threads die, and none of those that we know did it: soon one will have, or it is an exec. */
    private void findOrigin(long now) {
        Traced first = ended.getFirst();
        int status = (int) ptrace.eventMessage(first.tid()).orElse(0);
        boolean late = now - endedSince > ORIGIN_NANOS;
        if (status == 0 && (late || dying.isAnyInExec())) {
            List<Traced> replaced = List.copyOf(ended);
            ended.clear();
            replaced.forEach(this::letEnd);
        } else if (late) {
            processEnds(first, status, false);
        }
    }

    private void traceAgain() {
        try {
            threads.seizeKept();
        } catch (TargetException notAnyMore) {
            if (threads.count() == 0) {
                gone(OptionalInt.empty(), OptionalInt.empty());
            }
        }
    }

    private void tellPassed(long now) {
        SignalBudget.Untold untold = budget.tell(now);
        listener.accept(new Told(
                new ProcessEvent.Passed(clock.instant(), untold.signals(), untold.unwatched()),
                false));
    }

    /** Nothing waits to be taken, and we were told that something does: perhaps nobody is left. */
    void checkThere() {
        boolean there = proc.stat(pid).isPresent() && threads.count() > 0;
        if (!there && !budget.isAnyResting()) {
            gone(
                    end.map(ProcessEvent.Exiting::exitCode).orElse(OptionalInt.empty()),
                    end.map(ProcessEvent.Exiting::signal).orElse(OptionalInt.empty()));
        }
    }

    private void gone(OptionalInt exitCode, OptionalInt signal) {
        if (over) {
            return;
        }
        if (budget.isAnyUntold()) {
            tellPassed(System.nanoTime());
        }
        over = true;
        holds.clear();
        listener.accept(new Told(new ProcessEvent.Gone(clock.instant(), exitCode, signal), false));
    }

    /** Lets those run that stand; the kernel lets go all others when this thread ends. */
    @Override
    public void close() {
        for (Hold hold : List.copyOf(holds.values())) {
            free(hold.thread().tid());
        }
        threads.detachStanding();
        dispositions.close();
    }
}
