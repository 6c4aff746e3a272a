package dev.mortem.os.linux;

import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessList;
import dev.mortem.os.RuntimeKind;
import dev.mortem.os.linux.proc.Cgroups;
import dev.mortem.os.linux.proc.Facts;
import dev.mortem.os.linux.proc.ListeningPorts;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.RuntimeKinds;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Processes read straight from /proc. */
final class LinuxProcessList implements ProcessList {
    private final ProcFolder proc;
    private final Facts facts;
    private final RuntimeKinds kinds;

    LinuxProcessList(ProcFolder proc) {
        this.proc = proc;
        this.facts = new Facts(proc);
        this.kinds = new RuntimeKinds(proc);
    }

    /** CPU time used so far, and when it was asked for. */
    private record CpuSample(StatFile stat, long nanos) {}

    @Override
    public List<ProcessEntry> list(Duration cpuWindow) {
        Map<Long, CpuSample> before = new HashMap<>();
        if (!cpuWindow.isZero()) {
            proc.pids().forEach(pid -> sample(pid).ifPresent(known -> before.put(pid, known)));
            awaitWindow(cpuWindow);
        }
        Map<Long, CpuSample> now = new HashMap<>();
        List<Long> pids = proc.pids();
        pids.forEach(pid -> sample(pid).ifPresent(known -> now.put(pid, known)));
        ListeningPorts ports = new ListeningPorts(proc);
        List<ProcessEntry> entries = new ArrayList<>();
        for (long pid : pids) {
            Optional<CpuSample> latest = Optional.ofNullable(now.get(pid));
            OptionalDouble cpu = latest.isPresent()
                    ? cpuPercent(Optional.ofNullable(before.get(pid)), latest.get())
                    : OptionalDouble.empty();
            latest.flatMap(known -> entry(pid, known.stat, cpu, ports, true))
                    .ifPresent(entries::add);
        }
        return entries;
    }

    @Override
    public List<ProcessEntry> find(Predicate<ProcessEntry> fits, boolean byPort) {
        ListeningPorts ports = new ListeningPorts(proc);
        return proc.pids().stream()
                .filter(pid -> glance(pid, byPort ? ports.of(pid) : List.of())
                        .filter(fits)
                        .isPresent())
                .flatMap(pid -> entry(pid).stream())
                .toList();
    }

    /** What costs little: neither maps nor page tables are asked for. */
    private Optional<ProcessEntry> glance(long pid, List<Integer> ports) {
        return sample(pid)
                .map(known -> entry(
                        pid,
                        known.stat,
                        Facts.executable(proc.of(pid)),
                        RuntimeKind.NATIVE,
                        Optional.empty(),
                        OptionalDouble.empty(),
                        ports,
                        OptionalLong.empty()));
    }

    @Override
    public Optional<ProcessEntry> entry(long pid) {
        boolean isThread = proc.status(pid)
                .map(status -> status.number("Tgid").orElse(pid) != pid)
                .orElse(true);
        return isThread
                ? Optional.empty()
                : proc.stat(pid)
                        .flatMap(stat -> entry(
                                pid,
                                stat,
                                OptionalDouble.empty(),
                                new ListeningPorts(proc),
                                false));
    }

    private Optional<CpuSample> sample(long pid) {
        return proc.stat(pid)
                .filter(stat -> !stat.isKernelThread())
                .map(stat -> new CpuSample(stat, System.nanoTime()));
    }

    private static void awaitWindow(Duration window) {
        long end = System.nanoTime() + window.toNanos();
        for (long left = window.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                return; // a shorter window measures less well, and the caller wants to go
            }
        }
    }

    /** Empty for a process that started within the window, or whose pid was used again. */
    private static OptionalDouble cpuPercent(Optional<CpuSample> before, CpuSample now) {
        if (before.isEmpty() || before.get().stat.startTicks() != now.stat.startTicks()) {
            return OptionalDouble.empty();
        }
        long ticks = now.stat.userTicks()
                + now.stat.kernelTicks()
                - before.get().stat.userTicks()
                - before.get().stat.kernelTicks();
        double seconds = (now.nanos - before.get().nanos) / 1e9;
        return seconds <= 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(100.0 * ticks / StatFile.TICKS_PER_SECOND / seconds);
    }

    /** @param exact whether the kernel may walk all page tables for the private memory: 20 ms a GiB */
    private Optional<ProcessEntry> entry(
            long pid, StatFile stat, OptionalDouble cpu, ListeningPorts ports, boolean exact) {
        Optional<StatusFile> status = proc.status(pid);
        boolean ended = stat.isDead()
                && status.flatMap(known -> known.value("Threads")).orElse("1").equals("1");
        if (ended || stat.isKernelThread() || status.isEmpty()) {
            return Optional.empty();
        }
        Path folder = proc.of(pid);
        Optional<String> executable = Facts.executable(folder);
        return Optional.of(entry(
                pid,
                stat,
                executable,
                kinds.of(pid, executable),
                status,
                cpu,
                ports.of(pid),
                exact ? privateBytes(folder, status.get()) : anonymousBytes(status.get())));
    }

    private ProcessEntry entry(
            long pid,
            StatFile stat,
            Optional<String> executable,
            RuntimeKind kind,
            Optional<StatusFile> status,
            OptionalDouble cpu,
            List<Integer> ports,
            OptionalLong privateBytes) {
        Path folder = proc.of(pid);
        Cgroups cgroups =
                Cgroups.parse(ProcFolder.text(folder.resolve("cgroup")).orElse(""));
        OptionalLong threads =
                status.map(known -> known.number("Threads")).orElse(OptionalLong.empty());
        return new ProcessEntry(
                pid,
                stat.parentPid() > 0 ? OptionalLong.of(stat.parentPid()) : OptionalLong.empty(),
                executable
                        .map(path -> path.substring(path.lastIndexOf('/') + 1))
                        .orElse(stat.name()),
                status.flatMap(facts::user),
                kind,
                cgroups.unit(),
                cgroups.container(),
                ports,
                cpu,
                privateBytes,
                threads.isPresent()
                        ? OptionalInt.of((int) threads.getAsLong())
                        : OptionalInt.empty(),
                facts.startedAt(stat),
                executable.flatMap(LinuxProcessList::path),
                ProcFolder.strings(folder.resolve("cmdline")));
    }

    /** Empty for a name that has none in the characters of our own locale, such as C. */
    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException foreign) {
            return Optional.empty();
        }
    }

    /**
     * Private_Clean, Private_Dirty and Swap of smaps_rollup; where that may not be read, anonymous
     * memory, which is nearly the same for a process that was not forked from a large one.
     */
    private static OptionalLong privateBytes(Path folder, StatusFile status) {
        Optional<StatusFile> rollup =
                ProcFolder.text(folder.resolve("smaps_rollup")).map(StatusFile::parse);
        if (rollup.isPresent() && rollup.get().bytes("Private_Dirty").isPresent()) {
            return OptionalLong.of(rollup.get().bytes("Private_Dirty").orElse(0)
                    + rollup.get().bytes("Private_Clean").orElse(0)
                    + rollup.get().bytes("SwapPss").orElse(0));
        }
        return anonymousBytes(status);
    }

    private static OptionalLong anonymousBytes(StatusFile status) {
        OptionalLong anonymous = status.bytes("RssAnon");
        return anonymous.isPresent()
                ? OptionalLong.of(anonymous.getAsLong() + status.bytes("VmSwap").orElse(0))
                : anonymous;
    }
}
