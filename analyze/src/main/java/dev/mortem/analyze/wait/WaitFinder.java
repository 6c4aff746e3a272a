package dev.mortem.analyze.wait;

import dev.mortem.analyze.wait.Wait.Kind;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.Frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Finds what a thread waits for. Immutable, safe for any thread.
 *
 * <p>The system call that a thread stands in says it, see {@link CallSite}. Where that cannot be read,
 * the names of the innermost frames tell, and what the function that they name was called with.
 * Of a futex this class says only where it is and what the
 * names of functions say of it; what lies there is for {@link dev.mortem.analyze.lock.LockFinder}.
 */
public final class WaitFinder {
    /** FUTEX_WAITV_MAX of Linux. */
    private static final int WAITV_MAX = 128;

    private static final int WAITV_SIZE_BYTES = 24;
    private static final int WAITV_SHOWN_MAX = 4;

    private final MemoryReader memory;
    private final ArgumentValues arguments;

    /** @param memory with the code of the modules, where that can be had */
    public WaitFinder(MemoryReader memory, ArgumentValues arguments) {
        this.memory = memory;
        this.arguments = arguments;
    }

    /** What the thread waits for; empty when it runs or when nothing tells. */
    public Optional<Wait> find(ThreadSnapshot thread, List<Frame> frames) {
        Optional<WaitFunction> function = WaitFunction.of(frames);
        Optional<RegisterContext> registers = thread.registers();
        Optional<CallSite> site = registers.flatMap(known -> CallSite.of(known, memory));
        if (site.isPresent() && site.get().isRestarted()) {
            return function.map(named -> byName(named, thread, frames));
        }
        if (site.isPresent()) {
            Optional<SystemCalls.Call> call =
                    SystemCalls.find(site.get().cpu(), site.get().number());
            if (call.isEmpty()) {
                return Optional.empty(); // a call that does not wait
            }
            if (!call.get().isFutex()) {
                return Optional.of(inCall(site.get(), call.get()));
            }
            boolean isTold =
                    site.get().argument(0).isPresent() && site.get().argument(1).isPresent();
            return isTold
                    ? futex(site.get(), call.get(), registers.get(), function, frames)
                    : function.map(named -> byName(named, thread, frames));
        }
        boolean runs = thread.state().filter(state -> state.startsWith("R")).isPresent()
                || registers
                        .filter(known -> known.get("orig_rax").isPresent()
                                || known.get("orig_eax").isPresent())
                        .isPresent();
        return runs ? Optional.empty() : function.map(named -> byName(named, thread, frames));
    }

    private Wait inCall(CallSite site, SystemCalls.Call call) {
        OptionalLong first = site.argument(0);
        Wait.Call where = new Wait.Call(
                call.name(),
                call.descriptor() && first.isPresent()
                        ? OptionalInt.of((int) first.getAsLong())
                        : OptionalInt.empty(),
                site.arguments());
        Optional<TimeLimit> limit = TimeLimit.of(call.limit(), site, memory);
        String length = limit.map(known -> ", "
                        + (call.kind() == Kind.SLEEP
                                ? known.text().replace("for at most", "for")
                                : known.text()))
                .orElse("");
        String what = call.name().equals("futex_waitv") ? oneOf(site) : call.what();
        return new Wait(
                        call.kind(),
                        what + " (" + where.text() + length + ")",
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        limit)
                .in(where);
    }

    /** futex_waitv(waiters, count, …): struct futex_waitv has the word's address at 8. */
    private String oneOf(CallSite site) {
        int count = (int) Math.min(site.argument(1).orElse(0) & 0xffff_ffffL, WAITV_MAX);
        List<String> words = new ArrayList<>();
        for (int index = 0; index < Math.min(count, WAITV_SHOWN_MAX); index++) {
            long entry = site.argument(0).orElse(0) + (long) index * WAITV_SIZE_BYTES;
            OptionalLong word = memory.u8(entry + 8);
            if (word.isPresent()) {
                words.add(Addresses.hex(word.getAsLong()));
            }
        }
        return "one of " + count + " futexes"
                + (words.isEmpty() ? "" : " at " + String.join(", ", words))
                + (count > words.size() && !words.isEmpty() ? ", …" : "");
    }

    private Optional<Wait> futex(
            CallSite site,
            SystemCalls.Call call,
            RegisterContext registers,
            Optional<WaitFunction> function,
            List<Frame> frames) {
        Optional<FutexCall> futex = FutexCall.of(
                site,
                registers,
                function,
                frames.isEmpty() ? Optional.empty() : frames.getFirst().module());
        boolean wide = call.name().equals("futex_time64");
        return futex.map(found -> new Wait(
                found.command() == FutexCall.WAIT_REQUEUE_PI
                        ? Kind.CONDITION
                        : function.map(WaitFunction::kind).orElse(Kind.FUTEX),
                "the futex at " + Addresses.hex(found.word()),
                OptionalLong.of(found.word()),
                OptionalLong.empty(),
                futex,
                found.limit(site, wide, memory)));
    }

    /** The object's address is told by the argument, where that can be had. */
    private Wait byName(WaitFunction function, ThreadSnapshot thread, List<Frame> frames) {
        Wait wait = byName(function);
        return function.objectFrame(frames)
                .flatMap(frame -> arguments.first(thread, frame.lookupAddress()))
                .filter(object -> object.value() != 0)
                .map(wait::at)
                .orElse(wait);
    }

    private static Wait byName(WaitFunction function) {
        String what = switch (function.kind()) {
            case MUTEX -> "a mutex";
            case READ_WRITE_LOCK -> "a read-write lock";
            case INTERNAL_LOCK -> "a lock inside libc";
            case CONDITION -> "a condition variable";
            case SEMAPHORE -> "a semaphore";
            case BARRIER -> "a barrier";
            case LATCH -> "a latch";
            case ONCE -> "an initialisation by another thread";
            case RESULT -> "the result of another thread";
            case PARK -> "another thread to unpark it";
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
                function.kind(),
                what + " (" + function.function() + ")",
                OptionalLong.empty(),
                OptionalLong.empty());
    }
}
