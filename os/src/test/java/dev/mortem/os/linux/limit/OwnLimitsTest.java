package dev.mortem.os.linux.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.linux.limit.CopyHeadroom.Expectation;
import dev.mortem.os.linux.limit.CopyRoom.NoRoom;
import dev.mortem.os.linux.limit.CopyRoom.Room;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;

/** The real files of this machine, of this very process: whatever they say, it must make sense. */
class OwnLimitsTest {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private final ProcFolder proc = new ProcFolder(Path.of("/proc"));
    private final long pid = ProcessHandle.current().pid();

    @Test
    void memoryIsBetweenNothingAndTheLimit() {
        MemoryCgroups cgroups = MemoryCgroups.of(proc, CGROUPS, pid);
        assertThat(cgroups.headroomBytes()).isNotNegative();
        assertThat(cgroups.tightest().stream()).allSatisfy(tightest -> {
            assertThat(tightest.path()).startsWith("/");
            assertThat(tightest.headroomBytes()).isBetween(0L, tightest.limitBytes());
        });
        MachineMemory machine = MachineMemory.of(proc).orElseThrow();
        assertThat(machine.headroomBytes(0).orElseThrow()).isBetween(1L, machine.limitBytes());
    }

    @Test
    void aCopyThatCostsNothingIsJudgedAndWatched() {
        CopyHeadroom headroom = new CopyHeadroom(proc, CGROUPS, Path.of("/"));
        CopyRoom room = headroom.check(pid, proc.status(pid).orElseThrow(), new Expectation(0, 0));
        switch (room) {
            case Room found -> {
                assertThat(found.watermarkBytes()).isPositive();
                assertThat(found.limitedBy()).startsWith("memory of ");
                assertThat(found.watch().poll())
                        .satisfiesAnyOf(
                                why -> assertThat(why).isEmpty(),
                                why -> assertThat(why.orElseThrow()).contains("is down to"));
            }
            case NoRoom none -> assertThat(none.why()).contains("--snapshot never");
        }
        CopyRoom mad = headroom.check(
                pid, proc.status(pid).orElseThrow(), new Expectation(0, Long.MAX_VALUE));
        assertThat(mad).isInstanceOf(NoRoom.class);
    }

    @Test
    void weAreNotFrozenAndEveryWatchdogHasATime() {
        assertThat(FrozenCgroup.of(proc, CGROUPS, pid)).isEmpty();
        assertThat(new Watchdogs(proc, Path.of("/")).of(pid))
                .allSatisfy(limit -> assertThat(limit.limit()).isPositive());
    }
}
