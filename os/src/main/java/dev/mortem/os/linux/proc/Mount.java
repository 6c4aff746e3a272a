package dev.mortem.os.linux.proc;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
 *
 * @param root which folder of the file system is shown: "/docker/1f…" where a container sees its own
 *     cgroup only
 * @param mountPoint where it is shown
 * @param type "cgroup", "cgroup2", "ext4"
 * @param superOptions of the file system as a whole: for cgroup, the controllers
 */
public record Mount(String root, String mountPoint, String type, Set<String> superOptions) {
    public Mount {
        superOptions = Set.copyOf(superOptions);
    }

    /** All mounts in order; lines in no form we know are passed over. */
    public static List<Mount> parseAll(String text) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            // optional fields stand before the dash, none or many
            int dash = line.indexOf(" - ");
            if (dash < 0) {
                continue;
            }
            String[] before = line.substring(0, dash).split(" ", -1);
            String[] after = line.substring(dash + 3).split(" ", -1);
            if (before.length >= 6 && after.length >= 3) {
                mounts.add(new Mount(
                        unescape(before[3]),
                        unescape(before[4]),
                        after[0],
                        Set.copyOf(Arrays.asList(after[2].split(",", -1)))));
            }
        }
        return mounts;
    }

    /** Blank, tab, newline and backslash are written as "\040": three octal digits. */
    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        for (int index = 0; index < text.length(); index++) {
            int code = text.charAt(index) == '\\' ? octal(text, index + 1) : -1;
            if (code >= 0) {
                plain.append((char) code);
                index += 3;
            } else {
                plain.append(text.charAt(index));
            }
        }
        return plain.toString();
    }

    /** Three digits from there; -1 when there are none. */
    private static int octal(String text, int start) {
        if (start + 3 > text.length()) {
            return -1;
        }
        int code = 0;
        for (int index = start; index < start + 3; index++) {
            int digit = text.charAt(index) - '0';
            if (digit < 0 || digit > 7) {
                return -1;
            }
            code = code * 8 + digit;
        }
        return code;
    }
}
