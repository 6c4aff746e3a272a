package dev.mortem.analyze.wait;

import dev.mortem.analyze.wait.Wait.Kind;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.Frame;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Finds what a thread waits for. Immutable, safe for any thread.
 *
 * <p>On x86-64 a thread in a system call keeps the call's number in orig_rax and its arguments in
 * rdi,
 * rsi, rdx, r10, r8 and r9 (System V ABI AMD64, A.2.1); a thread that runs has -1 there. On other
 * CPUs,
 * and where the register is missing, the names of the innermost frames tell.
 */
public final class WaitFinder {
    /** The wait stands at the top: behind this many frames a name says nothing about now. */
    private static final int FRAMES_LOOKED_AT = 6;

    private static final List<String> ARGUMENTS = List.of("rdi", "rsi", "rdx", "r10", "r8", "r9");

    /** Functions that wait, by the part of their name that all spellings share. */
    private static final Map<String, Kind> FUNCTIONS = functions();

    private final MemoryReader memory;

    /** @param memory with the code of the modules, where that can be had */
    public WaitFinder(MemoryReader memory) {
        this.memory = memory;
    }

    /** What the thread waits for; empty when it runs or when nothing tells. */
    public Optional<Wait> find(ThreadSnapshot thread, List<Frame> frames) {
        Optional<RegisterContext> registers = thread.registers();
        OptionalLong call =
                registers.isPresent() ? systemCall(registers.get()) : OptionalLong.empty();
        Optional<Named> named = named(frames);
        if (call.isPresent() && call.getAsLong() == SystemCalls.FUTEX) {
            return futex(registers.orElseThrow(), named);
        }
        if (call.isPresent()) {
            RegisterContext known = registers.orElseThrow();
            return SystemCalls.x86(call.getAsLong()).map(found -> inCall(found, known));
        }
        boolean runs = thread.state().filter(state -> state.startsWith("R")).isPresent()
                || registers
                        .filter(known -> known.cpu() == Cpu.X86_64
                                && known.get("orig_rax").isPresent())
                        .isPresent();
        return runs ? Optional.empty() : named.map(WaitFinder::byName);
    }

    /** The number of the system call that the thread is in; x86-64 only. */
    private OptionalLong systemCall(RegisterContext registers) {
        if (registers.cpu() != Cpu.X86_64) {
            return OptionalLong.empty();
        }
        OptionalLong number = registers.get("orig_rax");
        OptionalLong pc = registers.pc();
        if (number.isEmpty()
                || pc.isEmpty()
                || number.getAsLong() < 0
                || number.getAsLong() > 1023) {
            return OptionalLong.empty();
        }
        // Where the code is at hand, a syscall (0f 05) must stand in front of pc, or the int 0x80
        // of a
        // 32-bit caller, whose numbers are others.
        OptionalLong before = memory.unsigned(pc.getAsLong() - 2, 2);
        return before.isPresent() && before.getAsLong() != 0x050f ? OptionalLong.empty() : number;
    }

    private static Wait inCall(SystemCalls.Call call, RegisterContext registers) {
        OptionalLong first = registers.get("rdi");
        Wait.Call where = new Wait.Call(
                call.name(),
                call.descriptor() && first.isPresent()
                        ? OptionalInt.of((int) first.getAsLong())
                        : OptionalInt.empty(),
                ARGUMENTS.stream().map(registers::get).toList());
        return new Wait(
                        call.kind(),
                        call.what() + " (" + where.text() + ")",
                        OptionalLong.empty(),
                        OptionalLong.empty())
                .in(where);
    }

