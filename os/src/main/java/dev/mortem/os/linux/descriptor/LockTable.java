package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.FileId;
import dev.mortem.os.linux.proc.Numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * /proc/locks (proc_locks(5)): "1: FLOCK  ADVISORY  WRITE 812 fe:00:9977958 0 EOF", and behind each lock
 * its waiters with an arrow: "1: -> FLOCK  ADVISORY  WRITE 900 fe:00:9977958 0 EOF".
 */
final class LockTable {
    private static final Pattern LINE = Pattern.compile(
            "\\d+:\\s+(-> )?\\s*(\\w+)\\s+(\\S+)\\s+(\\S+)"
                    + "\\s+(-?\\d{1,10})\\s+([0-9a-f]+:[0-9a-f]+):(\\d{1,19})\\s+(\\d{1,19})\\s+(\\w+)");

    private LockTable() {}

    /** @param pid of the holder; -1 for an OFD lock, 0 for a process that this /proc does not show */
    record Lock(
            String kind,
            boolean exclusive,
            long pid,
            FileId file,
            long start,
            OptionalLong end,
            List<Long> waiters) {
        boolean concerns(long process) {
            return pid == process || waiters.contains(process);
        }
    }

    static List<Lock> parse(List<String> lines) {
        List<Lock> locks = new ArrayList<>();
        List<Long> waiters = new ArrayList<>();
        for (String line : lines) {
            Matcher fields = LINE.matcher(line.trim());
            if (!fields.matches()) {
                continue;
            }
            long pid = Long.parseLong(fields.group(5));
            if (fields.group(1) != null) {
                waiters.add(pid);
                continue;
            }
            waiters = new ArrayList<>();
            locks.add(new Lock(
                    kind(fields.group(2)),
                    fields.group(4).equals("WRITE"),
                    pid,
                    new FileId(
                            fields.group(6),
                            Numbers.parseUnsigned(fields.group(7)).orElse(0)),
                    Numbers.parseUnsigned(fields.group(8)).orElse(0),
                    Numbers.parseUnsigned(fields.group(9)),
                    waiters));
        }
        return locks;
    }

    private static String kind(String name) {
        return switch (name) {
            case "OFDLCK" -> "ofd";
            default -> name.toLowerCase(Locale.ROOT);
        };
    }
}
