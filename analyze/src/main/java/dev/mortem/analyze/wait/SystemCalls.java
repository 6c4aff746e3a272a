package dev.mortem.analyze.wait;

import dev.mortem.analyze.wait.TimeLimit.Form;
import dev.mortem.analyze.wait.Wait.Kind;
import dev.mortem.base.snapshot.Cpu;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * System calls that wait, by their number: arch/x86/entry/syscalls/syscall_64.tbl and
 * syscall_32.tbl,
 * include/uapi/asm-generic/unistd.h for arm64 and arch/arm/tools/syscall.tbl of Linux. Of futex the
 * arguments say more, see {@link FutexCall}.
 */
final class SystemCalls {
    private static final int NONE = -1;

    /** Those that set a restart block (kernel/futex, fs/select.c, kernel/time). */
    private static final Set<String> RESTARTED = Set.of(
            "futex",
            "futex_time64",
            "poll",
            "nanosleep",
            "clock_nanosleep",
            "clock_nanosleep_time64");

    /**
     * @param descriptor whether the first argument is a file descriptor
     * @param limit where its arguments have a time limit
     */
    record Call(String name, Kind kind, String what, boolean descriptor, Limit limit) {
        boolean isFutex() {
            return name.equals("futex") || name.equals("futex_time64");
        }

        /** Whether the kernel keeps what is left of its time limit and goes on after a stop. */
        boolean canRestart() {
            return RESTARTED.contains(name);
        }
    }

    /** @param argument which, from 0; -1 where the call has no time limit */
    record Limit(int argument, Form form) {
        static final Limit NEVER = new Limit(NONE, Form.TIMESPEC);
    }

    private record Entry(Call call, int x86x64, int x86, int arm64, int arm) {}

    private static final List<Entry> ALL = List.of(
            on("read", Kind.INPUT, "data to read", 0, 3, 63, 3),
            on("write", Kind.OUTPUT, "a write to go through", 1, 4, 64, 4),
            on("pread64", Kind.INPUT, "data of a file", 17, 180, 67, 180),
            on("pwrite64", Kind.OUTPUT, "a write to go through", 18, 181, 68, 181),
            on("readv", Kind.INPUT, "data to read", 19, 145, 65, 145),
            on("writev", Kind.OUTPUT, "a write to go through", 20, 146, 66, 146),
            on("preadv", Kind.INPUT, "data of a file", 295, 333, 69, 361),
            on("pwritev", Kind.OUTPUT, "a write to go through", 296, 334, 70, 362),
            on("preadv2", Kind.INPUT, "data of a file", 327, 378, 286, 392),
            on("pwritev2", Kind.OUTPUT, "a write to go through", 328, 379, 287, 393),
            on("connect", Kind.CONNECT, "a connection to be made", 42, 362, 203, 283),
            on("accept", Kind.ACCEPT, "a connection to accept", 43, NONE, 202, 285),
            on("accept4", Kind.ACCEPT, "a connection to accept", 288, 364, 242, 366),
            on("sendto", Kind.OUTPUT, "data to be sent", 44, 369, 206, 290),
            on("recvfrom", Kind.INPUT, "data to arrive", 45, 371, 207, 292),
            on("sendmsg", Kind.OUTPUT, "data to be sent", 46, 370, 211, 296),
            on("recvmsg", Kind.INPUT, "data to arrive", 47, 372, 212, 297),
            on("recvmmsg", Kind.INPUT, "data to arrive", 299, 337, 243, 365),
            on("recvmmsg_time64", Kind.INPUT, "data to arrive", NONE, 417, NONE, 417),
            on("sendmmsg", Kind.OUTPUT, "data to be sent", 307, 345, 269, 374),
            on("fcntl", Kind.FILE_LOCK, "a file lock", 72, 55, 25, 55),
            on("fcntl64", Kind.FILE_LOCK, "a file lock", NONE, 221, NONE, 221),
            on("flock", Kind.FILE_LOCK, "a file lock", 73, 143, 32, 143),
            on("fsync", Kind.OUTPUT, "a file to reach the disk", 74, 118, 82, 118),
            on("fdatasync", Kind.OUTPUT, "a file to reach the disk", 75, 148, 83, 148),
            on("io_uring_enter", Kind.EVENTS, "completions of an io_uring", 426, 426, 426, 426),
            on(at(3, Form.MILLISECONDS), "epoll_wait", Kind.EVENTS, "events", 232, 256, NONE, 252),
            on(at(3, Form.MILLISECONDS), "epoll_pwait", Kind.EVENTS, "events", 281, 319, 22, 346),
            on(at(3, Form.TIMESPEC64), "epoll_pwait2", Kind.EVENTS, "events", 441, 441, 441, 441),
            on(
                    at(4, Form.UNTIL),
                    "mq_timedsend",
                    Kind.OUTPUT,
                    "room in a message queue",
                    242,
                    279,
                    182,
                    276),
            on(
                    at(4, Form.UNTIL),
                    "mq_timedreceive",
                    Kind.INPUT,
                    "a message in a message queue",
                    243,
                    280,
                    183,
                    277),
            any(at(2, Form.MILLISECONDS), "poll", Kind.EVENTS, "events", 7, 168, NONE, 168),
            any(at(4, Form.TIMEVAL), "select", Kind.EVENTS, "events", 23, 142, NONE, 142),
            any(at(4, Form.TIMESPEC), "pselect6", Kind.EVENTS, "events", 270, 308, 72, 335),
            any(at(2, Form.TIMESPEC), "ppoll", Kind.EVENTS, "events", 271, 309, 73, 336),
            any(
                    at(4, Form.TIMESPEC64),
                    "pselect6_time64",
                    Kind.EVENTS,
                    "events",
                    NONE,
                    413,
                    NONE,
                    413),
            any(
                    at(2, Form.TIMESPEC64),
                    "ppoll_time64",
                    Kind.EVENTS,
                    "events",
                    NONE,
                    414,
                    NONE,
                    414),
            any(
                    at(4, Form.TIMESPEC),
                    "io_getevents",
                    Kind.EVENTS,
                    "asynchronous I/O",
                    208,
                    247,
                    4,
                    245),
            any(Limit.NEVER, "pause", Kind.SIGNAL, "a signal", 34, 29, NONE, 29),
            any(Limit.NEVER, "rt_sigsuspend", Kind.SIGNAL, "a signal", 130, 179, 133, 179),
            any(
                    at(2, Form.TIMESPEC),
                    "rt_sigtimedwait",
                    Kind.SIGNAL,
                    "a signal",
                    128,
                    177,
                    137,
                    177),
            any(
                    at(2, Form.TIMESPEC64),
                    "rt_sigtimedwait_time64",
                    Kind.SIGNAL,
                    "a signal",
                    NONE,
                    421,
                    NONE,
                    421),
            any(at(0, Form.TIMESPEC), "nanosleep", Kind.SLEEP, "time to pass", 35, 162, 101, 162),
            any(
                    at(2, Form.SLEEP),
                    "clock_nanosleep",
                    Kind.SLEEP,
                    "time to pass",
                    230,
                    267,
                    115,
                    265),
            any(
                    at(2, Form.SLEEP64),
                    "clock_nanosleep_time64",
                    Kind.SLEEP,
                    "time to pass",
                    NONE,
                    407,
                    NONE,
                    407),
            any(Limit.NEVER, "wait4", Kind.CHILD, "a child process to end", 61, 114, 260, 114),
            any(Limit.NEVER, "waitpid", Kind.CHILD, "a child process to end", NONE, 7, NONE, NONE),
            any(Limit.NEVER, "waitid", Kind.CHILD, "a child process to end", 247, 284, 95, 280),
            any(Limit.NEVER, "semop", Kind.SEMAPHORE, "a System V semaphore", 65, NONE, 193, 298),
            any(
                    at(3, Form.TIMESPEC),
                    "semtimedop",
                    Kind.SEMAPHORE,
                    "a System V semaphore",
                    220,
                    NONE,
                    192,
                    312),
            any(
                    at(3, Form.TIMESPEC64),
                    "semtimedop_time64",
                    Kind.SEMAPHORE,
                    "a System V semaphore",
                    NONE,
                    420,
                    NONE,
                    420),
            any(Limit.NEVER, "msgsnd", Kind.OUTPUT, "room in a message queue", 69, 400, 189, 301),
            any(
                    Limit.NEVER,
                    "msgrcv",
                    Kind.INPUT,
                    "a message in a message queue",
                    70,
                    401,
                    188,
                    302),
            any(Limit.NEVER, "futex", Kind.FUTEX, "a futex", 202, 240, 98, 240),
            any(Limit.NEVER, "futex_time64", Kind.FUTEX, "a futex", NONE, 422, NONE, 422),
            any(
                    at(3, Form.MONOTONIC),
                    "futex_waitv",
                    Kind.FUTEX,
                    "one of several futexes",
                    449,
                    449,
                    449,
                    449));