    /**
     * futex(address, operation, value). glibc waits for a mutex with FUTEX_WAIT and value 2, or
     * with the
     * owner's tid for a robust one, for a priority-inheriting one with FUTEX_LOCK_PI; for a
     * condition
     * with FUTEX_WAIT_BITSET; for a thread's end with the tid as value. Where frames have names,
     * these
     * decide.
     */
    private Optional<Wait> futex(RegisterContext registers, Optional<Named> named) {
        OptionalLong address = registers.get("rdi");
        OptionalLong operation = registers.get("rsi");
        OptionalLong value = registers.get("rdx");
        if (address.isEmpty() || operation.isEmpty()) {
            return named.map(WaitFinder::byName);
        }
        int command = (int) operation.getAsLong() & 0x7f;
        boolean waits = command == 0 || command == 9;
        boolean locksPi = command == 6 || command == 13;
        if (!waits && !locksPi) {
            return command == 11 ? Optional.of(condition(address)) : Optional.empty();
        }
        int wanted = (int) value.orElse(0);
        if (named.isPresent() && named.get().kind() != Kind.FUTEX) {
            return Optional.of(namedFutex(named.get(), address, wanted));
        }
        if (locksPi || (command == 0 && wanted == 2) || looksRobust(address.getAsLong(), wanted)) {
            return Optional.of(lock(Kind.MUTEX, address));
        }
        boolean privateWait = (operation.getAsLong() & 0x80) != 0;
        if (command == 9 && !privateWait && wanted > 0 && tidAt(address.getAsLong(), wanted)) {
            return Optional.of(join(address, wanted));
        }
        if (command == 9 && privateWait && wanted == 2) {
            return Optional.of(lock(Kind.MUTEX, address)); // pthread_mutex_timedlock
        }
        return Optional.of(new Wait(
                Kind.FUTEX,
                "the futex at " + Addresses.hex(address.getAsLong()),
                address,
                OptionalLong.empty()));
    }

    private Wait namedFutex(Named named, OptionalLong address, int value) {
        return switch (named.kind()) {
            case CONDITION -> condition(address);
            case JOIN -> join(address, value);
            case MUTEX, READ_WRITE_LOCK, INTERNAL_LOCK -> lock(named.kind(), address);
            case SEMAPHORE ->
                new Wait(
                        Kind.SEMAPHORE,
                        "the semaphore at " + Addresses.hex(address.orElse(0)),
                        address,
                        OptionalLong.empty());
            default -> byName(named);
        };
    }

    /**
     * A robust mutex's word holds the owner's tid and FUTEX_WAITERS, and so does the value waited
     * at.
     */
    private boolean looksRobust(long address, int value) {
        OptionalLong word = memory.u4(address);
        return value < 0 && word.isPresent() && (int) word.getAsLong() == value;
    }

    private boolean tidAt(long address, int value) {
        OptionalLong word = memory.u4(address);
        return word.isPresent() && (int) word.getAsLong() == value;
    }

    private static Wait condition(OptionalLong address) {
        return new Wait(
                Kind.CONDITION,
                address.isPresent()
                        ? "a condition variable near " + Addresses.hex(address.getAsLong())
                        : "a condition variable",
                address,
                OptionalLong.empty());
    }

    private static Wait join(OptionalLong address, int tid) {
        return new Wait(
                Kind.JOIN,
                tid > 0 ? "thread " + tid + " to end (join)" : "a thread to end (join)",
                address,
                tid > 0 ? OptionalLong.of(tid) : OptionalLong.empty());
    }

    private static Wait lock(Kind kind, OptionalLong address) {
        String what = switch (kind) {
            case READ_WRITE_LOCK -> "a read-write lock";
            case INTERNAL_LOCK -> "a lock inside libc";
            default -> "a mutex";
        };
        return new Wait(
                kind,
                address.isPresent() ? what + " at " + Addresses.hex(address.getAsLong()) : what,
                address,
                OptionalLong.empty());
    }

    private record Named(Kind kind, String function) {}

    private static Optional<Named> named(List<Frame> frames) {
        Optional<Named> futex = Optional.empty();
        for (Frame frame : frames.subList(0, Math.min(FRAMES_LOOKED_AT, frames.size()))) {
            if (frame.function().isEmpty()) {
                continue;
            }
            String function = bare(frame.function().get().raw());
            Kind kind = FUNCTIONS.get(function);
            if (kind == Kind.FUTEX && futex.isEmpty()) {
                futex = Optional.of(new Named(kind, function)); // its caller says more, if anything
            } else if (kind != null && kind != Kind.FUTEX) {
                return Optional.of(new Named(kind, function));
            }
        }
        return futex;
    }

