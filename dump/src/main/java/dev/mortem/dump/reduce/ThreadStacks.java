package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.snapshot.WindowsThread;

import java.util.Optional;
import java.util.OptionalLong;

/** Where threads keep their stacks. */
public final class ThreadStacks {
    /**
     * What is taken of one. The kernel's own limit of a first thread's stack; a coroutine's lies in the
     * middle of a heap, whose end is none of its own.
     */
    static final long BYTES_MAX = 8L << 20;

    /** What a function may use below the stack pointer: System V ABI AMD64, 3.2.2; others have less. */
    private static final int RED_ZONE_BYTES = 128;

    private final AddressMap<MemoryRegion> regionAt;

    /** Of the threads of that snapshot. */
    public ThreadStacks(ProcessSnapshot snapshot) {
        this.regionAt = AddressMap.of(snapshot.regions(), MemoryRegion::range);
    }

    /**
     * From the stack pointer, the red zone below it included, to the stack's end; empty where the stack
     * pointer is not known or points nowhere. Not all of it need be present.
     */
    public Optional<AddressRange> of(ThreadSnapshot thread) {
        OptionalLong sp = thread.registers().map(RegisterContext::sp).orElse(OptionalLong.empty());
        if (sp.isEmpty()) {
            return Optional.empty();
        }
        Optional<MemoryRegion> region = regionAt.at(sp.getAsLong());
        if (region.isEmpty()) {
            return Optional.empty();
        }
        boolean hasRedZone =
                thread.registers().filter(known -> known.cpu() == Cpu.X86_64).isPresent();
        long below = sp.getAsLong() - (hasRedZone ? RED_ZONE_BYTES : 0);
        long start =
                Addresses.alignDown(Addresses.max(below, region.get().range().start()), 16);
        long last = thread.windows()
                .flatMap(WindowsThread::stack)
                .filter(stack -> stack.contains(sp.getAsLong()))
                .map(AddressRanges::last)
                .orElseGet(() -> AddressRanges.last(region.get().range()));
        long from = Addresses.max(start, region.get().range().start());
        return Optional.of(AddressRange.ofSize(from, Addresses.min(last - from + 1, BYTES_MAX)));
    }
}