    private static final Map<Cpu, Map<Integer, Call>> BY_NUMBER = byNumber();

    private SystemCalls() {}

    private static Limit at(int argument, Form form) {
        return new Limit(argument, form);
    }

    private static Entry on(
            String name, Kind kind, String what, int x86x64, int x86, int arm64, int arm) {
        return on(Limit.NEVER, name, kind, what, x86x64, x86, arm64, arm);
    }

    private static Entry on(
            Limit limit,
            String name,
            Kind kind,
            String what,
            int x86x64,
            int x86,
            int arm64,
            int arm) {
        return new Entry(new Call(name, kind, what, true, limit), x86x64, x86, arm64, arm);
    }

    private static Entry any(
            Limit limit,
            String name,
            Kind kind,
            String what,
            int x86x64,
            int x86,
            int arm64,
            int arm) {
        return new Entry(new Call(name, kind, what, false, limit), x86x64, x86, arm64, arm);
    }

    private static Map<Cpu, Map<Integer, Call>> byNumber() {
        Map<Cpu, Map<Integer, Call>> all = new EnumMap<>(Cpu.class);
        for (Cpu cpu : Cpu.values()) {
            Map<Integer, Call> calls = new HashMap<>();
            for (Entry entry : ALL) {
                int number = switch (cpu) {
                    case X86_64 -> entry.x86x64;
                    case X86 -> entry.x86;
                    case ARM64 -> entry.arm64;
                    case ARM -> entry.arm;
                    case PC_AND_SP_64, PC_AND_SP_32 -> NONE;
                };
                if (number != NONE) {
                    calls.put(number, entry.call);
                }
            }
            all.put(cpu, Map.copyOf(calls));
        }
        return Map.copyOf(all);
    }

    /** Whether it is the number of restart_syscall. */
    static boolean isRestart(Cpu cpu, long number) {
        return switch (cpu) {
            case X86_64 -> number == 219;
            case ARM64 -> number == 128;
            case X86, ARM -> number == 0;
            case PC_AND_SP_64, PC_AND_SP_32 -> false;
        };
    }

    /** The call of that number; empty for one that does not wait and for one newer than the table. */
    static Optional<Call> find(Cpu cpu, long number) {
        return number < 0 || number > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.ofNullable(BY_NUMBER.getOrDefault(cpu, Map.of()).get((int) number));
    }
}
