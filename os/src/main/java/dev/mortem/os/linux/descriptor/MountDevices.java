package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.FileId;
import dev.mortem.os.linux.proc.Numbers;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Devices by mount id, from /proc/PID/mountinfo (proc_pid_mountinfo(5)): "27 1 254:0 / / rw … - ext4 …".
 */
final class MountDevices {
    /**
     * File systems whose files the kernel knows without asking anybody: of a network's, or of one that a
     * program serves, stat(2) may never return.
     */
    private static final Set<String> LOCAL = Set.of(
            "bcachefs",
            "btrfs",
            "devtmpfs",
            "ext2",
            "ext3",
            "ext4",
            "f2fs",
            "overlay",
            "ramfs",
            "tmpfs",
            "xfs",
            "zfs");

    private final Map<Long, String> devices = new HashMap<>();
    private final Set<Long> local = new HashSet<>();

    MountDevices(List<String> lines) {
        for (String line : lines) {
            String[] fields = line.split(" ", 4);
            if (fields.length > 3) {
                OptionalLong id = Numbers.parseUnsigned(fields[0]);
                device(fields[2])
                        .filter(_ -> id.isPresent())
                        .ifPresent(device -> devices.put(id.getAsLong(), device));
                if (id.isPresent() && LOCAL.contains(type(fields[3]))) {
                    local.add(id.getAsLong());
                }
            }
        }
    }

    /** As /proc/locks prints it: "fe:00". */
    Optional<String> of(long mountId) {
        return Optional.ofNullable(devices.get(mountId));
    }

    /** Which file of the machine a descriptor is of; empty on kernels before 5.14. */
    Optional<FileId> id(FdInfo info) {
        return info.inode().isEmpty() || info.mountId().isEmpty()
                ? Optional.empty()
                : of(info.mountId().getAsLong())
                        .map(device -> new FileId(device, info.inode().getAsLong()));
    }

    /** Whether asking for a file's type cannot hang. */
    boolean isLocal(long mountId) {
        return local.contains(mountId);
    }

    /** The word behind the dash, which ends the optional fields. */
    private static String type(String fields) {
        int dash = fields.indexOf(" - ");
        return dash < 0 ? "" : fields.substring(dash + 3).split(" ", 2)[0];
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
