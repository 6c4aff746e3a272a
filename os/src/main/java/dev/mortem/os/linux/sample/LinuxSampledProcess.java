package dev.mortem.os.linux.sample;

import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ProcessSampler.SampledProcess;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.ThreadSample;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.limit.CgroupFigures;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** One process: the files that its plan needs, and no other, are open. */
final class LinuxSampledProcess implements SampledProcess {
    private static final long NANOS_PER_TICK = 1_000_000_000L / StatFile.TICKS_PER_SECOND;

    /** Quotas and affinities are settings: they change when somebody changes them. */
    private static final int SETTINGS_EVERY_SAMPLES = 10;

    private static final Set<Figure> OF_STATM =
            Set.of(Figure.PRIVATE_BYTES, Figure.RESIDENT_BYTES, Figure.VIRTUAL_BYTES);
    private static final Set<Figure> OF_STAT = Set.of(Figure.THREADS, Figure.MAJOR_FAULTS);
    private static final Set<Figure> OF_IO = Set.of(Figure.READ_BYTES, Figure.WRITTEN_BYTES);

    private final LinuxSampler sampler;
    private final Kernel kernel;
    private final KernelText text;
    private final Path folder;
    private final long pid;
    private final long pidfd;
    private final SamplePlan plan;
    private final Optional<String> program;
    private final boolean hasCpuClock;
    private final Map<String, KernelFile> files = new TreeMap<>();
    private final Map<Long, KernelFile> threadFiles = new TreeMap<>();
    private final CgroupFigures cgroup;
    private OptionalLong quotaMillicores = OptionalLong.empty();
    private OptionalLong affinityCores = OptionalLong.empty();
    private int samples;

