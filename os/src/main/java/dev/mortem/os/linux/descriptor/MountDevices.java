package dev.mortem.os.linux.descriptor;

import dev.mortem.os.linux.proc.Numbers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Devices by mount id, from /proc/PID/mountinfo (proc_pid_mountinfo(5)): "27 1 254:0 / / rw …". */
final class MountDevices {
    private final Map<Long, String> devices = new HashMap<>();

    MountDevices(List<String> lines) {
        for (String line : lines) {
            String[] fields = line.split(" ", 4);
            if (fields.length > 3) {
                OptionalLong id = Numbers.parseUnsigned(fields[0]);
                device(fields[2])
                        .filter(_ -> id.isPresent())
                        .ifPresent(device -> devices.put(id.getAsLong(), device));
            }
        }
    }

    /** As /proc/locks prints it: "fe:00". */
    Optional<String> of(long mountId) {
        return Optional.ofNullable(devices.get(mountId));
    }

    private static Optional<String> device(String decimal) {
        int colon = decimal.indexOf(':');
        OptionalLong major = Numbers.parseUnsigned(decimal.substring(0, Math.max(0, colon)));
        OptionalLong minor = Numbers.parseUnsigned(decimal.substring(colon + 1));
        return major.isPresent() && minor.isPresent()
                ? Optional.of("%02x:%02x".formatted(major.getAsLong(), minor.getAsLong()))
                : Optional.empty();
    }
}
