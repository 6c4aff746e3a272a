package dev.mortem.os.linux.sample;

import java.util.HashSet;
import java.util.Set;

/** The files whose code is mapped, by /proc/PID/maps (proc_pid_maps(5)). */
final class ModuleNames {
    private ModuleNames() {}

    /** Paths of mappings that may be executed; one that was deleted or replaced is its path still. */
    static Set<String> of(String maps) {
        Set<String> names = new HashSet<>();
        for (String line : maps.split("\n", -1)) {
            int path = line.indexOf('/');
            String[] fields = path < 0 ? new String[0] : line.substring(0, path).split(" ", 3);
            if (fields.length > 1 && fields[1].indexOf('x') >= 0) {
                String name = line.substring(path);
                names.add(
                        name.endsWith(" (deleted)")
                                ? name.substring(0, name.length() - " (deleted)".length())
                                : name);
            }
        }
        return names;
    }
}
