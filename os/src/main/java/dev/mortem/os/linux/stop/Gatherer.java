package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.JitMapFile;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.descriptor.KernelObjectsReader;
import dev.mortem.os.linux.proc.Facts;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.PerfMaps;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.table.RegisterLayout;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Makes what a snapshot holds out of what ptrace and /proc told, whether the target still stands or a
 * frozen copy of it does. Belongs to the thread that traces.
 */
final class Gatherer {
    /** elf.h: the auxiliary vector. */
    private static final long NT_AUXV = 6;

    private final ProcFolder proc;
    private final Kernel kernel;
    private final long pid;
    private final SnapshotOptions options;
    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final List<String> warnings = new ArrayList<>();

    Gatherer(ProcFolder proc, Kernel kernel, long pid, SnapshotOptions options) {
        this.proc = proc;
        this.kernel = kernel;
        this.pid = pid;
        this.options = options;
    }

    /**
     * What is read of the target before it is stopped, because it does not change or because nobody can
     * see it any more then: a stopped thread's state is "traced".
     *
     * @param threads by the tid that we see
     * @param coredumpFilter which mappings the target's administrator wants in a core
     * @param notes the auxiliary vector
     * @param kernelObjects descriptors, file locks and children, where they were read already
     */
    record Before(
            Map<Long, ThreadFacts> threads,
            ProcessFacts facts,
            long coredumpFilter,
            List<RawNote> notes,
            Optional<KernelObjects> kernelObjects) {
        Before with(KernelObjects objects) {
            return new Before(threads, facts, coredumpFilter, notes, Optional.of(objects));
        }
    }

    Before before(long livingTid, boolean namespaced) {
        return new Before(
                ThreadFacts.ofAll(proc, pid, namespaced),
                new Facts(proc).of(pid, livingTid, Instant.EPOCH),
                coredumpFilter(proc, pid),
                auxiliaryVector(proc.task(pid, livingTid)),
                Optional.empty());
    }

    /** Descriptors, file locks and children as they are now; bounded in time. */
    KernelObjects kernelObjects(Instant now) {
        return new KernelObjectsReader(proc, pid, Limits.defaults()).read(now);
    }

    /** The memory of a frozen copy; whoever asks closes it. */
    LiveMemory memoryOfCopy(Freezer.Frozen frozen) throws TargetException {
        long copy = frozen.copy().pid();
        return LiveMemory.open(
                proc, kernel, machine(frozen.captures()), copy, copy, frozen.unforked());
    }

    /** Everything but the memory itself, of a frozen copy. */
    Contents gatherCopy(
            Before before,
            Freezer.Frozen frozen,
            Optional<Focus> focus,
            MemoryReader memory,
            Instant takenAt) {
        return gather(
                before,
                Focus.applied(focus, frozen.captures()),
                focus,
                memory,
                proc.of(frozen.copy().pid()),
                frozen.unforked(),
                takenAt);
    }

    /** What CPU the target runs on, by the size of its registers. */
    Machine machine(List<ThreadCapture> captures) throws TargetException {
        for (ThreadCapture capture : captures) {
            if (capture.general().isPresent()) {
                int sizeBytes = capture.general().get().length;
                return RegisterLayout.ofSize(sizeBytes)
                        .map(RegisterLayout::machine)
                        .orElseThrow(() -> new TargetException(
                                Kind.UNSUPPORTED,
                                "process %d has registers of %d bytes; x86-64, x86, arm64 and arm are known"
                                        .formatted(pid, sizeBytes)));
            }
        }
        throw Preflight.exited(pid);
    }

    /**
     * Everything but the memory itself.
     *
     * @param folder of /proc where the mappings of the stopped process, or of its copy, are read
     * @param kept mappings and contents that the copy does not have
     * @param focus the thread that it is about
     */
    Contents gather(
            Before before,
            List<ThreadCapture> captures,
            Optional<Focus> focus,
            MemoryReader memory,
            Path folder,
            Unforked kept,
            Instant takenAt) {
        List<Mapping> mappings = kept.added(mappings(folder));
        List<ThreadSnapshot> snapshots = new ArrayList<>();
        CrashReason reason = new CrashReason.OnDemand();
        for (ThreadCapture capture : ordered(captures, focus)) {
            ThreadFacts known = Optional.ofNullable(before.threads().get(capture.tid()))
                    .orElseGet(() -> startedMeanwhile(capture.tid(), before.threads()));
            snapshots.add(thread(capture, known, memory.machine()));
            if (focus.isPresent() && focus.get().isOf(capture)) {
                reason = reason(capture, focus.get(), known.innerTid());
            }
        }
        RegionPolicy policy = new RegionPolicy(before.coredumpFilter(), options);
        List<MemoryRegion> regions =
                mappings.stream().map(policy::decide).map(kept::described).toList();
        Map<Long, List<AddressRange>> populated = populated(folder, mappings);
        kept.addPopulated(populated);
        List<LoadedModule> modules = new ModuleFinder(memory, diagnostics).find(mappings);
        warnOfShared(mappings, regions);
        Optional<JitMapFile> jitMap = jitMap(before.facts());
        return new Contents(
                before.facts().toBuilder().takenAt(takenAt).build(),
                List.copyOf(snapshots),
                List.copyOf(modules),
                regions,
                populated,
                before.notes(),
                reason,
                diagnostics.entries(),
                List.copyOf(warnings),
                Optional.of(proc.of(pid).resolve("root")),
                jitMap,
                before.kernelObjects());
    }

