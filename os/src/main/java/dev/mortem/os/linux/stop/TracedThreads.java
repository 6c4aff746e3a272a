package dev.mortem.os.linux.stop;

import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Waited;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.GeneralRegisters;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.inject.Restarts;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.table.Signals;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads of one target that are traced: which stand, and which signal each is owed. Belongs to the
 * thread that made it, for the kernel knows tracers by thread.
 *
 * <p>A thread that stops for a signal before our INTERRUPT reaches it stands at the delivery of that
 * signal: the signal is kept and given to it when it is let go. A thread in a job-control stop (SIGSTOP)
 * counts as standing, and stays stopped when let go.
 *
 * <p>Threads that are kept (see {@code kept}) stay traced when they are let go: they are watched
 * before and after a snapshot. What they stop for while all are made to stand is {@code unseen} until
 * the watch has looked.
 */
public final class TracedThreads {
    /** All threads stop in far less; one that does not by then waits in the kernel for a device. */
    static final Duration STOP_DEADLINE = Duration.ofMillis(100);

    /** What a machine with more work than processors may take to run a thread that is ready. */
    private static final long BUSY_MACHINE_NANOS = 500_000_000;

    /** However many threads there are, and however slowly they stop one after the other. */
    private static final long STOP_NANOS_MAX = 3_000_000_000L;

    /** Short against the pause, long enough for the target's threads to get the processor. */
    private static final long POLL_NANOS = 20_000;

    /** Most threads stand within this, and sleeping would take longer. */
    private static final long SPIN_NANOS = 40_000;

    /** A program that starts threads faster than this many rounds find them is not going to stand still. */
    private static final int SCANS_MAX = 1000;

    /**
     * A thread that waits in the kernel for a device, or for its child after vfork(2), cannot stop, and
     * runs none of its program either. Most come back within this.
     */
    private static final long STUCK_NANOS = 5_000_000;

    /** A folder's own link and that of ".", which are no threads. */
    private static final int FOLDER_LINKS = 2;

    /** A refusal that no tracer explains is one, if nobody comes between as often as this. */
    private static final int SEIZE_TRIES = 5;

    /** Threads are let go for good. */
    private static final long NOT_KEPT = -1;

    /** One traced thread. */
    public static final class Traced {
        private final long tid;
        private boolean standing;
        private boolean interrupted;
        private boolean stuck;
        private boolean atOwnStop;
        private boolean atRest;
        private int owedSignal;
        private boolean held;
        private Optional<Waited> unseen = Optional.empty();
        private Optional<GeneralRegisters> registers = Optional.empty();

        private Traced(long tid) {
            this.tid = tid;
        }

        /** Whether it waits in the kernel and cannot stop, so that nothing but its place is known. */
        boolean isStuck() {
            return stuck;
        }

        public boolean isStanding() {
            return standing;
        }

        /** Whether it stands because of our INTERRUPT, not at a signal and not in a job-control stop. */
        boolean standsForUs() {
            return standing && atOwnStop;
        }

        /** Whether it stands where its registers may be changed: for us, or in a job-control stop. */
        boolean standsAtRest() {
            return standing && atRest;
        }

        /** It is to be let go as it is. */
        void forgetRegisters() {
            registers = Optional.empty();
        }

        /** Keeps what was read of it, so that its call can be mended when it is let go. */
        void keep(GeneralRegisters read) {
            registers = Optional.of(read);
        }

        public long tid() {
            return tid;
        }

        /** The signal that it stands at the delivery of; 0 for none. */
        public int owedSignal() {
            return owedSignal;
        }

        /** What it stopped for, where nobody has looked at that yet. */
        public Optional<Waited> unseen() {
            return unseen;
        }
    }

    private final Kernel kernel;
    private final Ptrace ptrace;
    private final ProcFolder proc;
    private final Preflight preflight;
    private final long pid;
    private final long ownTid;
    private final long keptOptions;
    private final Map<Long, Traced> threads = new LinkedHashMap<>();

