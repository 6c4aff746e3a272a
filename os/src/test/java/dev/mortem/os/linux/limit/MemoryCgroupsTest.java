package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.MIB;
import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Optional;

/** The chain of memory cgroups, in fake trees of both versions. */
class MemoryCgroupsTest {
    @TempDir
    Path folder;

    private static MemoryCgroups read(FakeTree tree) {
        return MemoryCgroups.of(tree.proc(), tree.cgroupRoot(), PID);
    }

    @Test
    void theTightestOfNestedLimitsCounts() {
        FakeTree tree = FakeTree.unified(folder, "/pods/pod1/shop")
                .memory("pods", 4096, 3990)
                .memory("pods/pod1", 1024, 512)
                .memory("pods/pod1/shop", 512, 100);
        MemoryCgroups cgroups = read(tree);
        assertThat(cgroups.isUnified()).isTrue();
        assertThat(cgroups.killsTogether()).isFalse();
        assertThat(cgroups.tightest())
                .contains(new MemoryCgroups.Tightest("/pods", 4096 * MIB, 106 * MIB));
        assertThat(cgroups.headroomBytes()).isEqualTo(106 * MIB);
        tree.memory("pods/pod1/shop", 512, 500);
        assertThat(cgroups.headroomBytes()).isEqualTo(12 * MIB);
        assertThat(cgroups.tightest().map(MemoryCgroups.Tightest::path))
                .contains("/pods/pod1/shop");
    }

