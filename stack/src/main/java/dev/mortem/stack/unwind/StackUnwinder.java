package dev.mortem.stack.unwind;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleImages;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds the call stacks of a snapshot's threads: by call frame information of the module or of a symbol
 * file, by the unwind tables of a module of Windows, else frame pointers, else a search of the stack for
 * return addresses. Every frame says which it was, every stack why it ends.
 *
 * <p>What is learned of the modules is kept from one thread to the next. Safe for any thread while the
 * snapshot and the images are open. Never throws for what the dump holds; frame information that is
 * broken is reported as diagnostics.
 */
public final class StackUnwinder {
    /** Frames of one thread. */
    public static final Limit THREAD_FRAMES_MAX = new Limit(
            "frames of a thread",
            1 << 18,
            "frames",
            "a stack of 8 MiB, the usual limit, overflows after so many frames of 32 bytes, the"
                    + " smallest that an unoptimised function has: the overflow is told whole");

    /** Frames of all threads of a snapshot, counted as they are found. */
    public static final Limit SNAPSHOT_FRAMES_MAX = new Limit(
            "frames of all threads",
            1 << 19,
            "frames",
            "some 120 bytes of heap each: 64 MB; two stacks overflow whole, and no dump can fill the"
                    + " heap");

    /** What a thread gets when the others have used up all frames. */
    static final int FRAMES_ALWAYS = 256;

    private final MemoryReader memory;
    private final Optional<CpuConvention> convention;
    private final CodeMap code;
    private final RuleFinder finder;
    private final Limits limits;
    private final AtomicLong framesLeft;

    /**
     * Reads nothing yet.
     *
     * @param images of the same snapshot
     */
    public StackUnwinder(
            ProcessSnapshot snapshot, ModuleImages images, Limits limits, Diagnostics diagnostics) {
        this.memory = snapshot.memory();
        this.convention = snapshot.machine().cpu().flatMap(cpu -> CpuConvention.of(cpu, snapshot));
        this.code = new CodeMap(snapshot, images, limits, diagnostics);
        this.finder = new RuleFinder(code, limits, diagnostics);
        this.limits = limits;
        this.framesLeft = new AtomicLong(limits.max(SNAPSHOT_FRAMES_MAX));
    }

    /** The stack of a thread of the snapshot, innermost frame first. */
    public CallStack unwind(ThreadSnapshot thread) {
        if (convention.isEmpty()) {
            String name = memory.machine().name();
            return new CallStack(thread.id(), List.of(), new StackEnd.UnsupportedCpu(name));
        }
        Optional<RegisterContext> registers = thread.registers();
        Cpu cpu = convention.get().cpu();
        boolean canStart = registers.isPresent()
                && registers.get().cpu() == cpu
                && registers.get().isKnown(cpu.pc())
                && registers.get().isKnown(cpu.sp());
        if (!canStart) {
            return new CallStack(thread.id(), List.of(), new StackEnd.NoRegisters());
        }
        StackWalk walk = new StackWalk(
                Registers.of(registers.get()),
                convention.get(),
                code,
                finder,
                new StackMemory(memory),
                framesMax(),
                limits);
        StackEnd end = walk.run();
        framesLeft.addAndGet(-walk.frames().size());
        return new CallStack(thread.id(), walk.frames(), end);
    }

    private int framesMax() {
        long left = Math.max(FRAMES_ALWAYS, framesLeft.get());
        return (int) Math.min(left, limits.maxInt(THREAD_FRAMES_MAX));
    }
}