    TracedThreads(Kernel kernel, ProcFolder proc, Preflight preflight, long pid, long ownTid) {
        this(kernel, proc, preflight, pid, ownTid, NOT_KEPT);
    }

    private TracedThreads(
            Kernel kernel,
            ProcFolder proc,
            Preflight preflight,
            long pid,
            long ownTid,
            long keptOptions) {
        this.kernel = kernel;
        this.ptrace = new Ptrace(kernel);
        this.proc = proc;
        this.preflight = preflight;
        this.pid = pid;
        this.ownTid = ownTid;
        this.keptOptions = keptOptions;
    }

    /**
     * Threads that stay traced until {@link #detachStanding} or their own end; none is traced yet.
     *
     * @param options of {@link Ptrace}
     * @throws TargetException when something seen from outside speaks against tracing the process
     */
    public static TracedThreads kept(
            Kernel kernel, Surroundings surroundings, long pid, long options)
            throws TargetException {
        ProcFolder proc = surroundings.proc();
        Preflight preflight = new Preflight(proc, ProcessHandle.current().pid());
        preflight.look(pid);
        return new TracedThreads(kernel, proc, preflight, pid, Visit.ownThreadId(), options);
    }

    boolean isKept() {
        return keptOptions != NOT_KEPT;
    }

    public Ptrace ptrace() {
        return ptrace;
    }

    public Collection<Traced> all() {
        return List.copyOf(threads.values());
    }

    /** Asks each thread whether it has stopped; for a rehearsal. */
    void pollAll() {
        for (Traced thread : all()) {
            kernel.pollStop(thread.tid).ifPresent(this::note);
        }
    }

    public int count() {
        return threads.size();
    }

    public Optional<Traced> find(long tid) {
        return Optional.ofNullable(threads.get(tid));
    }

    /** Traces all of those that are kept, and that are not traced yet, without stopping any. */
    public void seizeKept() throws TargetException {
        seizeAll(keptOptions);
    }

    /**
     * Traces every thread, also those that start meanwhile, without stopping any.
     *
     * @param options of {@link Ptrace}
     */
    void seizeAll(long options) throws TargetException {
        for (int scan = 0; seizeNew(options) > 0; scan++) {
            boundScans(scan);
        }
        if (threads.isEmpty()) {
            throw Preflight.exited(pid);
        }
    }

    /**
     * Stops every thread, also those that start meanwhile. When this throws, some may stand. Called after
     * {@link #seizeAll}, the target stands for less time.
     */
    void stopAll(Duration atMost) throws TargetException {
        for (int scan = 0; scan == 0 || isAnyNew(); scan++) {
            boundScans(scan);
            if (scan > 0 || threads.isEmpty() || isKept()) {
                seizeNew(isKept() ? keptOptions : 0);
            }
            interruptRunning();
            awaitStanding(atMost);
        }
        if (threads.isEmpty()) {
            throw Preflight.exited(pid);
        }
    }

    /**
     * Whether there are threads that we do not trace: those that we do trace stand, and cannot end. The
     * kernel counts a process's threads in the links of their folder, which is quick to ask.
     */
    private boolean isAnyNew() throws TargetException {
        try {
            Object links = Files.getAttribute(proc.of(pid).resolve("task"), "unix:nlink");
            return (int) links - FOLDER_LINKS != threads.size()
                    && seizeNew(isKept() ? keptOptions : 0) > 0;
        } catch (IOException | UnsupportedOperationException unknown) {
            return seizeNew(isKept() ? keptOptions : 0) > 0;
        }
    }

    private void boundScans(int scan) throws TargetException {
        if (scan >= SCANS_MAX) {
            throw new TargetException(
                    Kind.TIMED_OUT,
                    "process %d starts threads faster than they can be stopped (%,d so far)"
                            .formatted(pid, threads.size()));
        }
    }

