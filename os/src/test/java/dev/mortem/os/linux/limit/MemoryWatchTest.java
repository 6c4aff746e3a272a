package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.MIB;
import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The watch over a held copy: the decision, and what it reads. */
class MemoryWatchTest {
    @TempDir
    Path folder;

    private static List<MemoryPlace> places(FakeTree tree) {
        List<MemoryPlace> places = new ArrayList<>(
                MemoryCgroups.of(tree.proc(), tree.cgroupRoot(), PID).limited());
        MachineMemory.of(tree.proc()).ifPresent(places::add);
        return places;
    }

    @Test
    void atTheWatermarkTheCopyStaysAndBelowItGoes() {
        assertThat(MemoryWatch.giveUp(sample(64 * MIB))).isEmpty();
        assertThat(MemoryWatch.giveUp(sample(64 * MIB - 1)).orElseThrow())
                .isEqualTo(
                        "memory of cgroup /shop is down to 64 MiB free of 512 MiB, and 64 MiB are kept"
                                + " free so that nobody is killed");
        assertThat(MemoryWatch.giveUp(sample(0)).orElseThrow()).contains("down to 0 bytes free");
    }

    private static MemoryWatch.Sample sample(long headroom) {
        return new MemoryWatch.Sample("memory of cgroup /shop", 512 * MIB, headroom, 64 * MIB);
    }

    @Test
    void eachLookReadsAnewAndEachLimitHasItsOwnWatermark() {
        FakeTree tree = FakeTree.unified(folder, "/pod/shop")
                .memory("pod", 51_200, 51_200 - 1024)
                .memory("pod/shop", 512, 448)
                .meminfo(1024, 64);
        MemoryWatch watch = MemoryWatch.of(places(tree), false);
        assertThat(watch.poll()).isEmpty();
        tree.memory("pod/shop", 512, 449);
        assertThat(watch.poll().orElseThrow())
                .startsWith("memory of cgroup /pod/shop is down to 63");
        tree.memory("pod/shop", 512, 448).memory("pod", 51_200, 51_200 - 1023);
        assertThat(watch.poll().orElseThrow()).startsWith("memory of cgroup /pod is down to 1023");
        tree.memory("pod", 51_200, 1).meminfo(1024, 63);
        assertThat(watch.poll().orElseThrow())
                .startsWith("memory of the machine is down to 63 MiB");
        tree.meminfo(1024, 64);
        assertThat(watch.poll()).isEmpty();
    }

    @Test
    void pageCacheThatIsUsedUpCountsNoMore() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 500)
                .cgroup("shop/memory.stat", "inactive_file " + 60 * MIB + "\n");
        MemoryWatch watch = MemoryWatch.of(places(tree), false);
        assertThat(watch.poll()).isEmpty();
        tree.cgroup("shop/memory.stat", "inactive_file " + 20 * MIB + "\n");
        assertThat(watch.poll().orElseThrow()).contains("down to 32 MiB free");
    }

    @Test
    void aCgroupThatIsGoneSaysNothing() {
        FakeTree tree =
                FakeTree.unified(folder, "/shop").memory("shop", 512, 448).meminfo(9, 9);
        MemoryWatch watch = MemoryWatch.of(places(tree), false);
        tree.unreadable(tree.cgroupRoot().resolve("shop/memory.current"));
        tree.unreadable(tree.proc().root().resolve("meminfo"));
        assertThat(watch.poll()).isEmpty();
    }

    /** What holds for every place: a cgroup is the first, the machine the second. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void everyPlaceKeepsItsContract(int index) {
        FakeTree tree =
                FakeTree.unified(folder, "/shop").memory("shop", 512, 500).meminfo(512, 12);
        MemoryPlace place = places(tree).get(index);
        assertThat(place.name()).startsWith("memory of ");
        assertThat(place.limitBytes()).isEqualTo(512 * MIB);
        assertThat(place.headroomBytes(Long.MAX_VALUE)).hasValue(12 * MIB);
        assertThat(place.headroomBytes(0).orElseThrow()).isBetween(0L, 12 * MIB);
        tree.unreadable(tree.cgroupRoot().resolve("shop/memory.current"));
        tree.unreadable(tree.proc().root().resolve("meminfo"));
        assertThat(place.headroomBytes(Long.MAX_VALUE)).isEqualTo(OptionalLong.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MemTotal: 12 kB\n",
                "MemTotal: x kB\nMemAvailable: 1 kB\n",
                "MemTotal: 1 kB\nMemAvailable: 9223372036854775807 kB\n",
                "xMemTotal: 1 kB\nxMemAvailable: 1 kB\n"
            })
    void aMeminfoThatSaysTooLittleIsNoPlace(String text) {
        FakeTree tree = new FakeTree(folder).proc("meminfo", text);
        assertThat(MachineMemory.of(tree.proc())).isEmpty();
    }
}
