package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.MIB;
import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** Figures of cgroups, in fake trees of both versions. */
class CgroupFiguresTest {
    private static final Set<Figure> ALL = Set.copyOf(EnumSet.allOf(Figure.class));

    @TempDir
    Path folder;

    private static CgroupFigures figures(FakeTree tree, Set<Figure> wanted) {
        return CgroupFigures.of(tree.proc(), tree.cgroupRoot(), PID, wanted);
    }

    private static ProcessSample read(FakeTree tree) {
        ProcessSample.Builder sample = ProcessSample.at(0);
        figures(tree, ALL).readInto(sample);
        return sample.build();
    }

    @Test
    void version2TellsMemoryKillsQuotaAndPressure() {
        FakeTree tree = FakeTree.unified(folder, "/pods/shop")
                .memory("pods", 4096, 3000)
                .memory("pods/shop", 512, 500)
                .cgroup("pods/shop/memory.events", "low 0\noom 3\noom_kill 2\n")
                .cgroup("pods/cpu.max", "max 100000\n")
                .cgroup("pods/shop/cpu.max", "150000 100000\n")
                .cgroup(
                        "pods/shop/memory.pressure",
                        "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=33\n")
                .proc("pressure/io", "some avg10=1.00 avg60=0.00 avg300=0.00 total=900\n");
        ProcessSample sample = read(tree);
        assertThat(sample.get(Figure.CGROUP_BYTES)).hasValue(500 * MIB);
        assertThat(sample.get(Figure.CGROUP_LIMIT_BYTES)).hasValue(512 * MIB);
        assertThat(sample.get(Figure.CGROUP_LIMIT_USED_BYTES)).hasValue(500 * MIB);
        assertThat(sample.get(Figure.OOM_KILLS)).hasValue(2);
        assertThat(sample.get(Figure.PRESSURE_MEMORY_SOME_MICROS)).hasValue(77);
        assertThat(sample.get(Figure.PRESSURE_MEMORY_FULL_MICROS)).hasValue(33);
        assertThat(sample.get(Figure.PRESSURE_IO_SOME_MICROS)).hasValue(900);
        assertThat(sample.get(Figure.PRESSURE_IO_FULL_MICROS)).isEmpty();
        assertThat(sample.get(Figure.PRESSURE_CPU_SOME_MICROS)).isEmpty();
        assertThat(figures(tree, ALL).quotaMillicores()).hasValue(1500);
    }

    @Test
    void version1TellsMemoryAndKills() {
        FakeTree tree = FakeTree.version1(folder, "memory", "/shop")
                .cgroup("memory/shop/memory.usage_in_bytes", "7000000\n")
                .cgroup(
                        "memory/shop/memory.oom_control",
                        "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
        ProcessSample sample = read(tree);
        assertThat(sample.get(Figure.CGROUP_BYTES)).hasValue(7_000_000);
        assertThat(sample.get(Figure.OOM_KILLS)).hasValue(4);
        assertThat(sample.get(Figure.CGROUP_LIMIT_BYTES)).isEmpty();
    }

    @Test
    void version1sQuotaStandsInTwoFiles() {
        FakeTree tree = FakeTree.version1(folder, "cpu", "/shop")
                .cgroup("cpu/cpu.cfs_quota_us", "-1\n")
                .cgroup("cpu/cpu.cfs_period_us", "100000\n")
                .cgroup("cpu/shop/cpu.cfs_quota_us", "50000\n")
                .cgroup("cpu/shop/cpu.cfs_period_us", "100000\n");
        assertThat(figures(tree, ALL).quotaMillicores()).hasValue(500);
    }

    @Test
    void withoutAQuotaThereIsNone() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .cgroup("cpu.max", "max 100000\n")
                .cgroup("shop/cpu.max", "max 100000\n");
        assertThat(figures(tree, ALL).quotaMillicores()).isEmpty();
        assertThat(figures(FakeTree.unified(folder, "/gone"), ALL).quotaMillicores())
                .isEmpty();
    }

    @Test
    void whatNobodyWantsIsNotRead() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 500)
                .cgroup("shop/cpu.max", "1 1\n");
        ProcessSample.Builder sample = ProcessSample.at(0);
        CgroupFigures none = figures(tree, Set.of());
        none.readInto(sample);
        assertThat(sample.build().get(Figure.CGROUP_BYTES)).isEmpty();
        assertThat(none.quotaMillicores()).isEmpty();
    }
}
