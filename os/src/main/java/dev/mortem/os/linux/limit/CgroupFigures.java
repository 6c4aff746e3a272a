package dev.mortem.os.linux.limit;

import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What the cgroups of a process say of their memory, their CPU quota and their pressure, of version 1 or 2
 * (cgroup-v2.rst "Memory Interface Files", "CPU Interface Files"; cgroup-v1/memory.rst; sched-bwc.rst;
 * psi.rst). Only the files that are wanted are found and read. Belongs to one thread.
 */
public final class CgroupFigures {
    private static final Set<Figure> OF_LIMIT =
            Set.of(Figure.CGROUP_LIMIT_BYTES, Figure.CGROUP_LIMIT_USED_BYTES);

    /** A pressure counter: which file, which line. */
    private record Pressure(Figure figure, SmallFile file, String line) {}

    private final Optional<MemoryCgroups> limits;
    private final Optional<SmallFile> memory;
    private final Optional<SmallFile> kills;
    private final List<QuotaFiles> quotas;
    private final List<Pressure> pressures;

    private CgroupFigures(
            Optional<MemoryCgroups> limits,
            Optional<SmallFile> memory,
            Optional<SmallFile> kills,
            List<QuotaFiles> quotas,
            List<Pressure> pressures) {
        this.limits = limits;
        this.memory = memory;
        this.kills = kills;
        this.quotas = quotas;
        this.pressures = pressures;
    }

    /**
     * Finds the files; when the process moves to another cgroup later, that is not seen.
     *
     * @param cgroupRoot what is /sys/fs/cgroup
     */
    public static CgroupFigures of(ProcFolder proc, Path cgroupRoot, long pid, Set<Figure> wanted) {
        boolean wantsMemory =
                wanted.contains(Figure.CGROUP_BYTES) || wanted.contains(Figure.OOM_KILLS);
        Optional<CgroupChain> memory =
                wantsMemory ? CgroupChain.of(proc, cgroupRoot, pid, "memory") : Optional.empty();
        return new CgroupFigures(
                wanted.stream().anyMatch(OF_LIMIT::contains)
                        ? Optional.of(MemoryCgroups.of(proc, cgroupRoot, pid))
                        : Optional.empty(),
                file(memory, "memory.current", "memory.usage_in_bytes"),
                file(memory, "memory.events", "memory.oom_control"),
                wanted.contains(Figure.QUOTA_MILLICORES)
                        ? QuotaFiles.of(CgroupChain.of(proc, cgroupRoot, pid, "cpu"))
                        : List.of(),
                pressures(proc, cgroupRoot, pid, wanted));
    }

    /** Of the process's own cgroup. */
    private static Optional<SmallFile> file(
            Optional<CgroupChain> chain, String unifiedName, String version1Name) {
        return chain.filter(found -> !found.levels().isEmpty())
                .map(found -> found.levels()
                        .getFirst()
                        .folder()
                        .resolve(found.isUnified() ? unifiedName : version1Name))
                .filter(Files::isReadable)
                .map(SmallFile::new);
    }

    private static List<Pressure> pressures(
            ProcFolder proc, Path cgroupRoot, long pid, Set<Figure> wanted) {
        List<Figure> figures = wanted.stream()
                .filter(figure -> figure.name().startsWith("PRESSURE_"))
                .toList();
        if (figures.isEmpty()) {
            return List.of();
        }
        Optional<Path> own = CgroupChain.unified(proc, cgroupRoot, pid)
                .filter(chain -> !chain.levels().isEmpty())
                .map(chain -> chain.levels().getFirst().folder());
        return figures.stream().map(figure -> pressure(figure, own, proc)).toList();
    }

    /** Of the cgroup, where it keeps it; else of the whole machine. */
    private static Pressure pressure(Figure figure, Optional<Path> cgroup, ProcFolder proc) {
        String[] parts = figure.name().split("_", -1);
        String resource = parts[1].toLowerCase(Locale.ROOT);
        String line = parts[2].toLowerCase(Locale.ROOT);
        Path file = cgroup.map(folder -> folder.resolve(resource + ".pressure"))
                .filter(Files::isReadable)
                .orElse(proc.root().resolve("pressure").resolve(resource));
        return new Pressure(figure, new SmallFile(file), line);
    }

    /** Reads everything but the quota. */
    public void readInto(ProcessSample.Builder sample) {
        limits.flatMap(MemoryCgroups::tightest).ifPresent(tightest -> {
            sample.set(Figure.CGROUP_LIMIT_BYTES, tightest.limitBytes());
            sample.set(
                    Figure.CGROUP_LIMIT_USED_BYTES,
                    tightest.limitBytes() - tightest.headroomBytes());
        });
        memory.ifPresent(file -> sample.set(Figure.CGROUP_BYTES, file.number()));
        kills.flatMap(SmallFile::text)
                .ifPresent(text -> sample.set(Figure.OOM_KILLS, SmallFile.value(text, "oom_kill")));
        for (Pressure each : pressures) {
            each.file.text().ifPresent(text -> sample.set(each.figure, total(text, each.line)));
        }
    }

    /** "some avg10=0.00 avg60=0.00 avg300=0.00 total=123": the counter, in us. */
    private static OptionalLong total(String text, String line) {
        return text.lines()
                .filter(each -> each.startsWith(line + " "))
                .map(each -> each.substring(each.lastIndexOf('=') + 1).strip())
                .map(Numbers::parseUnsigned)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    /** The smallest quota, in thousandths of a processor; empty where there is none. */
    public OptionalLong quotaMillicores() {
        return quotas.stream()
                .map(QuotaFiles::millicores)
                .filter(OptionalLong::isPresent)
                .mapToLong(OptionalLong::getAsLong)
                .min();
    }
}
