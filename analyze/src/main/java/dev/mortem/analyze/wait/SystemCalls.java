package dev.mortem.analyze.wait;

import dev.mortem.analyze.wait.Wait.Kind;

import java.util.Map;
import java.util.Optional;

/**
 * System calls that wait, by their x86-64 number (linux/arch/x86/entry/syscalls/syscall_64.tbl). Of
 * futex the arguments say more, see {@link WaitFinder}.
 */
final class SystemCalls {
    static final int FUTEX = 202;

    /** @param descriptor whether the first argument is a file descriptor */
    record Call(String name, Kind kind, String what, boolean descriptor) {}

    private static final Map<Integer, Call> X86_64 = Map.ofEntries(
            call(0, "read", Kind.INPUT, "data to read", true),
            call(1, "write", Kind.OUTPUT, "a write to go through", true),
            call(7, "poll", Kind.EVENTS, "events", false),
            call(17, "pread64", Kind.INPUT, "data of a file", true),
            call(18, "pwrite64", Kind.OUTPUT, "a write to go through", true),
            call(19, "readv", Kind.INPUT, "data to read", true),
            call(20, "writev", Kind.OUTPUT, "a write to go through", true),
            call(23, "select", Kind.EVENTS, "events", false),
            call(34, "pause", Kind.SIGNAL, "a signal", false),
            call(35, "nanosleep", Kind.SLEEP, "time to pass", false),
            call(42, "connect", Kind.CONNECT, "a connection to be made", true),
            call(43, "accept", Kind.ACCEPT, "a connection to accept", true),
            call(44, "sendto", Kind.OUTPUT, "data to be sent", true),
            call(45, "recvfrom", Kind.INPUT, "data to arrive", true),
            call(46, "sendmsg", Kind.OUTPUT, "data to be sent", true),
            call(47, "recvmsg", Kind.INPUT, "data to arrive", true),
            call(61, "wait4", Kind.CHILD, "a child process to end", false),
            call(65, "semop", Kind.SEMAPHORE, "a System V semaphore", false),
            call(69, "msgsnd", Kind.OUTPUT, "room in a message queue", false),
            call(70, "msgrcv", Kind.INPUT, "a message in a message queue", false),
            call(72, "fcntl", Kind.FILE_LOCK, "a file lock", true),
            call(73, "flock", Kind.FILE_LOCK, "a file lock", true),
            call(74, "fsync", Kind.OUTPUT, "a file to reach the disk", true),
            call(75, "fdatasync", Kind.OUTPUT, "a file to reach the disk", true),
            call(128, "rt_sigtimedwait", Kind.SIGNAL, "a signal", false),
            call(130, "rt_sigsuspend", Kind.SIGNAL, "a signal", false),
            call(208, "io_getevents", Kind.EVENTS, "asynchronous I/O", false),
            call(220, "semtimedop", Kind.SEMAPHORE, "a System V semaphore", false),
            call(230, "clock_nanosleep", Kind.SLEEP, "time to pass", false),
            call(232, "epoll_wait", Kind.EVENTS, "events", true),
            call(242, "mq_timedsend", Kind.OUTPUT, "room in a message queue", true),
            call(243, "mq_timedreceive", Kind.INPUT, "a message in a message queue", true),
            call(247, "waitid", Kind.CHILD, "a child process to end", false),
            call(270, "pselect6", Kind.EVENTS, "events", false),
            call(271, "ppoll", Kind.EVENTS, "events", false),
            call(281, "epoll_pwait", Kind.EVENTS, "events", true),
            call(288, "accept4", Kind.ACCEPT, "a connection to accept", true),
            call(295, "preadv", Kind.INPUT, "data of a file", true),
            call(296, "pwritev", Kind.OUTPUT, "a write to go through", true),
            call(299, "recvmmsg", Kind.INPUT, "data to arrive", true),
            call(307, "sendmmsg", Kind.OUTPUT, "data to be sent", true),
            call(426, "io_uring_enter", Kind.EVENTS, "completions of an io_uring", true),
            call(441, "epoll_pwait2", Kind.EVENTS, "events", true),
            call(449, "futex_waitv", Kind.FUTEX, "one of several futexes", false));

    private SystemCalls() {}

    private static Map.Entry<Integer, Call> call(
            int number, String name, Kind kind, String what, boolean descriptor) {
        return Map.entry(number, new Call(name, kind, what, descriptor));
    }

    static Optional<Call> x86(long number) {
        return number < 0 || number > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.ofNullable(X86_64.get((int) number));
    }
}
