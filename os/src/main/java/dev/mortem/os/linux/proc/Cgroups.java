package dev.mortem.os.linux.proc;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What /proc/PID/cgroup (cgroups(7)) tells about who manages a process.
 *
 * @param unit the systemd unit: "nginx.service"
 * @param container the first 12 digits of the container's id
 */
public record Cgroups(Optional<String> unit, Optional<String> container) {
    /** As docker shows ids. */
    private static final int CONTAINER_DIGITS = 12;

    /** docker, containerd, CRI-O and podman all use 64 hex digits, with or without prefix and suffix. */
    private static final Pattern CONTAINER =
            Pattern.compile("(?:^|[-/:])([0-9a-f]{64})(?:\\.scope)?$");

    private static final Pattern UNIT =
            Pattern.compile("[^/]+\\.(?:service|scope|socket|mount|swap)");

    /** Units of systemd's own bookkeeping, which hold others and are none that a user means. */
    private static final Pattern NOT_MEANT =
            Pattern.compile("user@\\d+\\.service|session-.*\\.scope|init\\.scope");

    /** From the lines "ID:CONTROLLERS:PATH"; of v1's hierarchies systemd's own is asked first. */
    public static Cgroups parse(String text) {
        List<String> lines =
                text.lines().sorted((one, other) -> rank(one) - rank(other)).toList();
        Optional<String> unit = Optional.empty();
        Optional<String> container = Optional.empty();
        for (String line : lines) {
            String path = line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1);
            unit = unit.or(() -> unit(path));
            container = container.or(() -> container(path));
        }
        return new Cgroups(unit, container);
    }

    private static int rank(String line) {
        if (line.startsWith("0::")) {
            return 0;
        }
        return line.contains("name=systemd") ? 1 : 2;
    }

    /** The innermost unit of the path that a user would name. */
    private static Optional<String> unit(String path) {
        Optional<String> found = Optional.empty();
        for (String part : path.split("/", -1)) {
            boolean named =
                    UNIT.matcher(part).matches() && !NOT_MEANT.matcher(part).matches();
            if (named && !CONTAINER.matcher(part).find()) {
                found = Optional.of(part);
            }
        }
        return found;
    }

    private static Optional<String> container(String path) {
        for (String part : path.split("/", -1)) {
            Matcher id = CONTAINER.matcher(part);
            if (id.find()) {
                return Optional.of(id.group(1).substring(0, CONTAINER_DIGITS));
            }
        }
        return Optional.empty();
    }
}
