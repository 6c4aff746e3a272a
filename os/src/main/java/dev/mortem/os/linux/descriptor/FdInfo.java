package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Watch;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.os.linux.proc.Numbers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * /proc/PID/fdinfo/N (proc_pid_fdinfo(5)): lines "name: value", and for some kinds lines of their own.
 *
 * @param values the first value of each name
 * @param watches of an epoll: "tfd: 3 events: 19 data: 3 pos:0 ino:1a1ce sdev:9"
 * @param fileWatches how many lines of inotify there are
 */
record FdInfo(Map<String, String> values, List<Watch> watches, long fileWatches) {
    private static final Pattern WATCH = Pattern.compile(
            "tfd:\\s*(\\d{1,9})\\s+events:\\s*([0-9a-f]{1,8})\\b(?:.*\\bino:([0-9a-f]{1,16}))?.*");
    private static final Pattern TIME = Pattern.compile("\\((\\d{1,12}), (\\d{1,9})\\)");
    private static final int ACCESS_MASK = 3;

    FdInfo {
        values = Map.copyOf(values);
        watches = List.copyOf(watches);
    }

    /** @param watchesMax how many lines of an epoll are kept */
    static FdInfo parse(List<String> lines, int watchesMax) {
        Map<String, String> values = new HashMap<>();
        List<Watch> watches = new ArrayList<>();
        long fileWatches = 0;
        for (String line : lines) {
            if (line.startsWith("tfd:")) {
                Matcher watch = WATCH.matcher(line);
                if (watches.size() < watchesMax && watch.matches()) {
                    watches.add(new Watch(
                            Integer.parseInt(watch.group(1)),
                            Long.parseLong(watch.group(2), 16),
                            watch.group(3) == null
                                    ? OptionalLong.empty()
                                    : Numbers.parseHex(watch.group(3))));
                }
            } else if (line.startsWith("inotify ")) {
                fileWatches++;
            } else {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    values.putIfAbsent(
                            line.substring(0, colon), line.substring(colon + 1).trim());
                }
            }
        }
        return new FdInfo(values, watches, fileWatches);
    }

    /** From the flags of open(2), which are printed in octal. */
    Access access() {
        try {
            int flags = Integer.parseUnsignedInt(values.getOrDefault("flags", ""), 8);
            return switch (flags & ACCESS_MASK) {
                case 0 -> Access.READ;
                case 1 -> Access.WRITE;
                case 2 -> Access.READ_WRITE;
                default -> Access.UNKNOWN;
            };
        } catch (NumberFormatException notThere) {
            return Access.UNKNOWN;
        }
    }

    /** Since Linux 5.14. */
    OptionalLong inode() {
        return number("ino");
    }

    /** Which mount the file was opened through. */
    OptionalLong mountId() {
        return number("mnt_id");
    }

    /** What an "anon_inode:[eventpoll]" is, by that name. */
    DescriptorTarget anonymous(String name) {
        return switch (name) {
            case "eventpoll" -> new DescriptorTarget.Epoll(watches);
            case "eventfd" -> new DescriptorTarget.EventCounter(hex("eventfd-count"));
            case "timerfd" -> new DescriptorTarget.Timer(time("it_value"), time("it_interval"));
            case "signalfd" -> new DescriptorTarget.Signals(hex("sigmask"));
            case "inotify" -> new DescriptorTarget.FileWatch(fileWatches);
            case "pidfd" -> new DescriptorTarget.ProcessReference(number("Pid"));
            default -> new DescriptorTarget.Other(name);
        };
    }

    private OptionalLong number(String name) {
        return Numbers.parseUnsigned(values.getOrDefault(name, ""));
    }

    private OptionalLong hex(String name) {
        return Numbers.parseHex(values.getOrDefault(name, ""));
    }

    /** "(49, 406829000)": seconds and nanoseconds. */
    private Optional<Duration> time(String name) {
        Matcher time = TIME.matcher(values.getOrDefault(name, ""));
        return time.matches()
                ? Optional.of(Duration.ofSeconds(
                        Long.parseLong(time.group(1)), Long.parseLong(time.group(2))))
                : Optional.empty();
    }
}
