package dev.mortem.os;

import dev.mortem.base.snapshot.SignalNames;
import dev.mortem.os.linux.table.Signals;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something that happened in a watched process. Thread ids are as we see them, in our own pid namespace.
 *
 * <p>A signal that the program handles is a first chance and no crash: a JVM's null checks and safepoints,
 * Go's nil dereferences and .NET's are such. Only {@link Chance#FATAL} ends the process.
 */
public sealed interface ProcessEvent {
    /** When we saw it. */
    Instant at();

    /** The thread that it happened to; empty where it is the whole process's. */
    default OptionalLong thread() {
        return OptionalLong.empty();
    }

    /** What comes of a signal. */
    enum Chance {
        /** The program handles or ignores it, or its default action does no harm. */
        FIRST,
        /** It is about to end the process. */
        FATAL
    }

    /** What the program has made of a signal (sigaction(2)). */
    enum Disposition {
        HANDLER,
        IGNORED,
        DEFAULT
    }

    /**
     * A signal is about to be delivered to a thread, which stands just where it struck: the registers are
     * those of the fault.
     *
     * @param number 11 is SIGSEGV, on every CPU we know
     * @param code si_code (asm-generic/siginfo.h): above 0 the kernel raised it, else somebody sent it
     * @param address si_addr, of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP that the kernel raised
     * @param senderPid si_pid of a signal that somebody sent
     */
    record Signal(
            Instant at,
            long tid,
            int number,
            OptionalInt code,
            OptionalLong address,
            OptionalLong senderPid,
            Chance chance,
            Disposition disposition)
            implements ProcessEvent {
        /** "SIGSEGV". */
        public String name() {
            return SignalNames.name(number);
        }

        /** Whether it is one of those that a crash raises: their default action is a core. */
        public boolean dumpsCore() {
            return Signals.dumpsCore(number);
        }

        @Override
        public OptionalLong thread() {
            return OptionalLong.of(tid);
        }
    }

    /**
     * The whole process is about to end, and its memory is still there.
     *
     * @param tid the thread that called exit, or that the signal struck, where {@code isOrigin}
     * @param exitCode of a process that ends by itself
     * @param signal that ends it; SIGKILL too
     * @param isOrigin whether that thread is known to be the one to blame: its stack shows who called exit.
     *     Otherwise it is just one of those that die with the process
     */
    record Exiting(Instant at, long tid, OptionalInt exitCode, OptionalInt signal, boolean isOrigin)
            implements ProcessEvent {
        @Override
        public OptionalLong thread() {
            return OptionalLong.of(tid);
        }
    }

    /** A thread was made; it has not run yet. */
    record ThreadCreated(Instant at, long tid) implements ProcessEvent {
        @Override
        public OptionalLong thread() {
            return OptionalLong.of(tid);
        }
    }

    /** A thread ends, and the process goes on. */
    record ThreadExited(Instant at, long tid, int status) implements ProcessEvent {
        @Override
        public OptionalLong thread() {
            return OptionalLong.of(tid);
        }
    }

    /** A file that can be executed was mapped; seen within {@link EventOptions#modulesEvery}. */
    record ModuleLoaded(Instant at, String path, long start) implements ProcessEvent {}

    /** No executable mapping of a file is left. */
    record ModuleUnloaded(Instant at, String path, long start) implements ProcessEvent {}

    /**
     * The process became another program, and goes on being watched.
     *
     * @param formerTid the thread that called execve(2), which has the process's id from now on
     * @param image the new executable's path
     */
    record Exec(Instant at, long formerTid, String image) implements ProcessEvent {}

    /**
     * Signals came faster than the limit allows to look at: counted, and let pass.
     *
     * @param signals since the last time this was told
     * @param unwatched how long the busiest threads were not watched at all meanwhile, so as not to be
     *     slowed down; zero for never
     */
    record Passed(Instant at, long signals, Duration unwatched) implements ProcessEvent {}

    /**
     * The watch is over: the process has ended. Always the last event.
     *
     * @param exitCode where it ended by itself and that is known
     * @param signal that ended it, where that is known
     */
    record Gone(Instant at, OptionalInt exitCode, OptionalInt signal) implements ProcessEvent {}
}