    LinuxSampledProcess(LinuxSampler sampler, long pid, long pidfd, SamplePlan plan) {
        this.sampler = sampler;
        this.kernel = sampler.kernel();
        this.text = sampler.text();
        this.folder = sampler.proc().of(pid);
        this.pid = pid;
        this.pidfd = pidfd;
        this.plan = plan;
        this.program = ProcFolder.link(folder.resolve("exe"));
        this.hasCpuClock = kernel.processCpuNanos(pid) > 0;
        this.cgroup = CgroupFigures.of(sampler.proc(), sampler.cgroupRoot(), pid, plan.figures());
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public boolean hasEnded() {
        return kernel.pollForInput(pidfd, 0);
    }

    @Override
    public boolean hasNewProgram() {
        Optional<String> now = ProcFolder.link(folder.resolve("exe"));
        return now.isPresent() && !now.equals(program);
    }

    @Override
    public ProcessSample sample() {
        ProcessSample.Builder sample = ProcessSample.at(System.nanoTime());
        if (hasEnded()) {
            return sample.build(); // what still can be asked would be of its remains
        }
        readCpu(sample);
        readMemory(sample);
        readDisk(sample);
        if (wants(Figure.DESCRIPTORS)) {
            sample.set(Figure.DESCRIPTORS, descriptors());
        }
        readSettings(sample);
        cgroup.readInto(sample);
        if (plan.threads()) {
            readThreads(sample);
        }
        if (plan.modules()) {
            modules().ifPresent(sample::modules);
        }
        return sample.build();
    }

    private boolean wants(Figure figure) {
        return plan.figures().contains(figure);
    }

    private boolean wantsAnyOf(Set<Figure> figures) {
        return figures.stream().anyMatch(this::wants);
    }

    private boolean read(String name) {
        return files.computeIfAbsent(name, key -> new KernelFile(kernel, folder.resolve(key)))
                .readInto(text);
    }

    /** The process's clock counts in ns; stat, for kernels that deny the clock, in hundredths of a second. */
    private void readCpu(ProcessSample.Builder sample) {
        boolean wantsCpu = wants(Figure.CPU_NANOS);
        if (wantsCpu && hasCpuClock) {
            long nanos = kernel.processCpuNanos(pid);
            if (nanos >= 0) {
                sample.set(Figure.CPU_NANOS, nanos);
            }
        }
        boolean needsStat = wantsAnyOf(OF_STAT) || (wantsCpu && !hasCpuClock);
        if (needsStat && read("stat")) {
            sample.set(Figure.MAJOR_FAULTS, text.statField(12));
            sample.set(Figure.THREADS, text.statField(20));
            OptionalLong user = text.statField(14);
            OptionalLong system = text.statField(15);
            if (!hasCpuClock && user.isPresent() && system.isPresent()) {
                long ticks = user.getAsLong() + system.getAsLong();
                sample.set(Figure.CPU_NANOS, ticks * NANOS_PER_TICK);
            }
        }
    }

    /** statm: size, resident, shared; what is resident and not shared with a file is anonymous. */
    private void readMemory(ProcessSample.Builder sample) {
        if (wantsAnyOf(OF_STATM) && read("statm")) {
            OptionalLong resident = text.number(1);
            OptionalLong shared = text.number(2);
            sample.set(Figure.VIRTUAL_BYTES, bytes(text.number(0), sampler.pageBytes()));
            sample.set(Figure.RESIDENT_BYTES, bytes(resident, sampler.pageBytes()));
            if (resident.isPresent() && shared.isPresent()) {
                long anonymous = (resident.getAsLong() - shared.getAsLong()) * sampler.pageBytes();
                long swapped = swappedBytes();
                sample.set(Figure.PRIVATE_BYTES, anonymous + swapped);
            }
        }
        if (wants(Figure.UNIQUE_BYTES) && read("smaps_rollup")) {
            OptionalLong dirty = text.value("Private_Dirty:");
            OptionalLong clean = text.value("Private_Clean:");
            if (dirty.isPresent() && clean.isPresent()) {
                long kib = dirty.getAsLong()
                        + clean.getAsLong()
                        + text.value("SwapPss:").orElse(0);
                sample.set(Figure.UNIQUE_BYTES, kib * 1024);
            }
        }
    }

    private long swappedBytes() {
        boolean isAsked = sampler.hasSwap() && wants(Figure.PRIVATE_BYTES) && read("status");
        return isAsked ? text.value("VmSwap:").orElse(0) * 1024 : 0;
    }

    private static OptionalLong bytes(OptionalLong pages, long unit) {
        return pages.isPresent() ? OptionalLong.of(pages.getAsLong() * unit) : pages;
    }

    private void readDisk(ProcessSample.Builder sample) {
        if (wantsAnyOf(OF_IO) && read("io")) {
            sample.set(Figure.READ_BYTES, text.value("read_bytes:"));
            sample.set(Figure.WRITTEN_BYTES, text.value("write_bytes:"));
        }
    }

    /** Since Linux 6.2 the folder's size is their number; before it is 0, and they are counted. */
    private OptionalLong descriptors() {
        Path descriptors = folder.resolve("fd");
        try {
            long size = Files.size(descriptors);
            return OptionalLong.of(size > 0 ? size : count(descriptors));
        } catch (IOException | SecurityException notOurs) {
            return OptionalLong.empty();
        }
    }

    private static long count(Path folder) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                count += entry.getNameCount() > 0 ? 1 : 0;
            }
        } catch (DirectoryIteratorException gone) {
            throw gone.getCause();
        }
        return count;
    }

    private void readSettings(ProcessSample.Builder sample) {
        if (samples++ % SETTINGS_EVERY_SAMPLES == 0) {
            quotaMillicores = cgroup.quotaMillicores();
            affinityCores = wants(Figure.AFFINITY_CORES) ? affinity() : OptionalLong.empty();
        }
        sample.set(Figure.MACHINE_CORES, sampler.machineCores());
        sample.set(Figure.QUOTA_MILLICORES, quotaMillicores);
        sample.set(Figure.AFFINITY_CORES, affinityCores);
    }

    private OptionalLong affinity() {
        return ProcFolder.text(folder.resolve("status"))
                .map(StatusFile::parse)
                .flatMap(status -> status.value("Cpus_allowed_list"))
                .map(CpuList::count)
                .orElse(OptionalLong.empty());
    }

    /** schedstat: ns on a processor, ns waiting for one, how often it got one. */
    private void readThreads(ProcessSample.Builder sample) {
        List<Long> tids = sampler.proc().tids(pid);
        List<ThreadSample> threads = new ArrayList<>(tids.size());
        for (long tid : tids) {
            boolean known = threadFiles
                    .computeIfAbsent(
                            tid,
                            key -> new KernelFile(
                                    kernel, sampler.proc().task(pid, key).resolve("schedstat")))
                    .readInto(text);
            OptionalLong nanos = text.number(0);
            OptionalLong runs = text.number(2);
            if (known && nanos.isPresent() && runs.isPresent()) {
                threads.add(new ThreadSample(tid, nanos.getAsLong(), runs.getAsLong()));
            }
        }
        if (threadFiles.size() > tids.size()) {
            forgetAllBut(Set.copyOf(tids));
        }
        if (!threads.isEmpty()) {
            sample.threads(threads);
        }
    }

    private void forgetAllBut(Set<Long> tids) {
        threadFiles.entrySet().removeIf(entry -> {
            boolean gone = !tids.contains(entry.getKey());
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
    }

    private Optional<Set<String>> modules() {
        return ProcFolder.text(folder.resolve("maps")).map(ModuleNames::of);
    }

    @Override
    public void close() {
        files.values().forEach(KernelFile::close);
        threadFiles.values().forEach(KernelFile::close);
        kernel.close(pidfd);
    }
}
