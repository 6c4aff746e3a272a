package dev.mortem.base.snapshot;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.windows.WindowsFacts;

import java.util.List;
import java.util.Optional;

/**
 * One process at one moment, whether from a dump file or alive and stopped.
 *
 * <p>All lists are immutable and were complete when the snapshot was made; only {@link #memory} reads
 * later, and only until {@link #close}. Safe for any thread. The opener closes it.
 */
public interface ProcessSnapshot extends AutoCloseable {
    Machine machine();

    ProcessFacts process();

    /** In the order of the dump; in a Linux core the thread that crashed comes first. */
    List<ThreadSnapshot> threads();

    /** Executable and libraries, by ascending address. */
    List<LoadedModule> modules();

    /** Every known mapping, by ascending address, whether its bytes are here or not. */
    List<MemoryRegion> regions();

    MemoryReader memory();

    CrashReason reason();

    /**
     * Notes of the process as a whole as they were read, so that writing loses nothing: NT_AUXV and
     * unknown ones. Those of a thread stand with the thread.
     */
    List<RawNote> notes();

    /** What was broken, absent or cut short while the snapshot was made. */
    List<Diagnostic> diagnostics();

    /**
     * The parts of a region that may hold anything but zeros, by ascending address, within it. What is
     * left out reads as zeros. The whole region where nothing more is known.
     */
    default List<AddressRange> populated(MemoryRegion region) {
        return List.of(region.range());
    }

    /**
     * What the process held of the kernel: descriptors, file locks, children. Empty where nobody looked,
     * as in the dumps of others.
     */
    default Optional<KernelObjects> kernelObjects() {
        return Optional.empty();
    }

    /** What the dump says of itself; nothing for a live process. */
    default DumpDetails details() {
        return DumpDetails.none();
    }

    /** What only a process of Windows has: handles, unloaded modules, counters. */
    default Optional<WindowsFacts> windows() {
        return Optional.empty();
    }

    @Override
    void close();
}
