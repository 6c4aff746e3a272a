package dev.mortem.analyze.wait;

import dev.mortem.analyze.wait.Wait.Kind;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.unwind.FrameTrust;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A function that waits, known by its name.
 *
 * @param kind what its callers wait for; FUTEX where the caller would have to tell
 * @param function the name's part that all spellings share
 * @param library whose: decides what its objects look like
 */
public record WaitFunction(Kind kind, String function, Library library) {
    /** Where the function comes from. */
    public enum Library {
        /** The C library: pthread objects. */
        C,
        /** C++ beyond pthread: objects that wait by the futex call itself. */
        CPP,
        /** Rust's standard library, whose locks are futex words of its own. */
        RUST,
        /** CPython's own locks, made of semaphores. */
        PYTHON,
        /** syscall(): whoever calls it has locks of its own. */
        OTHER
    }

    /** The wait stands at the top: behind this many frames a name says nothing about now. */
    private static final int FRAMES_LOOKED_AT = 6;

    /** C++ without optimisation has a function for every layer. */
    private static final int LAYERS_LOOKED_AT = 14;

    /** What a function is called with by its address. */
    private static final Set<Kind> OBJECTS = Set.of(
            Kind.MUTEX,
            Kind.READ_WRITE_LOCK,
            Kind.CONDITION,
            Kind.SEMAPHORE,
            Kind.BARRIER,
            Kind.ONCE);

    /** These take an identifier. */
    private static final Set<String> SYSTEM_V = Set.of("semop", "semtimedop");

    /** Functions that wait, by the part of their name that all spellings share. */
    private static final Map<String, Kind> FUNCTIONS = functions();

    /** By parts of the name that people read, all of which it must have. */
    private record Pattern(Library library, Kind kind, String what, List<String> parts) {
        boolean fits(String name) {
            return parts.stream().allMatch(name::contains);
        }
    }

    /**
     * libstdc++ (bits/atomic_wait.h, semaphore_base.h, latch, barrier, atomic_futex.h, libsupc++'s
     * guard.cc), libc++ in the same words, Rust (std::sys::sync) and CPython (Python/thread_pthread.h).
     */
    private static final List<Pattern> PATTERNS = List.of(
            new Pattern(
                    Library.CPP, Kind.RESULT, "std::future", List.of("__atomic_futex_unsigned")),
            new Pattern(
                    Library.CPP,
                    Kind.SEMAPHORE,
                    "std::counting_semaphore",
                    List.of("std::", "semaphore", "acquire")),
            new Pattern(Library.CPP, Kind.LATCH, "std::latch", List.of("std::latch::", "wait")),
            new Pattern(
                    Library.CPP, Kind.BARRIER, "std::barrier", List.of("std::", "barrier", "wait")),
            new Pattern(
                    Library.CPP, Kind.ONCE, "a static variable", List.of("__cxa_guard_acquire")),
            new Pattern(Library.CPP, Kind.FUTEX, "std::atomic", List.of("std::", "atomic", "wait")),
            new Pattern(
                    Library.RUST,
                    Kind.MUTEX,
                    "std::sync::Mutex",
                    List.of("utex", "Mutex", "lock_contended")),
            new Pattern(
                    Library.RUST,
                    Kind.READ_WRITE_LOCK,
                    "read",
                    List.of("RwLock", "read_contended")),
            new Pattern(
                    Library.RUST,
                    Kind.READ_WRITE_LOCK,
                    "write",
                    List.of("RwLock", "write_contended")),
            new Pattern(
                    Library.RUST, Kind.CONDITION, "std::sync::Condvar", List.of("Condvar", "wait")),
            new Pattern(
                    Library.RUST, Kind.ONCE, "std::sync::Once", List.of("once::Once", "call_once")),
            new Pattern(Library.RUST, Kind.ONCE, "std::sync::Once", List.of("once::futex")),
            new Pattern(Library.RUST, Kind.PARK, "std::thread::park", List.of("std::", "park")),
            new Pattern(
                    Library.PYTHON,
                    Kind.MUTEX,
                    "Python lock",
                    List.of("lock_PyThread_acquire_lock")),
            new Pattern(Library.PYTHON, Kind.MUTEX, "Python lock", List.of("rlock_acquire")),
            new Pattern(Library.PYTHON, Kind.MUTEX, "Python lock", List.of("acquire_timed")));

    /** What the innermost frames say; the innermost name that says more than "futex" decides. */
    static Optional<WaitFunction> of(List<Frame> frames) {
        Optional<WaitFunction> best = Optional.empty();
        for (int index = 0; index < Math.min(LAYERS_LOOKED_AT, frames.size()); index++) {
            Optional<Frame.FunctionName> name = frames.get(index).function();
            if (name.isEmpty()) {
                continue;
            }
            Optional<WaitFunction> found = index < FRAMES_LOOKED_AT
                    ? named(name.get()).or(() -> pattern(name.get()))
                    : pattern(name.get());
            best = found.filter(next -> next.kind != Kind.FUTEX).isPresent()
                    ? better(best, found)
                    : best.or(() -> found);
        }
        return best;
    }