    /**
     * "__GI___pthread_mutex_lock@@GLIBC_2.2.5" and "___pthread_mutex_lock" to
     * "pthread_mutex_lock".
     */
    private static String bare(String raw) {
        String name = raw;
        int version = name.indexOf('@');
        if (version > 0) {
            name = name.substring(0, version);
        }
        if (name.startsWith("__GI_")) {
            name = name.substring(5);
        }
        int from = 0;
        while (from < name.length() && name.charAt(from) == '_') {
            from++;
        }
        name = name.substring(from);
        return name.startsWith("libc_") ? name.substring(5) : name;
    }

    private static Wait byName(Named named) {
        String what = switch (named.kind()) {
            case MUTEX -> "a mutex";
            case READ_WRITE_LOCK -> "a read-write lock";
            case INTERNAL_LOCK -> "a lock inside libc";
            case CONDITION -> "a condition variable";
            case SEMAPHORE -> "a semaphore";
            case JOIN -> "a thread to end";
            case FUTEX -> "a futex";
            case SLEEP -> "time to pass";
            case EVENTS -> "events";
            case ACCEPT -> "a connection to accept";
            case INPUT -> "data to read";
            case OUTPUT -> "a write to go through";
            case CONNECT -> "a connection to be made";
            case FILE_LOCK -> "a file lock";
            case CHILD -> "a child process to end";
            case SIGNAL -> "a signal";
        };
        return new Wait(
                named.kind(),
                what + " (" + named.function() + ")",
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    private static Map<String, Kind> functions() {
        Map<String, Kind> names = new LinkedHashMap<>();
        put(
                names,
                Kind.MUTEX,
                "pthread_mutex_lock pthread_mutex_lock_full pthread_mutex_timedlock"
                        + " pthread_mutex_clocklock pthread_mutex_cond_lock lll_lock_wait"
                        + " lll_timedlock_wait lll_clocklock_wait");
        put(names, Kind.INTERNAL_LOCK, "lll_lock_wait_private");
        put(
                names,
                Kind.READ_WRITE_LOCK,
                "pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_timedrdlock"
                        + " pthread_rwlock_timedwrlock pthread_rwlock_rdlock_full"
                        + " pthread_rwlock_wrlock_full pthread_rwlock_rdlock_full64"
                        + " pthread_rwlock_wrlock_full64");
        put(
                names,
                Kind.CONDITION,
                "pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait"
                        + " pthread_cond_wait_common pthread_barrier_wait");
        put(
                names,
                Kind.SEMAPHORE,
                "sem_wait sem_timedwait sem_clockwait new_sem_wait new_sem_wait_slow"
                        + " new_sem_wait_slow64 do_futex_wait semop semtimedop");
        put(
                names,
                Kind.JOIN,
                "pthread_join pthread_clockjoin_ex pthread_timedjoin_ex pthread_timedjoin_np");
        put(
                names,
                Kind.FUTEX,
                "futex_abstimed_wait futex_abstimed_wait64 futex_abstimed_wait_common"
                        + " futex_abstimed_wait_common64 futex_abstimed_wait_cancelable"
                        + " futex_abstimed_wait_cancelable64 futex_wait syscall");
        put(names, Kind.SLEEP, "nanosleep clock_nanosleep clock_nanosleep_time64 sleep usleep");
        put(
                names,
                Kind.EVENTS,
                "poll ppoll select pselect epoll_wait epoll_pwait epoll_pwait2 io_getevents");
        put(names, Kind.ACCEPT, "accept accept4");
        put(
                names,
                Kind.INPUT,
                "read readv pread pread64 recv recvfrom recvmsg recvmmsg msgrcv mq_receive");
        put(
                names,
                Kind.OUTPUT,
                "write writev pwrite pwrite64 send sendto sendmsg sendmmsg fsync fdatasync msgsnd");
        put(names, Kind.CONNECT, "connect");
        put(names, Kind.FILE_LOCK, "flock lockf lockf64");
        put(names, Kind.CHILD, "wait4 waitpid waitid wait wait3");
        put(names, Kind.SIGNAL, "pause sigsuspend sigwait sigwaitinfo sigtimedwait");
        return Map.copyOf(names);
    }

    private static void put(Map<String, Kind> names, Kind kind, String functions) {
        for (String function : functions.split(" ", -1)) {
            names.put(function, kind);
        }
    }
}