    /** How many threads became traced by this. */
    private int seizeNew(long options) throws TargetException {
        int added = 0;
        for (long tid : proc.tids(pid)) {
            if (threads.containsKey(tid)) {
                continue;
            }
            long result = seize(tid, options);
            if (result == -Errno.EPERM && isGone(tid)) {
                reap(tid);
                continue;
            }
            if (result == 0 || result == -Errno.EPERM) {
                threads.put(tid, new Traced(tid));
                added++;
            } else if (result != -Errno.ESRCH) {
                throw new TargetException(
                        Kind.UNSUPPORTED,
                        "thread %d of process %d cannot be traced: %s"
                                .formatted(tid, pid, Errno.name((int) -result)));
            }
        }
        return added;
    }

    /** Whoever traced a thread may have let it go before we could see who that was: then it is ours. */
    private long seize(long tid, long options) throws TargetException {
        for (int attempt = 1; ; attempt++) {
            long result = ptrace.seize(tid, options);
            if (result != -Errno.EPERM || isGone(tid) || isOurs(tid)) {
                return result;
            }
            TargetException refused = preflight.refused(pid, tid);
            if (refused.kind() != Kind.NOT_PERMITTED || attempt >= SEIZE_TRIES) {
                throw refused;
            }
        }
    }

    /** A thread that a traced one started is traced by us already. */
    private boolean isOurs(long tid) {
        return ProcFolder.text(proc.task(pid, tid).resolve("status"))
                        .map(StatusFile::parse)
                        .flatMap(status ->
                                status.number("TracerPid").stream().boxed().findFirst())
                        .orElse(0L)
                == ownTid;
    }

    /** Whether a thread has ended, or is about to be nothing but an exit status. */
    public boolean isGone(long tid) {
        Optional<StatFile> stat =
                ProcFolder.text(proc.task(pid, tid).resolve("stat")).flatMap(StatFile::parse);
        return stat.isEmpty() || stat.get().isDead();
    }

    /**
     * A traced thread that has ended stays in the task list until its tracer has asked. The leader's end
     * is for its parent to ask about.
     */
    private void reap(long tid) {
        if (tid != pid) {
            kernel.pollEnd(tid);
        }
    }

    private void interruptRunning() {
        for (Traced thread : threads.values()) {
            if (!thread.standing && !thread.interrupted) {
                ptrace.interrupt(thread.tid);
                thread.interrupted = true;
            }
        }
    }

    /** @param atMost since the thread before stopped: a thousand take longer than one */
    private void awaitStanding(Duration atMost) throws TargetException {
        long begun = System.nanoTime();
        for (Traced thread : List.copyOf(threads.values())) {
            if (!thread.standing && !thread.stuck) {
                awaitStanding(thread, begun, atMost);
            }
        }
    }

