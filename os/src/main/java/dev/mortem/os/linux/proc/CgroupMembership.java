package dev.mortem.os.linux.proc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a process stands in each hierarchy of cgroups: /proc/PID/cgroup (cgroups(7)). Paths are as the
 * reader's cgroup namespace shows them: one above its root starts with "/..".
 */
public record CgroupMembership(List<Line> lines) {
    private static final String DELETED = " (deleted)";

    /** One hierarchy; version 2's, of which there is one, names no controllers. */
    public record Line(Set<String> controllers, String path) {
        public Line {
            controllers = Set.copyOf(controllers);
        }
    }

    public CgroupMembership {
        lines = List.copyOf(lines);
    }

    /** From lines "ID:CONTROLLER,CONTROLLER:PATH"; those in no form we know are passed over. */
    public static CgroupMembership parse(String text) {
        List<Line> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[2].startsWith("/")) {
                boolean isUnified = parts[1].isEmpty();
                Set<String> controllers =
                        isUnified ? Set.of() : Set.copyOf(List.of(parts[1].split(",", -1)));
                lines.add(new Line(controllers, withoutDeleted(parts[2])));
            }
        }
        return new CgroupMembership(lines);
    }

    /** The path in version 1's hierarchy of a controller; empty where version 2 has it, or nobody. */
    public Optional<String> path(String controller) {
        return lines.stream()
                .filter(line -> line.controllers.contains(controller))
                .map(Line::path)
                .findFirst();
    }

    /** The path in version 2's hierarchy; empty where none is mounted. */
    public Optional<String> unifiedPath() {
        return lines.stream()
                .filter(line -> line.controllers.isEmpty())
                .map(Line::path)
                .findFirst();
    }

    private static String withoutDeleted(String path) {
        return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    }
}
