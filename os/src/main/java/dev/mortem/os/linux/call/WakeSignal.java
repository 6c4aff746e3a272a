package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A signal that breaks off a system call which one of our threads waits in, and does nothing else.
 *
 * <p>waitid(2) takes no time limit, and a thread that traces has to hear of other things too. A signal with
 * a handler ends the call with EINTR. The handler is a function of the C library that only computes,
 * {@code abs(3)}: Java cannot run in a signal handler, and abs may run anywhere. The signal is one of the
 * real-time ones, of which glibc takes the lowest and the JDK the highest two. Safe for any thread.
 */
public final class WakeSignal {
    /** Of the 31 from SIGRTMIN to SIGRTMAX. */
    private static final int NUMBER = 57;

    /** struct sigaction of glibc and musl: handler, mask of 128 bytes, flags (0: no SA_RESTART), restorer. */
    private static final int ACTION_BYTES = 152;

    private static final boolean READY = install();

    private WakeSignal() {}

    private static boolean install() {
        NativeFunction sigaction = NativeFunction.find("sigaction").orElseThrow();
        long handler = NativeFunction.find("abs").orElseThrow().address();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment before = arena.allocate(ACTION_BYTES, 16);
            sigaction.call(NUMBER, 0, before.address(), 0, 0, 0);
            if (before.get(ValueLayout.JAVA_LONG, 0) != 0) {
                return false; // somebody else's
            }
            MemorySegment action = arena.allocate(ACTION_BYTES, 16);
            action.set(ValueLayout.JAVA_LONG, 0, handler);
            return (int) sigaction.call(NUMBER, action.address(), 0, 0, 0, 0) == 0;
        }
    }

    /** Whether it can be used: otherwise a waiting thread has to look for itself now and then. */
    public static boolean isReady() {
        return READY;
    }

    /**
     * Breaks off what a thread of ours waits in. One that is only about to wait does not notice: send it
     * again until it does.
     *
     * @param tid in our own pid namespace
     */
    public static void send(Kernel kernel, long tid) {
        if (READY) {
            kernel.signalThread(ProcessHandle.current().pid(), tid, NUMBER);
        }
    }
}