    private void awaitStanding(Traced thread, long begun, Duration atMost) throws TargetException {
        long since = System.nanoTime();
        for (int poll = 1; ; poll++) {
            kernel.pollStop(thread.tid).ifPresent(this::note);
            if (thread.standing) {
                return;
            }
            long now = System.nanoTime();
            long waited = now - since;
            boolean late = waited > atMost.toNanos();
            // asking /proc costs more than a poll: only when a thread keeps us waiting
            if (late || poll % 16 == 0) {
                if (isGone(thread.tid)) {
                    reap(thread.tid);
                    threads.remove(thread.tid);
                    return;
                }
                if (now - begun > STUCK_NANOS && state(thread).equals("D")) {
                    thread.stuck = true;
                    return;
                }
            }
            if (now - begun > STOP_NANOS_MAX
                    || waited > BUSY_MACHINE_NANOS
                    || (late && !isReady(thread))) {
                throw didNotStop(thread);
            }
            if (waited > SPIN_NANOS) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    /** It would stop if only it got a processor, or has just stopped. */
    private boolean isReady(Traced thread) {
        String state = state(thread);
        return state.equals("R") || state.equals("t");
    }

    private String state(Traced thread) {
        return ProcFolder.text(proc.task(pid, thread.tid).resolve("stat"))
                .flatMap(StatFile::parse)
                .map(StatFile::state)
                .orElse("unknown");
    }

    private TargetException didNotStop(Traced thread) {
        String state = state(thread);
        String why = state.equals("D")
                ? "it waits in the kernel for a device or a file system (state D)"
                : "its state is " + state;
        return new TargetException(
                Kind.TIMED_OUT,
                "thread %d of process %d did not stop within %d ms: %s. The process runs on; try again"
                        .formatted(thread.tid, pid, STOP_DEADLINE.toMillis(), why));
    }

    /** Takes in that a thread stands, and that whoever is told looks at why. */
    public Traced noteSeen(Waited stop) {
        Traced thread = note(stop);
        thread.unseen = Optional.empty();
        return thread;
    }

    /** Takes in that a thread stands, and why; the thread may be a new one. */
    Traced note(Waited stop) {
        Traced thread = threads.computeIfAbsent((long) stop.tid(), Traced::new);
        thread.standing = true;
        thread.held = false;
        thread.interrupted = false;
        thread.stuck = false;
        thread.registers = Optional.empty();
        thread.atRest = stop.stopEvent() == Ptrace.EVENT_STOP;
        thread.atOwnStop = thread.atRest && stop.stopSignal() == Signals.SIGTRAP;
        thread.owedSignal = stop.stopEvent() == 0 ? stop.stopSignal() : 0;
        thread.unseen = thread.atRest ? Optional.empty() : Optional.of(stop);
        return thread;
    }

    /** Takes in that a thread has ended. */
    public void forget(long tid) {
        threads.remove(tid);
    }

    /** After an exec: only the thread that called it is left, as the leader. */
    public void forgetGone() {
        threads.keySet().retainAll(proc.tids(pid));
    }

    /** Lets one standing thread run on, still traced. */
    public void resume(Traced thread, int signal) {
        thread.standing = false;
        thread.unseen = Optional.empty();
        thread.owedSignal = 0;
        ptrace.resume(thread.tid, signal);
    }

    /** Leaves one thread in its job-control stop, still traced. */
    public void listen(Traced thread) {
        thread.standing = false;
        ptrace.listen(thread.tid);
    }

    /**
     * Lets one standing thread go for good, with the signal that it is owed, kept or not. For one that is
     * about to end, one that is to be left alone, and for a process that the target cloned with odd flags.
     */
    public void giveUp(Traced thread) {
        threads.remove(thread.tid);
        ptrace.detach(thread.tid, thread.owedSignal);
    }

    /**
     * Lets those go for good that stand, each with the signal that it is owed. The others, which are not to
     * be stopped for that, are let go by the kernel when the calling thread ends. Never throws.
     */
    public void detachStanding() {
        for (Traced thread : all()) {
            if (thread.standing) {
                detach(thread);
            }
        }
        threads.clear();
    }

    /** Whether a thread is left standing when all others are let go: somebody wants to look at it there. */
    public void setHeld(Traced thread, boolean held) {
        thread.held = held;
    }

    /**
     * Lets all threads go, each with the signal that it is owed. Never throws; a thread that cannot be
     * let go by itself is let go by the kernel when the calling thread ends.
     *
     * @return whether at least one thread was there to be let go: none is when the process was killed
     */
    boolean releaseAll() {
        if (isKept()) {
            boolean there = false;
            for (Traced thread : all()) {
                there |= !thread.standing || release(thread);
            }
            return there;
        }
        // those that run are made to stand, for only such can be let go with the signal they are
        // owed
        interruptRunning();
        try {
            awaitStanding(STOP_DEADLINE);
        } catch (TargetException stillRunning) {
            // it stays traced until this thread ends, which is next
        }
        boolean any = false;
        for (Traced thread : List.copyOf(threads.values())) {
            any |= !thread.standing || release(thread);
        }
        threads.clear();
        return any;
    }

    /** All but one, and those that cannot stop; these are let go by {@link #releaseStragglers}. */
    void releaseOthers(Traced kept) {
        for (Traced thread : List.copyOf(threads.values())) {
            if (thread != kept && thread.standing) {
                release(thread);
            }
        }
    }

    /** Lets those go that could not stop before and stand now; whether any is left. */
    boolean releaseStragglers() {
        if (isKept()) {
            return false; // whoever watches them does it
        }
        for (Traced thread : List.copyOf(threads.values())) {
            kernel.pollStop(thread.tid).ifPresent(this::note);
            if (thread.standing || isGone(thread.tid)) {
                release(thread);
            }
        }
        return !threads.isEmpty();
    }

    /**
     * Makes a system call that ended with EINTR because of us start again, when the thread is let go or
     * when we die. Its registers must have been read.
     */
    void mend(Traced thread) {
        if (thread.standsForUs()) {
            thread.registers
                    .filter(read -> Restarts.apply(InjectionTable.ofThisCpu().cpu(), read))
                    .ifPresent(read -> ptrace.setRegisters(
                            thread.tid, Ptrace.NT_PRSTATUS, read.restarting().bytes()));
        }
        thread.forgetRegisters();
    }

    /**
     * Stops a single thread, the main one where it can be, while the others run on.
     *
     * @return whether one stands
     */
    boolean stopOne() {
        for (long tid : proc.tids(pid)) {
            Traced thread = threads.get(tid);
            if (thread == null) {
                if (ptrace.seize(tid, isKept() ? keptOptions : 0) != 0) {
                    continue;
                }
                thread = new Traced(tid);
                threads.put(tid, thread);
            }
            interruptRunning();
            long begun = System.nanoTime();
            while (!thread.standing && System.nanoTime() - begun < STOP_DEADLINE.toNanos()) {
                kernel.pollStop(tid).ifPresent(this::note);
                LockSupport.parkNanos(POLL_NANOS);
            }
            if (thread.standsAtRest() || (thread.standing && bringToRest(thread))) {
                return true;
            }
            if (!isKept()) {
                giveUp(thread);
            }
        }
        return false;
    }

    /**
     * Delivers the signal that a thread stands at, where the program handles it, so that the thread
     * stands at the first instruction of its handler instead. A program that faults all the time, and
     * mends it, is hardly ever found elsewhere.
     *
     * @return whether it stands where its registers may be changed
     */
    boolean bringToRest(Traced thread) {
        long caught =
                proc.status(pid).map(status -> status.mask("SigCgt").orElse(0)).orElse(0L);
        int signal = thread.owedSignal;
        if (!thread.standing || signal <= 0 || (caught >>> (signal - 1) & 1) == 0) {
            return false;
        }
        ptrace.interrupt(thread.tid); // comes before the next signal
        thread.interrupted = true;
        resume(thread, signal);
        long begun = System.nanoTime();
        while (!thread.standing && System.nanoTime() - begun < STOP_DEADLINE.toNanos()) {
            kernel.pollStop(thread.tid).ifPresent(this::note);
            if (System.nanoTime() - begun > SPIN_NANOS) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        return thread.standsAtRest();
    }

    /**
     * Lets one thread go, for good unless it is kept; false when it was not there any more. One that is kept,
     * and stopped for something that nobody has looked at, stands until somebody has.
     */
    boolean release(Traced thread) {
        return isKept() ? letRun(thread) : detach(thread);
    }

    private boolean letRun(Traced thread) {
        mend(thread);
        // what an injection set, or a snapshot's SEIZE
        boolean there = ptrace.setOptions(thread.tid, keptOptions) >= 0;
        if (!there || thread.held || thread.unseen.isPresent()) {
            return there;
        }
        if (thread.atRest && !thread.atOwnStop) {
            listen(thread);
        } else {
            resume(thread, thread.owedSignal);
        }
        return true;
    }

    private boolean detach(Traced thread) {
        threads.remove(thread.tid);
        mend(thread);
        boolean gone = ptrace.detach(thread.tid, thread.owedSignal) < 0;
        if (gone && thread.tid != pid) {
            kernel.pollEnd(thread.tid); // killed: the process ends only when we have asked
        }
        return !gone;
    }
}