    @Test
    void memoryHighIsALimitToo() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 100)
                .cgroup("shop/memory.high", 256 * MIB + "\n");
        assertThat(read(tree).headroomBytes()).isEqualTo(156 * MIB);
        tree.cgroup("shop/memory.current", 300 * MIB + "\n");
        assertThat(read(tree).headroomBytes()).isZero();
    }

    @Test
    void cleanPageCacheIsRoomAndOfTheActiveHalf() {
        String stat = "anon 1\ninactive_file %d\nactive_file %d\nfile_dirty %d\nfile_writeback %d\n"
                .formatted(80 * MIB, 40 * MIB, 6 * MIB, 4 * MIB);
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 500)
                .cgroup("shop/memory.stat", stat);
        MemoryCgroups cgroups = read(tree);
        assertThat(cgroups.headroomBytes()).isEqualTo((12 + 80 + 20 - 10) * MIB);
        // enough without it: then memory.stat need not be read
        assertThat(cgroups.headroomBytes(12 * MIB)).isEqualTo(12 * MIB);
        assertThat(cgroups.headroomBytes(12 * MIB + 1)).isEqualTo(102 * MIB);
    }

    @Test
    void moreCacheThanIsUsedMakesNoMoreRoomThanTheLimit() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 500)
                .cgroup("shop/memory.stat", "inactive_file 18446744073709551615\n");
        assertThat(read(tree).headroomBytes()).isEqualTo(512 * MIB);
        tree.cgroup("shop/memory.stat", "inactive_file 1\nfile_dirty 9223372036854775807\n");
        assertThat(read(tree).headroomBytes()).isEqualTo(12 * MIB);
    }

    @Test
    void version1HasOtherNamesAndAHugeNumberForNone() {
        FakeTree tree = FakeTree.version1(folder, "memory", "/docker/1f")
                .cgroup("memory/memory.limit_in_bytes", "9223372036854771712\n")
                .cgroup("memory/memory.usage_in_bytes", "1\n")
                .cgroup("memory/docker/memory.limit_in_bytes", "9223372036854710272\n")
                .cgroup("memory/docker/memory.usage_in_bytes", "1\n")
                .cgroup("memory/docker/1f/memory.limit_in_bytes", 512 * MIB + "\n")
                .cgroup("memory/docker/1f/memory.usage_in_bytes", 500 * MIB + "\n")
                .cgroup(
                        "memory/docker/1f/memory.stat",
                        "inactive_file 7\ntotal_inactive_file %d\n".formatted(8 * MIB));
        MemoryCgroups cgroups = read(tree);
        assertThat(cgroups.isUnified()).isFalse();
        assertThat(cgroups.tightest())
                .contains(new MemoryCgroups.Tightest("/docker/1f", 512 * MIB, 20 * MIB));
    }

    @Test
    void withoutLimitNothingLimits() {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .cgroup("shop/memory.max", "max\n")
                .cgroup("shop/memory.current", "4096\n");
        assertThat(read(tree).tightest()).isEmpty();
        assertThat(read(tree).headroomBytes()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void oomGroupCountsInAnyOfThem() {
        FakeTree tree = FakeTree.unified(folder, "/pod/shop").memory("pod/shop", 512, 1);
        assertThat(read(tree.cgroup("pod/memory.oom.group", "0\n")).killsTogether())
                .isFalse();
        assertThat(read(tree.cgroup("pod/memory.oom.group", "1\n")).killsTogether())
                .isTrue();
    }

    @Test
    void aContainerSeesItsOwnPartOfTheHierarchy() {
        String mount = "40 31 0:37 /docker/1f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
        FakeTree tree = FakeTree.version1(folder, "memory", "/docker/1f/inner")
                .proc("self/mountinfo", mount)
                .cgroup("memory/memory.limit_in_bytes", 512 * MIB + "\n")
                .cgroup("memory/memory.usage_in_bytes", 500 * MIB + "\n")
                .cgroup("memory/inner/memory.limit_in_bytes", 64 * MIB + "\n")
                .cgroup("memory/inner/memory.usage_in_bytes", 10 * MIB + "\n");
        assertThat(read(tree).tightest())
                .contains(new MemoryCgroups.Tightest("/docker/1f", 512 * MIB, 12 * MIB));
        // beside what the mount shows, with a name that only starts alike, and above
        for (String path : new String[] {"/docker/2e", "/docker/1f2", "/docker", "/"}) {
            tree.of("cgroup", "4:memory:" + path + "\n");
            assertThat(read(tree).tightest()).isEmpty();
        }
    }

    @Test
    void aPathAboveOurNamespaceLeadsNowhere() {
        FakeTree tree = FakeTree.unified(folder, "/../2e").memory(".", 512, 500);
        tree.cgroup("../2e/memory.max", "4096\n").cgroup("../2e/memory.current", "4096\n");
        assertThat(read(tree).tightest()).isEmpty();
        // unless that is just what is mounted
        tree.proc(
                "self/mountinfo",
                "31 23 0:28 /../2e /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
        assertThat(read(tree).tightest().map(MemoryCgroups.Tightest::path)).contains("/../2e");
    }

    @Test
    void ofTwoMountsTheOneThatShowsMoreIsTaken() {
        Path host = folder.resolve("host");
        FakeTree tree = FakeTree.unified(folder, "/pod/shop")
                .cgroup("memory.max", 512 * MIB + "\n")
                .cgroup("memory.current", "0\n")
                .cgroup("../../../host/pod/shop/cgroup.procs", "")
                .cgroup("../../../host/pod/memory.max", 100 * MIB + "\n")
                .cgroup("../../../host/pod/memory.current", 99 * MIB + "\n");
        tree.proc(
                "self/mountinfo",
                "31 23 0:28 /pod/shop /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n32 23 0:28 / %s rw - cgroup2 c rw\n"
                        .formatted(host));
        assertThat(read(tree).tightest())
                .contains(new MemoryCgroups.Tightest("/pod", 100 * MIB, MIB));
    }

    @Test
    void aNameThatWouldChangeTheTerminalIsEscaped() {
        FakeTree tree = FakeTree.unified(folder, "/a\u001b[2J").memory("a\u001b[2J", 512, 1);
        assertThat(read(tree).tightest().map(MemoryCgroups.Tightest::path)).contains("/a\\x1b[2J");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-1", "12 34", "0x10", "12junk", "99999999999999999999999"})
    void garbageIsNoLimit(String garbage) {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .memory("shop", 512, 1)
                .cgroup("shop/memory.max", garbage);
        assertThat(read(tree).tightest()).isEmpty();
        tree.memory("shop", 512, 1).cgroup("shop/memory.current", garbage);
        assertThat(read(tree).tightest()).isEmpty();
        tree.memory("shop", 512, 1).cgroup("shop/memory.stat", "inactive_file " + garbage);
        assertThat(read(tree).headroomBytes()).isGreaterThanOrEqualTo(511 * MIB);
    }

    @Test
    void whatCannotBeReadIsAbsent() {
        FakeTree tree = FakeTree.unified(folder, "/shop").memory("shop", 512, 500);
        MemoryCgroups cgroups = read(tree);
        tree.unreadable(tree.cgroupRoot().resolve("shop/memory.stat"));
        assertThat(cgroups.headroomBytes()).isEqualTo(12 * MIB);
        tree.unreadable(tree.cgroupRoot().resolve("shop/memory.current"));
        assertThat(cgroups.headroomBytes()).isEqualTo(Long.MAX_VALUE);
        assertThat(cgroups.tightest()).isEmpty();
        assertThat(read(tree).tightest()).isEmpty();
        tree.unreadable(tree.proc().root().resolve("self/mountinfo"));
        assertThat(read(tree).tightest()).isEmpty();
        FakeTree empty = new FakeTree(folder.resolve("nothing"));
        assertThat(read(empty).tightest()).isEqualTo(Optional.empty());
    }
}