    /**
     * The innermost frame of its own on the stack whose function takes the object as its first argument,
     * and was reached with certainty; empty for a function that takes none.
     */
    Optional<Frame> objectFrame(List<Frame> frames) {
        if (library != Library.C || !OBJECTS.contains(kind)) {
            return Optional.empty();
        }
        return frames.stream()
                .limit(FRAMES_LOOKED_AT)
                .filter(frame -> frame.kind() == Frame.Kind.NATIVE)
                .filter(frame ->
                        frame.trust() == FrameTrust.CFI || frame.trust() == FrameTrust.CONTEXT)
                .filter(frame -> frame.function()
                        .flatMap(WaitFunction::named)
                        .filter(named -> named.kind == kind)
                        .filter(named -> !SYSTEM_V.contains(named.function))
                        .isPresent())
                .findFirst();
    }

    /** A name replaces one that says only "futex"; CPython's lock replaces its semaphore. */
    private static Optional<WaitFunction> better(
            Optional<WaitFunction> known, Optional<WaitFunction> next) {
        if (known.isEmpty() || known.get().kind == Kind.FUTEX) {
            return next;
        }
        boolean python = next.filter(found -> found.library == Library.PYTHON).isPresent()
                && (known.get().kind == Kind.SEMAPHORE || known.get().kind == Kind.CONDITION);
        return python ? next : known;
    }

    private static Optional<WaitFunction> pattern(Frame.FunctionName name) {
        return PATTERNS.stream()
                .filter(pattern -> pattern.fits(name.display()))
                .findFirst()
                .map(pattern -> new WaitFunction(pattern.kind, pattern.what, pattern.library));
    }

    private static Optional<WaitFunction> named(Frame.FunctionName name) {
        String function = bare(name.raw());
        Library library = function.equals("syscall") ? Library.OTHER : Library.C;
        return Optional.ofNullable(FUNCTIONS.get(function))
                .map(kind -> new WaitFunction(kind, function, library));
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

    private static Map<String, Kind> functions() {
        Map<String, Kind> names = new LinkedHashMap<>();
        put(
                names,
                Kind.MUTEX,
                "pthread_mutex_lock pthread_mutex_lock_full pthread_mutex_timedlock"
                        + " pthread_mutex_clocklock pthread_mutex_cond_lock mtx_lock mtx_timedlock"
                        + " pthread_mutex_clocklock_common pthread_mutex_timedlock64"
                        + " pthread_mutex_cond_lock_full");
        put(names, Kind.INTERNAL_LOCK, "lll_lock_wait_private lockfile");
        put(
                names,
                Kind.READ_WRITE_LOCK,
                "pthread_rwlock_rdlock pthread_rwlock_wrlock pthread_rwlock_timedrdlock"
                        + " pthread_rwlock_timedwrlock pthread_rwlock_rdlock_full"
                        + " pthread_rwlock_wrlock_full pthread_rwlock_rdlock_full64"
                        + " pthread_rwlock_wrlock_full64 pthread_rwlock_clockrdlock"
                        + " pthread_rwlock_clockwrlock");
        put(
                names,
                Kind.CONDITION,
                "pthread_cond_wait pthread_cond_timedwait pthread_cond_clockwait"
                        + " pthread_cond_wait_common private_cond_wait cnd_wait cnd_timedwait"
                        + " pthread_cond_timedwait64 pthread_cond_clockwait64");
        put(names, Kind.BARRIER, "pthread_barrier_wait");
        put(names, Kind.ONCE, "pthread_once pthread_once_slow pthread_once_full");
        put(
                names,
                Kind.SEMAPHORE,
                "sem_wait sem_timedwait sem_clockwait new_sem_wait new_sem_wait_slow"
                        + " new_sem_wait_slow64 do_futex_wait semop semtimedop sem_timedwait64");
        put(
                names,
                Kind.JOIN,
                "pthread_join pthread_clockjoin_ex pthread_timedjoin_ex pthread_timedjoin_np"
                        + " pthread_clockjoin_np thrd_join");
        put(
                names,
                Kind.FUTEX,
                "futex_abstimed_wait futex_abstimed_wait64 futex_abstimed_wait_common"
                        + " futex_abstimed_wait_common64 futex_abstimed_wait_cancelable"
                        + " futex_abstimed_wait_cancelable64 futex_wait futex_wait_simple syscall"
                        + " lll_lock_wait lll_timedlock_wait lll_clocklock_wait futex_lock_pi"
                        + " futex_lock_pi64 timedwait timedwait_cp wait_on_address");
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
        Stream.of(functions.split(" ", -1)).forEach(function -> names.put(function, kind));
    }
}
