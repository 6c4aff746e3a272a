package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A line of /proc/PID/maps (proc(5)), as Breakpad keeps the file.
 *
 * @param path of the file, or the kernel's name; empty for memory without either
 */
record MappedFile(
        AddressRange range, String permissions, boolean shared, long fileOffset, String path) {
    /** What the kernel appends to a file that is gone. */
    private static final String DELETED = " (deleted)";

    /** Every line that can be read, by ascending address; others are left out. */
    static List<MappedFile> parse(String maps) {
        List<MappedFile> files = new ArrayList<>();
        maps.lines().forEach(line -> line(line).ifPresent(files::add));
        files.sort(Comparator.comparing(MappedFile::range));
        return files;
    }

    private static Optional<MappedFile> line(String line) {
        String[] fields = line.split(" +", 6);
        String[] ends = fields[0].split("-", -1);
        if (fields.length < 5 || ends.length != 2 || fields[1].length() < 4) {
            return Optional.empty();
        }
        try {
            String path = fields.length > 5 ? fields[5].strip() : "";
            return Optional.of(new MappedFile(
                    AddressRange.between(
                            Long.parseUnsignedLong(ends[0], 16),
                            Long.parseUnsignedLong(ends[1], 16)),
                    fields[1].substring(0, 3),
                    fields[1].charAt(3) == 's',
                    Long.parseUnsignedLong(fields[2], 16),
                    path.endsWith(DELETED)
                            ? path.substring(0, path.length() - DELETED.length())
                            : path));
        } catch (NumberFormatException noNumber) {
            return Optional.empty();
        }
    }
}
