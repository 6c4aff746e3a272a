package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.limit.CopyRoom.NoRoom;
import dev.mortem.os.linux.limit.CopyRoom.Room;
import dev.mortem.os.linux.proc.Cgroups;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether there is room for a frozen copy of a process, looked up before it is taken: memory of its
 * cgroups and of the machine, tasks, and what the kernel has promised to others. What cannot be read
 * does not stand in the way. Keeps nothing between checks; safe for any thread.
 */
public final class CopyHeadroom {
    /** What a user can do whatever it is that lacks. */
    static final String INSTEAD =
            "use --snapshot never, which takes no copy but stops the process for the whole dump, or ";

    private final ProcFolder proc;
    private final Path cgroupRoot;
    private final SystemdUnits units;
    private final TaskLimits tasks;

    /**
     * What the copy will cost.
     *
     * @param pageTableBytes VmPTE of the target: the copy gets page tables of its own
     * @param expectedWrittenBytes what the target may write while the copy is held; each such page is doubled
     */
    public record Expectation(long pageTableBytes, long expectedWrittenBytes) {
        public Expectation {
            if (pageTableBytes < 0 || expectedWrittenBytes < 0) {
                throw new IllegalArgumentException(
                        "negative size: " + pageTableBytes + ", " + expectedWrittenBytes);
            }
        }

        long totalBytes() {
            long sum = pageTableBytes + expectedWrittenBytes;
            return sum < 0 ? Long.MAX_VALUE : sum;
        }
    }

    /**
     * @param cgroupRoot what is /sys/fs/cgroup
     * @param systemRoot what is /: systemd's folders are looked for below
     */
    public CopyHeadroom(ProcFolder proc, Path cgroupRoot, Path systemRoot) {
        this.proc = proc;
        this.cgroupRoot = cgroupRoot;
        this.units = new SystemdUnits(systemRoot);
        this.tasks = new TaskLimits(proc, cgroupRoot);
    }

    /** @param status the target's */
    public CopyRoom check(long pid, StatusFile status, Expectation expectation) {
        Optional<String> refusal = tasks.refusal(pid, status).or(() -> commitRefusal(pid, status));
        return refusal.<CopyRoom>map(NoRoom::new).orElseGet(() -> memory(pid, expectation));
    }

    private CopyRoom memory(long pid, Expectation expectation) {
        MemoryCgroups cgroups = MemoryCgroups.of(proc, cgroupRoot, pid);
        boolean allDie = cgroups.killsTogether() || unitDies(pid, cgroups);
        List<MemoryPlace> places = new ArrayList<>(cgroups.limited());
        MachineMemory.of(proc).ifPresent(places::add);
        Room tightest = new Room(0, "nothing that can be seen", MemoryWatch.of(places, allDie));
        long least = Long.MAX_VALUE;
        for (MemoryPlace place : places) {
            OptionalLong headroom = place.headroomBytes(Long.MAX_VALUE);
            if (headroom.isEmpty()) {
                continue;
            }
            long margin = MemoryMargin.ofLimit(place.limitBytes(), allDie);
            long left = headroom.getAsLong() - expectation.totalBytes() - margin;
            if (left < 0) {
                return new NoRoom(refusal(pid, place, headroom.getAsLong(), expectation, allDie));
            }
            if (left < least) {
                least = left;
                tightest =
                        new Room(margin, describe(place, headroom.getAsLong()), tightest.watch());
            }
        }
        return tightest;
    }

    /**
     * systemd sees the kernel's kills in version 2's memory.events only ("oom_kill"); with version 1 its
     * OOMPolicy does nothing.
     */
    private boolean unitDies(long pid, MemoryCgroups cgroups) {
        return cgroups.isUnified()
                && Cgroups.parse(ProcFolder.text(proc.of(pid).resolve("cgroup")).orElse(""))
                        .unit()
                        .map(units::endsWithOneKill)
                        .orElse(false);
    }

    private static String describe(MemoryPlace place, long headroom) {
        return "%s (limit %s, %s free)"
                .formatted(
                        place.name(), Wording.bytes(place.limitBytes()), Wording.bytes(headroom));
    }

    private static String refusal(
            long pid, MemoryPlace place, long headroom, Expectation expectation, boolean allDie) {
        long margin = MemoryMargin.ofLimit(place.limitBytes(), allDie);
        return ("no room for a copy of process %d in the %s: it would take %s of page tables and up to %s"
                        + " that the process may write meanwhile, and %s must stay free%s; %s%s")
                .formatted(
                        pid,
                        describe(place, headroom),
                        Wording.bytes(expectation.pageTableBytes),
                        Wording.bytes(expectation.expectedWrittenBytes),
                        Wording.bytes(margin),
                        allDie ? ", for there the kernel's killing one ends all" : "",
                        INSTEAD,
                        place instanceof MachineMemory ? "free some memory" : "raise the limit");
    }

    /**
     * vm.overcommit_memory = 2 (vm/overcommit-accounting.rst): a fork is refused unless all private
     * writable memory of the process fits a second time into what is not promised yet. VmData and VmStk
     * are at least that.
     */
    private Optional<String> commitRefusal(long pid, StatusFile status) {
        Path setting = proc.root().resolve("sys/vm/overcommit_memory");
        String meminfo = ProcFolder.text(proc.root().resolve("meminfo")).orElse("");
        OptionalLong limit = MachineMemory.bytes(meminfo, "CommitLimit:");
        OptionalLong committed = MachineMemory.bytes(meminfo, "Committed_AS:");
        boolean counts = new SmallFile(setting).number().orElse(0) == 2;
        if (!counts || limit.isEmpty() || committed.isEmpty()) {
            return Optional.empty();
        }
        long needed = status.bytes("VmData").orElse(0) + status.bytes("VmStk").orElse(0);
        long free = Math.max(0, limit.getAsLong() - committed.getAsLong());
        if (needed <= free) {
            return Optional.empty();
        }
        return Optional.of(
                ("no room for a copy of process %d: vm.overcommit_memory is 2, %s of %s are not"
                                + " promised yet, and a copy needs %s; %sraise vm.overcommit_ratio")
                        .formatted(
                                pid,
                                Wording.bytes(free),
                                Wording.bytes(limit.getAsLong()),
                                Wording.bytes(needed),
                                INSTEAD));
    }
}
