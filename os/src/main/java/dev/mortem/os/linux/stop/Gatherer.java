package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.proc.Facts;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.RegisterLayout;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads what a snapshot holds, while the target's threads stand. Belongs to the thread that traces. */
final class Gatherer {
    /** elf.h: the auxiliary vector. */
    private static final long NT_AUXV = 6;

    /** FXSAVE, which NT_FPREGSET holds on x86-64, is the first part of XSAVE (Intel SDM 1, 13.4.1). */
    private static final int FXSAVE_BYTES = 512;

    private final ProcFolder proc;
    private final Facts facts;
    private final Kernel kernel;
    private final Ptrace ptrace;
    private final long pid;
    private final SnapshotOptions options;
    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final List<String> warnings = new ArrayList<>();

    Gatherer(ProcFolder proc, Kernel kernel, Ptrace ptrace, long pid, SnapshotOptions options) {
        this.proc = proc;
        this.facts = new Facts(proc);
        this.kernel = kernel;
        this.ptrace = ptrace;
        this.pid = pid;
        this.options = options;
    }

    /**
     * Does the costly parts once while the target runs, and forgets what came of it: the first time, a JVM
     * loads the classes that it needs, which would be 20 to 30 ms of pause.
     */
    void rehearse(long livingTid) {
        Path folder = proc.task(pid, livingTid);
        facts.of(pid, livingTid, Instant.EPOCH);
        long descriptor = kernel.openForReading(folder.resolve("mem"));
        if (descriptor < 0) {
            return; // it cannot be read: the real attempt says why
        }
        try {
            StoppedMemory memory = new StoppedMemory(Machine.of(Cpu.X86_64), descriptor);
            List<Mapping> mappings =
                    Mapping.parseAll(ProcFolder.bytes(folder.resolve("maps")).orElse(new byte[0]));
            new ModuleFinder(memory, new DiagnosticLog()).find(mappings);
            RegionPolicy policy = new RegionPolicy(coredumpFilter(proc, pid), options);
            mappings.forEach(policy::decide);
            RegisterLayout.X86_64.read(new byte[RegisterLayout.X86_64.sizeBytes()]);
        } catch (MalformedException impossible) {
            throw new IllegalStateException("a register set of its own size", impossible);
        } finally {
            kernel.close(descriptor);
        }
    }

    /** The layout of the target's registers, which says what CPU it runs on. */
    RegisterLayout layout(TracedThreads threads) throws TargetException {
        for (Traced thread : threads.all()) {
            Optional<byte[]> set = ptrace.registers(thread.tid(), Ptrace.NT_PRSTATUS);
            if (set.isPresent()) {
                return RegisterLayout.ofSize(set.get().length)
                        .orElseThrow(() -> new TargetException(
                                Kind.UNSUPPORTED,
                                "process %d has registers of %d bytes; x86-64, x86, arm64 and arm are known"
                                        .formatted(pid, set.get().length)));
            }
        }
        throw Preflight.exited(pid);
    }

    /** An open /proc/PID/mem of a thread that lives. */
    long openMemory(long livingTid) throws TargetException {
        Path file = proc.task(pid, livingTid).resolve("mem");
        long descriptor = kernel.openForReading(file);
        if (descriptor < 0) {
            throw new TargetException(
                    descriptor == -Errno.ENOENT || descriptor == -Errno.ESRCH
                            ? Kind.EXITED
                            : Kind.NOT_PERMITTED,
                    "the memory of process %d cannot be opened: %s: %s"
                            .formatted(pid, file, Errno.name((int) -descriptor)));
        }
        return descriptor;
    }

    /**
     * Everything but the memory itself.
     *
     * @param before what was known of the threads while they ran
     * @param crashed the thread that is about to die of the signal that it is owed
     */
    StoppedProcess.Contents gather(
            TracedThreads threads,
            Map<Long, ThreadFacts> before,
            Optional<Traced> crashed,
            StoppedMemory memory,
            long livingTid,
            Instant takenAt) {
        Path folder = proc.task(pid, livingTid);
        List<Mapping> mappings = mappings(folder);
        List<ThreadSnapshot> snapshots = new ArrayList<>();
        CrashReason reason = new CrashReason.OnDemand();
        for (Traced thread : ordered(threads, crashed)) {
            ThreadFacts known = Optional.ofNullable(before.get(thread.tid()))
                    .orElseGet(() -> startedMeanwhile(thread.tid(), before));
            Optional<SignalInfo> signal = thread.owedSignal() == 0
                    ? Optional.empty()
                    : ptrace.signalInfo(thread.tid()).map(SignalInfo::new);
            snapshots.add(thread(thread, known, signal, memory.machine()));
            if (crashed.isPresent() && crashed.get() == thread) {
                reason = reason(thread, known.innerTid(), signal);
            }
        }
        RegionPolicy policy = new RegionPolicy(coredumpFilter(proc, pid), options);
        List<MemoryRegion> regions = mappings.stream().map(policy::decide).toList();
        Map<Long, List<AddressRange>> populated = populated(folder, mappings);
        List<LoadedModule> modules = new ModuleFinder(memory, diagnostics).find(mappings);
        warnOfShared(mappings, regions);
        return new StoppedProcess.Contents(
                facts.of(pid, livingTid, takenAt),
                List.copyOf(snapshots),
                List.copyOf(modules),
                regions,
                populated,
                auxiliaryVector(folder),
                reason,
                diagnostics.entries(),
                List.copyOf(warnings),
                Optional.of(proc.of(livingTid).resolve("root")));
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
    private static List<Traced> ordered(TracedThreads threads, Optional<Traced> crashed) {
        List<Traced> ordered = new ArrayList<>(threads.all());
        ordered.sort(Comparator.comparing(
                        (Traced thread) -> crashed.isEmpty() || crashed.get() != thread)
                .thenComparingLong(Traced::tid));
        return ordered;
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
                Optional.empty());
    }

