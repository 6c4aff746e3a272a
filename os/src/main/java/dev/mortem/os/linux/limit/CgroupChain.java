package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.CgroupMembership;
import dev.mortem.os.linux.proc.Mount;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The cgroups that a process is in, from its own up to the outermost that is mounted here.
 *
 * <p>In a container the mount shows a part of the hierarchy, its root field says which; a process beside
 * or above that part has no cgroup that we could read.
 *
 * @param isUnified whether this is version 2's hierarchy
 * @param levels the process's own first
 */
record CgroupChain(boolean isUnified, List<Level> levels) {
    /** Where systemd, docker and the like mount them (file-hierarchy(7)). */
    private static final String USUAL_PLACE = "/sys/fs/cgroup";

    /** @param path as /proc/PID/cgroup writes it, for messages */
    record Level(String path, Path folder) {}

    CgroupChain {
        levels = List.copyOf(levels);
    }

    /** Of the hierarchy that has a controller: version 1's where that has it, else version 2's. */
    static Optional<CgroupChain> of(ProcFolder proc, Path cgroupRoot, long pid, String controller) {
        CgroupMembership membership = membership(proc, pid);
        if (membership.path(controller).isEmpty()) {
            return unified(proc, cgroupRoot, pid);
        }
        List<Mount> mounts = mounts(proc).stream()
                .filter(mount -> mount.type().equals("cgroup"))
                .filter(mount -> mount.superOptions().contains(controller))
                .toList();
        return membership
                .path(controller)
                .flatMap(path -> visible(mounts, cgroupRoot, path))
                .map(levels -> new CgroupChain(false, levels));
    }

    static Optional<CgroupChain> unified(ProcFolder proc, Path cgroupRoot, long pid) {
        List<Mount> mounts = mounts(proc).stream()
                .filter(mount -> mount.type().equals("cgroup2"))
                .toList();
        return membership(proc, pid)
                .unifiedPath()
                .flatMap(path -> visible(mounts, cgroupRoot, path))
                .map(levels -> new CgroupChain(true, levels));
    }

    private static CgroupMembership membership(ProcFolder proc, long pid) {
        return CgroupMembership.parse(
                ProcFolder.text(proc.of(pid).resolve("cgroup")).orElse(""));
    }

    /** Our own, not the target's: it is we who open the files. */
    private static List<Mount> mounts(ProcFolder proc) {
        return Mount.parseAll(
                ProcFolder.text(proc.root().resolve("self/mountinfo")).orElse(""));
    }

    /** Through the mount that shows most: with the host's /sys in a container there are two. */
    private static Optional<List<Level>> visible(List<Mount> mounts, Path cgroupRoot, String path) {
        return mounts.stream()
                .sorted(Comparator.comparingInt(mount -> mount.root().length()))
                .map(mount -> levels(mount, cgroupRoot, path))
                .filter(levels -> !levels.isEmpty())
                .findFirst();
    }

    private static List<Level> levels(Mount mount, Path cgroupRoot, String path) {
        String root = mount.root().equals("/") ? "" : mount.root();
        if (!path.equals(root) && !path.startsWith(root + "/")) {
            return List.of();
        }
        List<String> names = List.of(path.substring(root.length()).split("/", -1)).stream()
                .filter(name -> !name.isEmpty())
                .toList();
        if (names.contains("..")) {
            return List.of(); // above the root of our namespace, and so of what is mounted
        }
        List<Level> levels = new ArrayList<>();
        try {
            Path folder = place(mount.mountPoint(), cgroupRoot);
            StringBuilder name = new StringBuilder(root);
            levels.add(new Level(name.isEmpty() ? "/" : root, folder));
            for (String each : names) {
                folder = folder.resolve(each);
                levels.add(new Level(name.append('/').append(each).toString(), folder));
            }
            return Files.isDirectory(folder) ? levels.reversed() : List.of();
        } catch (InvalidPathException noPath) {
            return List.of(); // no kernel writes a name that is none
        }
    }

    private static Path place(String mountPoint, Path cgroupRoot) {
        if (mountPoint.equals(USUAL_PLACE) || mountPoint.startsWith(USUAL_PLACE + "/")) {
            String below = mountPoint.substring(USUAL_PLACE.length());
            return below.isEmpty() ? cgroupRoot : cgroupRoot.resolve(below.substring(1));
        }
        return Path.of(mountPoint);
    }
}
