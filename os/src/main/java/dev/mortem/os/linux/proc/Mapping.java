package dev.mortem.os.linux.proc;

import dev.mortem.base.address.AddressRange;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One mapping of /proc/PID/maps or /proc/PID/smaps (proc_pid_maps(5), proc_pid_smaps(5)).
 *
 * @param permissions "rwx" with dashes
 * @param device and {@code inode} tell one file from another: "fe:00 247026"
 * @param path without the kernel's " (deleted)"; empty for anonymous memory
 * @param deleted whether the file has no such name any more
 * @param residentBytes in memory; absent where only maps was read, as are the following
 * @param anonymousBytes private copies of pages, in memory
 * @param swappedBytes written out to swap
 * @param hugeBytes in huge pages, which take a single entry for 2 MiB
 * @param flags VmFlags, two letters each: "dd" is MADV_DONTDUMP
 */
public record Mapping(
        AddressRange range,
        String permissions,
        boolean shared,
        long fileOffset,
        String device,
        long inode,
        Optional<String> path,
        boolean deleted,
        OptionalLong residentBytes,
        OptionalLong anonymousBytes,
        OptionalLong swappedBytes,
        OptionalLong hugeBytes,
        Set<String> flags) {
    private static final String DELETED = " (deleted)";

    public Mapping {
        flags = Set.copyOf(flags);
    }

    /** Whether it shows a file, not memory of its own or the kernel's. */
    public boolean isFile() {
        return inode != 0 && path.map(name -> name.startsWith("/")).orElse(false);
    }

    /**
     * Whether it is shared memory without a file that anyone could open: "/dev/zero (deleted)",
     * "/memfd:name (deleted)", "/SYSV00000000 (deleted)".
     */
    public boolean isSharedAnonymous() {
        return shared && deleted;
    }

    /** All mappings of a maps or smaps file; lines in no form we know are passed over. */
    public static List<Mapping> parseAll(byte[] file) {
        List<Mapping> mappings = new ArrayList<>();
        Builder current = new Builder();
        int start = 0;
        while (start < file.length) {
            int end = start;
            while (end < file.length && file[end] != '\n') {
                end++;
            }
            if (isHeader(file, start, end)) {
                current.build().ifPresent(mappings::add);
                current = new Builder();
                current.header(text(file, start, end));
            } else {
                current.detail(file, start, end);
            }
            start = end + 1;
        }
        current.build().ifPresent(mappings::add);
        return mappings;
    }

    /** A header starts with a lower-case hex digit, a detail of smaps with an upper-case name. */
    private static boolean isHeader(byte[] file, int start, int end) {
        return start < end
                && ((file[start] >= '0' && file[start] <= '9')
                        || (file[start] >= 'a' && file[start] <= 'f'));
    }

    private static String text(byte[] file, int start, int end) {
        return new String(file, start, end - start, StandardCharsets.UTF_8);
    }

    /** Takes the lines of one mapping. */
    private static final class Builder {
        private Optional<Mapping> header = Optional.empty();
        private OptionalLong residentBytes = OptionalLong.empty();
        private OptionalLong anonymousBytes = OptionalLong.empty();
        private OptionalLong swappedBytes = OptionalLong.empty();
        private OptionalLong hugeBytes = OptionalLong.empty();
        private Set<String> flags = Set.of();

        /** "55e5e5049000-55e5e504b000 r--p 00000000 fe:00 247026      /usr/bin/cat". */
        void header(String line) {
            String[] parts = line.split(" +", 6);
            int dash = parts[0].indexOf('-');
            if (parts.length < 5 || dash < 0 || parts[1].length() < 4) {
                return;
            }
            OptionalLong start = Numbers.parseHex(parts[0].substring(0, dash));
            OptionalLong end = Numbers.parseHex(parts[0].substring(dash + 1));
            if (start.isEmpty() || end.isEmpty()) {
                return;
            }
            String name = parts.length > 5 ? parts[5] : "";
            boolean deleted = name.endsWith(DELETED);
            String path = deleted ? name.substring(0, name.length() - DELETED.length()) : name;
            header = Optional.of(new Mapping(
                    AddressRange.between(start.getAsLong(), end.getAsLong()),
                    parts[1].substring(0, 3),
                    parts[1].charAt(3) == 's',
                    Numbers.parseHex(parts[2]).orElse(0),
                    parts[3],
                    Numbers.parseUnsigned(parts[4]).orElse(0),
                    path.isEmpty() ? Optional.empty() : Optional.of(path.replace("\\012", "\n")),
                    deleted,
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Set.of()));
        }

        /** "Rss:                1584 kB", "VmFlags: rd ex mr mw me sd". Most lines are not for us. */
        void detail(byte[] file, int start, int end) {
            if (end - start < 5) {
                return;
            }
            switch (file[start]) {
                case 'R' -> residentBytes = kib(file, start, end, "Rss:", residentBytes);
                case 'A' -> {
                    anonymousBytes = kib(file, start, end, "Anonymous:", anonymousBytes);
                    hugeBytes = kib(file, start, end, "AnonHugePages:", hugeBytes);
                }
                case 'S' -> swappedBytes = kib(file, start, end, "Swap:", swappedBytes);
                case 'V' -> {
                    String line = text(file, start, end);
                    if (line.startsWith("VmFlags:")) {
                        flags = new HashSet<>(List.of(line.substring(8).trim().split(" +")));
                    }
                }
                default -> {}
            }
        }

        private static OptionalLong kib(
                byte[] file, int start, int end, String name, OptionalLong known) {
            if (end - start < name.length() || file[start + name.length() - 1] != ':') {
                return known;
            }
            String line = text(file, start, end);
            if (!line.startsWith(name)) {
                return known;
            }
            String value = line.substring(name.length()).trim();
            int blank = value.indexOf(' ');
            OptionalLong number =
                    Numbers.parseUnsigned(blank < 0 ? value : value.substring(0, blank));
            return number.isPresent() ? OptionalLong.of(number.getAsLong() * 1024) : known;
        }

        Optional<Mapping> build() {
            return header.map(known -> new Mapping(
                    known.range,
                    known.permissions,
                    known.shared,
                    known.fileOffset,
                    known.device,
                    known.inode,
                    known.path,
                    known.deleted,
                    residentBytes,
                    anonymousBytes,
                    swappedBytes,
                    hugeBytes,
                    flags));
        }
    }
}