    private ThreadSnapshot thread(
            Traced thread, ThreadFacts known, Optional<SignalInfo> signal, Machine machine) {
        Optional<RegisterContext> registers = Optional.empty();
        List<RawNote> notes = new ArrayList<>();
        try {
            Optional<byte[]> set = ptrace.registers(thread.tid(), Ptrace.NT_PRSTATUS);
            Optional<RegisterLayout> layout =
                    set.flatMap(bytes -> RegisterLayout.ofSize(bytes.length));
            if (set.isPresent() && layout.isPresent()) {
                registers = Optional.of(layout.get().read(set.get()));
            }
            if (signal.isPresent()) {
                notes.add(signal.get().note(machine.pointerSizeBytes() == 4));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "thread " + known.innerTid() + " lacks its registers");
        }
        notes.addAll(vectorRegisters(thread.tid(), machine));
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

    private List<RawNote> vectorRegisters(long tid, Machine machine) {
        List<RawNote> notes = new ArrayList<>();
        switch (machine.cpu().orElseThrow()) {
            case X86_64 -> {
                Optional<byte[]> xsave = ptrace.registers(tid, Ptrace.NT_X86_XSTATE);
                Optional<byte[]> fxsave = xsave.filter(bytes -> bytes.length >= FXSAVE_BYTES)
                        .map(bytes -> Arrays.copyOf(bytes, FXSAVE_BYTES))
                        .or(() -> ptrace.registers(tid, Ptrace.NT_PRFPREG));
                fxsave.ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                xsave.ifPresent(bytes -> notes.add(linux(Ptrace.NT_X86_XSTATE, bytes)));
            }
            case X86 -> {
                // a 32-bit tracee's NT_PRFPREG has a form of its own: 108 bytes of FSAVE
                ptrace.registers(tid, Ptrace.NT_PRFPREG)
                        .ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                ptrace.registers(tid, Ptrace.NT_X86_XSTATE)
                        .ifPresent(bytes -> notes.add(linux(Ptrace.NT_X86_XSTATE, bytes)));
            }
            case ARM64, ARM -> {
                ptrace.registers(tid, Ptrace.NT_PRFPREG)
                        .ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                ptrace.registers(tid, Ptrace.NT_ARM_TLS)
                        .ifPresent(bytes -> notes.add(linux(Ptrace.NT_ARM_TLS, bytes)));
            }
        }
        return notes;
    }

    private static RawNote core(long type, byte[] content) {
        return new RawNote("CORE", type, content);
    }

    private static RawNote linux(long type, byte[] content) {
        return new RawNote("LINUX", type, content);
    }

    private CrashReason reason(Traced thread, long innerTid, Optional<SignalInfo> signal) {
        if (signal.isPresent()) {
            try {
                return signal.get().reason(innerTid);
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "only the signal's number is known");
            }
        }
        return new CrashReason.Signal(
                thread.owedSignal(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                innerTid);
    }

    private Map<Long, List<AddressRange>> populated(Path folder, List<Mapping> mappings) {
        long pagemap = kernel.openForReading(folder.resolve("pagemap"));
        if (pagemap < 0) {
            warnings.add("/proc/PID/pagemap cannot be opened (" + Errno.name((int) -pagemap)
                    + "): untouched memory is copied as well, as zeros");
            return Map.of();
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
                    "shared memory is in the dump; other processes may have changed it while it"
                            + " was copied");
        }
    }

    private List<RawNote> auxiliaryVector(Path folder) {
        return ProcFolder.bytes(folder.resolve("auxv"))
                .filter(bytes -> bytes.length > 0)
                .map(bytes -> List.of(new RawNote("CORE", NT_AUXV, bytes)))
                .orElse(List.of());
    }
}
