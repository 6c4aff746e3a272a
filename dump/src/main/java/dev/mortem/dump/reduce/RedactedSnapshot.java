package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.format.minidump.MinidumpType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot that can be given away: where threads stand and what they call, and nothing that people or
 * programs wrote. No environment, no command line, no memory but stacks; of these, and of the general
 * registers, only what points into modules, code or stacks. No vector registers, no names of objects, no
 * comments. Paths of modules, names of threads, host and user are kept.
 *
 * <p>Immutable, safe for any thread as far as the snapshot below is. Closing it closes that.
 */
public final class RedactedSnapshot extends DelegatingSnapshot {
    /** What a dump of one asks for: {@link DumpKind#TRIAGE}, with the paths that symbols are found by. */
    public static final long FLAGS = DumpKind.TRIAGE.flags() & ~MinidumpType.FILTER_MODULE_PATHS;

    /** Addresses, or numbers of the CPU's own: nothing of the program's data fits in. */
    private static final Set<String> OF_THE_CPU = Set.of(
            "rip",
            "rsp",
            "rflags",
            "eip",
            "esp",
            "eflags",
            "pc",
            "sp",
            "pstate",
            "cpsr",
            "cs",
            "ds",
            "es",
            "fs",
            "gs",
            "ss",
            "fs_base",
            "gs_base",
            "orig_rax",
            "orig_eax");

    private final WordFilter words;
    private final List<ThreadSnapshot> threads;

    private RedactedSnapshot(ProcessSnapshot reduced, ProcessSnapshot whole) {
        super(reduced);
        ThreadStacks stacks = new ThreadStacks(whole);
        List<AddressRange> ranges = whole.threads().stream()
                .flatMap(thread -> stacks.of(thread).stream())
                .toList();
        this.words = WordFilter.of(whole, ranges, 0);
        this.threads = reduced.threads().stream().map(this::redacted).toList();
    }

    /**
     * @param flags of MINIDUMP_TYPE that are asked for beside {@link #FLAGS}: module headers
     * @param alignment as of {@link ReducedSnapshot#of}
     */
    public static ProcessSnapshot of(ProcessSnapshot snapshot, long flags, int alignment) {
        return new RedactedSnapshot(
                ReducedSnapshot.of(snapshot, FLAGS | flags, alignment, 0), snapshot);
    }

    private ThreadSnapshot redacted(ThreadSnapshot thread) {
        return new ThreadSnapshot(
                thread.id(),
                thread.name(),
                thread.state(),
                thread.registers().map(this::redacted),
                thread.notes(),
                thread.userTime(),
                thread.kernelTime(),
                thread.waitChannel(),
                thread.windows());
    }

    private RegisterContext redacted(RegisterContext registers) {
        RegisterContext kept = registers;
        List<String> names = registers.cpu().registerNames();
        for (int index = 0; index < names.size(); index++) {
            if (registers.isKnown(index)
                    && !OF_THE_CPU.contains(names.get(index))
                    && !words.keeps(registers.get(index).getAsLong())) {
                kept = kept.without(index);
            }
        }
        return kept;
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return threads;
    }

    @Override
    public DumpDetails details() {
        DumpDetails details = below().details();
        return new DumpDetails(
                details.kind(),
                details.flags(),
                List.of(),
                Map.of(),
                details.contents(),
                Optional.empty());
    }

    @Override
    public Optional<WindowsFacts> windows() {
        return below().windows().map(RedactedSnapshot::redacted);
    }

    private static WindowsFacts redacted(WindowsFacts facts) {
        List<WindowsFacts.OpenHandle> handles = new ArrayList<>();
        for (WindowsFacts.OpenHandle handle : facts.handles()) {
            handles.add(new WindowsFacts.OpenHandle(
                    handle.handle(),
                    handle.type(),
                    Optional.empty(),
                    handle.grantedAccess(),
                    handle.handleCount(),
                    handle.pointerCount(),
                    handle.owner()));
        }
        return new WindowsFacts(
                facts.peb(),
                Optional.empty(),
                Optional.empty(),
                facts.buildText(),
                facts.unloaded(),
                handles,
                facts.handleCount(),
                facts.heaps(),
                facts.counters(),
                facts.system(),
                facts.tokens(),
                facts.functionTables(),
                Optional.empty(),
                facts.loadOrder());
    }
}
