package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.MIB;
import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.os.linux.limit.CopyHeadroom.Expectation;
import dev.mortem.os.linux.limit.CopyRoom.NoRoom;
import dev.mortem.os.linux.limit.CopyRoom.Room;
import dev.mortem.os.linux.proc.StatusFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

/** Each thing that a copy needs, just enough of it and a little less. */
class CopyHeadroomTest {
    private static final String USER = "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";

    @TempDir
    Path folder;

    private static CopyRoom check(FakeTree tree, String status, long pageTables, long written) {
        CopyHeadroom headroom = new CopyHeadroom(tree.proc(), tree.cgroupRoot(), tree.systemRoot());
        return headroom.check(PID, StatusFile.parse(status), new Expectation(pageTables, written));
    }

    private static CopyRoom check(FakeTree tree, long neededMib) {
        return check(tree, USER, MIB, (neededMib - 1) * MIB);
    }

    private static String why(CopyRoom room) {
        return room instanceof NoRoom none ? none.why() : "there is room: " + room;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0", // nothing of nothing
        "128, 16", // an eighth
        "512, 64", // where both meet
        "1024, 64", // the usual
        "3200, 64", // where 2 % begin
        "51200, 1024"
    })
    void theMarginGrowsWithTheLimit(long limitMib, long marginMib) {
        assertThat(MemoryMargin.ofLimit(limitMib * MIB, false)).isEqualTo(marginMib * MIB);
        assertThat(MemoryMargin.ofLimit(limitMib * MIB, true)).isEqualTo(2 * marginMib * MIB);
    }

    @Test
    void aCgroupWithJustEnoughHasRoomAndWithOneByteLessHasNone() {
        FakeTree tree = FakeTree.unified(folder, "/shop").memory("shop", 512, 512 - 64 - 50);
        assertThat(check(tree, 50)).isInstanceOfSatisfying(Room.class, room -> {
            assertThat(room.watermarkBytes()).isEqualTo(64 * MIB);
            assertThat(room.limitedBy())
                    .isEqualTo("memory of cgroup /shop (limit 512 MiB, 114 MiB free)");
            assertThat(room.watch().poll()).isEmpty();
        });
        assertThat(why(check(tree, USER, MIB, 49 * MIB + 1)))
                .isEqualTo(
                        "no room for a copy of process 4711 in the memory of cgroup /shop (limit 512"
                                + " MiB, 114 MiB free): it would take 1 MiB of page tables and up to 49 MiB that the"
                                + " process may write meanwhile, and 64 MiB must stay free; use --snapshot never,"
                                + " which takes no copy but stops the process for the whole dump, or raise the"
                                + " limit");
    }

    @Test
    void aSmallContainerCanBeCopied() {
        FakeTree tree = FakeTree.unified(folder, "/pod")
                .memory("pod", 128, 20)
                .cgroup("pod/memory.oom.group", "1\n");
        assertThat(check(tree, 21))
                .isInstanceOfSatisfying(
                        Room.class, room -> assertThat(room.watermarkBytes()).isEqualTo(32 * MIB));
    }

    @Test
    void twiceTheMarginWhereOneKillEndsAll() {
        FakeTree tree = FakeTree.unified(folder, "/pod").memory("pod", 512, 512 - 128 - 2);
        tree.cgroup("pod/memory.oom.group", "1\n");
        assertThat(check(tree, 2))
                .isInstanceOfSatisfying(
                        Room.class, room -> assertThat(room.watermarkBytes()).isEqualTo(128 * MIB));
        assertThat(why(check(tree, 3)))
                .contains("128 MiB must stay free, for there the kernel's killing one ends all;");
        tree.cgroup("pod/memory.oom.group", "0\n");
        assertThat(check(tree, 3)).isInstanceOf(Room.class);
    }

    @ParameterizedTest
    @CsvSource({"stop, false", "kill, false", "continue, true", "'', false"})
    void theUnitsOomPolicyCounts(String policy, boolean isRoom) {
        String path = "/system.slice/shop.service";
        FakeTree tree = FakeTree.unified(folder, path)
                .memory(path.substring(1), 512, 512 - 128)
                .system("usr/lib/systemd/system/shop.service", "[Service]\nOOMPolicy=" + policy);
        assertThat(check(tree, 1) instanceof Room).isEqualTo(isRoom);
    }

    @Test
    void version1DoesNotTellSystemdOfKills() {
        String path = "system.slice/shop.service";
        FakeTree tree = FakeTree.version1(folder, "memory", "/" + path)
                .cgroup("memory/" + path + "/memory.limit_in_bytes", 512 * MIB + "\n")
                .cgroup("memory/" + path + "/memory.usage_in_bytes", (512 - 64 - 1) * MIB + "\n");
        assertThat(check(tree, 1)).isInstanceOf(Room.class);
        assertThat(why(check(tree, 2))).contains("memory of cgroup /system.slice/shop.service");
    }

    @Test
    void theMachineIsALimitAsWell() {
        FakeTree tree =
                FakeTree.unified(folder, "/shop").memory("shop", 512, 1).meminfo(1024, 64 + 50);
        assertThat(check(tree, 50))
                .isInstanceOfSatisfying(
                        Room.class,
                        room -> assertThat(room.limitedBy())
                                .isEqualTo("memory of the machine (limit 1 GiB, 114 MiB free)"));
        assertThat(why(check(tree, 51))).contains("the memory of the machine", "free some memory");
    }

    @Test
    void pidsMaxNeedsTwoMore() {
        FakeTree tree = FakeTree.unified(folder, "/pod/shop")
                .cgroup("pod/shop/pids.max", "max\n")
                .cgroup("pod/shop/pids.current", "9\n")
                .cgroup("pod/pids.max", "10\n")
                .cgroup("pod/pids.current", "8\n");
        assertThat(check(tree, 1)).isInstanceOf(Room.class);
        tree.cgroup("pod/pids.current", "9\n");
        assertThat(why(check(tree, 1)))
                .startsWith(
                        "no room for a copy of process 4711: cgroup /pod has 9 of at most 10 tasks, and"
                                + " a copy needs 2 more; use --snapshot never")
                .endsWith("raise pids.max of the cgroup");
        FakeTree old = FakeTree.version1(folder.resolve("old"), "pids", "/shop")
                .cgroup("pids/shop/pids.max", "10\n")
                .cgroup("pids/shop/pids.current", "9\n");
        assertThat(why(check(old, 1))).contains("cgroup /shop has 9 of at most 10 tasks");
    }

    @Test
    void theUsersProcessesAreCountedThreadByThread() {
        FakeTree tree = new FakeTree(folder)
                .of("limits", limits("10"))
                .of("status", USER + "Threads:\t5\n")
                .proc("1/status", "Uid:\t0\t0\t0\t0\nThreads:\t50\n")
                .proc("12/status", "Uid:\t1000\t0\t0\t0\nThreads:\t3\n");
        assertThat(check(tree, 1)).isInstanceOf(Room.class);
        tree.proc("12/status", "Uid:\t1000\t0\t0\t0\nThreads:\t4\n");
        assertThat(why(check(tree, 1)))
                .contains("its user, uid 1000, has 9 of at most 10 tasks")
                .endsWith("raise RLIMIT_NPROC of process 4711");
        // the kernel does not ask of these
        String capable = "Uid:\t1000\t1000\nCapEff:\t";
        assertThat(check(tree, capable + "0000000000200000", 0, 0)).isInstanceOf(Room.class);
        assertThat(check(tree, capable + "0000000001000000", 0, 0)).isInstanceOf(Room.class);
        assertThat(check(tree, "Uid:\t0\t0\n", 0, 0)).isInstanceOf(Room.class);
        tree.of("limits", limits("unlimited"));
        assertThat(check(tree, 1)).isInstanceOf(Room.class);
    }

    @Test
    void whereAllUsersHaveFewTasksNobodyIsCounted() {
        FakeTree tree = new FakeTree(folder)
                .of("limits", limits("10"))
                .proc("12/status", "Uid:\t1000\t0\t0\t0\nThreads:\t40\n")
                .proc("loadavg", "0.00 0.01 0.05 1/8 5678\n");
        assertThat(check(tree, 1)).isInstanceOf(Room.class);
        tree.proc("loadavg", "0.00 0.01 0.05 1/9 5678\n");
        assertThat(check(tree, 1)).isInstanceOf(NoRoom.class);
    }

    private static String limits(String soft) {
        return "Limit                     Soft Limit           Hard Limit           Units     \n"
                + "Max processes             %-20s 96364                processes \n"
                        .formatted(soft);
    }

    @Test
    void strictOvercommitNeedsAllPrivateMemoryTwice() {
        FakeTree tree = new FakeTree(folder)
                .proc("sys/vm/overcommit_memory", "2\n")
                .proc("meminfo", "CommitLimit:    3072 kB\nCommitted_AS:   1024 kB\n");
        String fits = USER + "VmData:\t1948 kB\nVmStk:\t100 kB\n";
        String fitsNot = USER + "VmData:\t1949 kB\nVmStk:\t100 kB\n";
        assertThat(check(tree, fits, 0, 0)).isInstanceOf(Room.class);
        assertThat(why(check(tree, fitsNot, 0, 0)))
                .contains("vm.overcommit_memory is 2, 2 MiB of 3 MiB are not promised yet")
                .endsWith("raise vm.overcommit_ratio");
        tree.proc("sys/vm/overcommit_memory", "0\n");
        assertThat(check(tree, fitsNot, 0, 0)).isInstanceOf(Room.class);
        tree.proc("sys/vm/overcommit_memory", "2\n").proc("meminfo", "CommitLimit: x kB\n");
        assertThat(check(tree, fitsNot, 0, 0)).isInstanceOf(Room.class);
    }

    @Test
    void whereNothingCanBeReadNothingStandsInTheWay() {
        FakeTree tree = new FakeTree(folder);
        assertThat(check(tree, "garbage", Long.MAX_VALUE, Long.MAX_VALUE))
                .isInstanceOfSatisfying(Room.class, room -> {
                    assertThat(room.limitedBy()).isEqualTo("nothing that can be seen");
                    assertThat(room.watch().poll()).isEmpty();
                });
    }

    @Test
    void aMadExpectationIsNoOverflow() {
        FakeTree tree = FakeTree.unified(folder, "/shop").memory("shop", 512, 1);
        assertThat(check(tree, USER, Long.MAX_VALUE, Long.MAX_VALUE)).isInstanceOf(NoRoom.class);
        assertThatThrownBy(() -> new Expectation(-1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
