package dev.mortem.os.linux.limit;

import dev.mortem.base.text.Escape;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whether a process is frozen by its cgroup, as by "docker pause" or "systemctl freeze": then none of
 * its threads can be stopped by a tracer, and nothing can run in it.
 */
public final class FrozenCgroup {
    /** cgroup-v1/freezer-subsystem.rst. */
    private static final Set<String> FROZEN_STATES = Set.of("FROZEN", "FREEZING");

    private FrozenCgroup() {}

    /**
     * The path of the cgroup that is frozen now: of those above the process the innermost that was
     * frozen itself, or the process's own where that cannot be seen.
     *
     * @param cgroupRoot what is /sys/fs/cgroup
     * @return empty when it is not frozen, and when that cannot be read
     */
    public static Optional<String> of(ProcFolder proc, Path cgroupRoot, long pid) {
        // version 2 freezes without a controller, also where version 1 has its freezer mounted
        return CgroupChain.unified(proc, cgroupRoot, pid)
                .flatMap(chain -> frozen(
                        chain.levels(),
                        folder -> isOne(folder, "cgroup.freeze"),
                        FrozenCgroup::hasFrozenEvent))
                .or(() -> CgroupChain.of(proc, cgroupRoot, pid, "freezer")
                        .filter(chain -> !chain.isUnified())
                        .flatMap(chain -> frozen(
                                chain.levels(),
                                folder -> isOne(folder, "freezer.self_freezing"),
                                FrozenCgroup::hasFrozenState)));
    }

    private static Optional<String> frozen(
            List<CgroupChain.Level> levels, Predicate<Path> isCause, Predicate<Path> isFrozen) {
        return levels.stream()
                .filter(level -> isCause.test(level.folder()))
                .findFirst()
                .or(() -> levels.stream()
                        .filter(level -> isFrozen.test(level.folder()))
                        .findFirst())
                .map(level -> Escape.visible(level.path()));
    }

    private static boolean isOne(Path folder, String name) {
        return new SmallFile(folder.resolve(name)).number().orElse(0) == 1;
    }

    /** "frozen 1" is told of all cgroups below the frozen one too. */
    private static boolean hasFrozenEvent(Path folder) {
        OptionalLong frozen = new SmallFile(folder.resolve("cgroup.events"))
                .text()
                .map(text -> SmallFile.value(text, "frozen"))
                .orElse(OptionalLong.empty());
        return frozen.orElse(0) == 1;
    }

    private static boolean hasFrozenState(Path folder) {
        return new SmallFile(folder.resolve("freezer.state"))
                .text()
                .map(String::strip)
                .filter(FROZEN_STATES::contains)
                .isPresent();
    }
}