    private Optional<JitMapFile> jitMap(ProcessFacts facts) {
        Optional<StatusFile> status = proc.status(pid);
        if (status.isEmpty()) {
            return Optional.empty();
        }
        return switch (PerfMaps.open(
                proc.of(pid).resolve("root"),
                facts.pid().orElse(pid),
                status.get(),
                facts.startedAt())) {
            case PerfMaps.Found.None _ -> Optional.empty();
            case PerfMaps.Found.Open(JitMapFile file) -> Optional.of(file);
            case PerfMaps.Found.Refused(String path, String why) -> {
                warnings.add("code made at run time has no names: %s %s".formatted(path, why));
                yield Optional.empty();
            }
        };
    }

    static long coredumpFilter(ProcFolder proc, long pid) {
        return ProcFolder.text(proc.of(pid).resolve("coredump_filter"))
                .map(text -> Numbers.parseHex(text.trim()).orElse(RegionPolicy.DEFAULT_FILTER))
                .orElse(RegionPolicy.DEFAULT_FILTER);
    }

    private List<Mapping> mappings(Path folder) {
        List<Mapping> mappings =
                Mapping.parseAll(ProcFolder.bytes(folder.resolve("smaps")).orElse(new byte[0]));
        if (!mappings.isEmpty()) {
            return mappings;
        }
        warnings.add("/proc/PID/smaps cannot be read: which ranges are MADV_DONTDUMP is not known,"
                + " and they are in the dump");
        return Mapping.parseAll(ProcFolder.bytes(folder.resolve("maps")).orElse(new byte[0]));
    }

    /** The one that crashed first, as in the kernel's cores; the others by their ids. */
    private static List<ThreadCapture> ordered(
            List<ThreadCapture> captures, Optional<Focus> focus) {
        return captures.stream()
                .sorted(Comparator.comparing((ThreadCapture capture) ->
                                focus.isEmpty() || !focus.get().isOf(capture))
                        .thenComparingLong(ThreadCapture::tid))
                .toList();
    }

    /** Its state letter would be ours, not its own: left out. */
    private ThreadFacts startedMeanwhile(long tid, Map<Long, ThreadFacts> before) {
        boolean namespaced = before.entrySet().stream()
                .anyMatch(entry -> entry.getKey() != entry.getValue().innerTid());
        ThreadFacts stopped = ThreadFacts.of(proc.task(pid, tid), tid, namespaced);
        return new ThreadFacts(
                stopped.innerTid(),
                stopped.stat()
                        .map(stat -> new StatFile(
                                stat.name(),
                                "",
                                stat.parentPid(),
                                stat.flags(),
                                stat.userTicks(),
                                stat.kernelTicks(),
                                stat.startTicks())),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    private ThreadSnapshot thread(ThreadCapture capture, ThreadFacts known, Machine machine) {
        Optional<RegisterContext> registers = Optional.empty();
        List<RawNote> notes = new ArrayList<>();
        try {
            Optional<RegisterLayout> layout =
                    capture.general().flatMap(bytes -> RegisterLayout.ofSize(bytes.length));
            if (layout.isPresent()) {
                registers = Optional.of(layout.get().read(capture.general().orElseThrow()));
            } else {
                registers = machine.cpu().flatMap(known::place);
                warnings.add("thread %d waits in the kernel and could not be stopped: %s"
                        .formatted(
                                known.innerTid(),
                                registers.isPresent()
                                        ? "of its registers only the stack pointer and the place are known"
                                        : "its registers are not known"));
            }
            if (capture.signal().isPresent()) {
                notes.add(capture.signal().get().note(machine.pointerSizeBytes() == 4));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "thread " + known.innerTid() + " lacks its registers");
        }
        notes.addAll(capture.notes());
        return new ThreadSnapshot(
                known.innerTid(),
                known.stat().map(StatFile::name),
                known.stat().map(StatFile::state).filter(state -> !state.isEmpty()),
                registers,
                notes,
                known.stat().map(StatFile::userTime),
                known.stat().map(StatFile::kernelTime),
                machine.cpu().flatMap(known::waitChannel));
    }

    private CrashReason reason(ThreadCapture capture, Focus focus, long innerTid) {
        if (capture.signal().isPresent()) {
            try {
                return capture.signal().get().reason(innerTid);
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "only the signal's number is known");
            }
        }
        int number = capture.owedSignal() != 0
                ? capture.owedSignal()
                : focus.endedBy().orElse(0);
        if (number == 0) {
            return new CrashReason.OnDemand();
        }
        return new CrashReason.Signal(
                number, OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty(), innerTid);
    }

    private Map<Long, List<AddressRange>> populated(Path folder, List<Mapping> mappings) {
        long pagemap = kernel.openForReading(folder.resolve("pagemap"));
        if (pagemap < 0) {
            warnings.add("/proc/PID/pagemap cannot be opened (" + Errno.name((int) -pagemap)
                    + "): untouched memory is copied as well, as zeros");
            return new HashMap<>();
        }
        try {
            return new PopulatedPages(kernel, pagemap).find(mappings);
        } finally {
            kernel.close(pagemap);
        }
    }

    private void warnOfShared(List<Mapping> mappings, List<MemoryRegion> regions) {
        boolean shared = false;
        for (int index = 0; index < mappings.size(); index++) {
            shared |= mappings.get(index).shared()
                    && mappings.get(index).permissions().contains("w")
                    && regions.get(index).presentBytes() > 0;
        }
        if (shared) {
            warnings.add(
                    "shared memory is in the dump and was not frozen: other processes, and after a"
                            + " snapshot the process itself, may have changed it while it was copied");
        }
    }

    private static List<RawNote> auxiliaryVector(Path folder) {
        return ProcFolder.bytes(folder.resolve("auxv"))
                .filter(bytes -> bytes.length > 0)
                .map(bytes -> List.of(new RawNote("CORE", NT_AUXV, bytes)))
                .orElse(List.of());
    }
}
