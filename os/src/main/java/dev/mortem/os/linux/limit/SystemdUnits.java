package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Settings of systemd's system units, read from their files as systemd does (systemd.unit(5), "Unit File
 * Load Path"): what was changed since systemd read them is seen too early. Safe for any thread.
 */
final class SystemdUnits {
    /** From the most to the least specific: what stands in an earlier one hides the same name later. */
    private static final List<String> UNIT_FOLDERS = List.of(
            "etc/systemd/system.control",
            "run/systemd/system.control",
            "run/systemd/transient",
            "run/systemd/generator.early",
            "etc/systemd/system",
            "run/systemd/system",
            "run/systemd/generator",
            "usr/local/lib/systemd/system",
            "usr/lib/systemd/system",
            "lib/systemd/system",
            "run/systemd/generator.late");

    /** systemd-system.conf(5). */
    private static final List<String> MANAGER_FOLDERS = List.of(
            "etc/systemd",
            "run/systemd",
            "usr/local/lib/systemd",
            "usr/lib/systemd",
            "lib/systemd");

    /** systemd itself takes no longer line; whole files are a few KiB. */
    private static final long FILE_BYTES_MAX = 1 << 20;

    private static final Set<String> NO = Set.of("0", "no", "n", "false", "f", "off");

    private final Path root;

    SystemdUnits(Path root) {
        this.root = root;
    }

    /**
     * A setting of the section that is named after the unit's type: [Service] of "shop.service".
     *
     * @return the last assignment; empty where there is none, or where the last one takes it back
     */
    Optional<String> setting(String unit, String key) {
        String type = unit.substring(unit.lastIndexOf('.') + 1);
        String section = type.isEmpty()
                ? ""
                : type.substring(0, 1).toUpperCase(Locale.ROOT) + type.substring(1);
        return lastAssignment(files(UNIT_FOLDERS, names(unit), dropInNames(unit)), section, key);
    }

    /**
     * Whether the whole unit ends when the kernel kills one of its processes for want of memory:
     * OOMPolicy "stop" or "kill". Without a word it is DefaultOOMPolicy, which is "stop" unless changed;
     * but a unit with Delegate, such as a container engine's, looks after its processes itself.
     */
    boolean endsWithOneKill(String unit) {
        if (!unit.endsWith(".service") && !unit.endsWith(".scope")) {
            return false; // other types have no such setting
        }
        boolean delegates = setting(unit, "Delegate")
                .map(value -> !NO.contains(value.toLowerCase(Locale.ROOT)))
                .orElse(false);
        String policy = setting(unit, "OOMPolicy")
                .or(() -> delegates ? Optional.of("continue") : defaultOomPolicy())
                .orElse("stop");
        return !policy.equals("continue");
    }

    private Optional<String> defaultOomPolicy() {
        List<String> name = List.of("system.conf");
        return lastAssignment(
                files(MANAGER_FOLDERS, name, List.of("system.conf.d")),
                "Manager",
                "DefaultOOMPolicy");
    }

    /** "foo@x.service" is made of "foo@.service" where it has no file of its own. */
    private static List<String> names(String unit) {
        int at = unit.indexOf('@');
        int dot = unit.lastIndexOf('.');
        return at < 0 || dot <= at + 1
                ? List.of(unit)
                : List.of(unit, unit.substring(0, at + 1) + unit.substring(dot));
    }

    /** For "a-b@x.service": its own folder, "a-b@.service.d", "a-.service.d", "service.d". */
    private static List<String> dropInNames(String unit) {
        List<String> folders = new ArrayList<>();
        List<String> names = names(unit);
        names.forEach(name -> folders.add(name + ".d"));
        int dot = unit.lastIndexOf('.');
        String type = unit.substring(dot + 1);
        String stem = unit.substring(0, Math.max(0, dot));
        for (int dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1)) {
            if (dash + 1 < stem.length()) {
                folders.add(stem.substring(0, dash + 1) + "." + type + ".d");
            }
        }
        folders.add(type + ".d");
        return folders;
    }

    /** The main file first, then the drop-ins by their names. */
    private List<Path> files(List<String> folders, List<String> names, List<String> dropIns) {
        List<Path> files = new ArrayList<>();
        try {
            names.stream()
                    .flatMap(name -> folders.stream().map(folder -> at(folder, name)))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .ifPresent(files::add);
            Map<String, Path> byName = new TreeMap<>();
            for (String dropIn : dropIns) {
                for (String folder : folders) {
                    settingsIn(at(folder, dropIn))
                            .forEach(file ->
                                    byName.putIfAbsent(String.valueOf(file.getFileName()), file));
                }
            }
            files.addAll(byName.values());
        } catch (InvalidPathException noPath) {
            return List.of(); // no unit has a name that is none
        }
        return files;
    }

    private Path at(String folder, String name) {
        return root.resolve(folder).resolve(name);
    }

    private static List<Path> settingsIn(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.conf")) {
            entries.forEach(files::add);
        } catch (IOException | DirectoryIteratorException absent) {
            return List.of(); // most units have none
        }
        return files;
    }

    private static Optional<String> lastAssignment(
            Collection<Path> files, String section, String key) {
        String value = "";
        for (Path file : files) {
            String current = "";
            for (String line : lines(file)) {
                int equals = line.indexOf('=');
                if (line.startsWith("[") && line.endsWith("]")) {
                    current = line.substring(1, line.length() - 1);
                } else if (current.equals(section)
                        && equals > 0
                        && line.substring(0, equals).strip().equals(key)) {
                    value = line.substring(equals + 1).strip();
                }
            }
        }
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }

    /** Without comments; a backslash at the end goes on with the next line. */
    private static List<String> lines(Path file) {
        List<String> lines = new ArrayList<>();
        String begun = "";
        for (String raw : text(file).split("\n", -1)) {
            String line = raw.strip();
            if (line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            if (line.endsWith("\\")) {
                begun += line.substring(0, line.length() - 1) + " ";
            } else {
                lines.add(begun + line);
                begun = "";
            }
        }
        lines.add(begun);
        return lines;
    }

    /** A drop-in may link to /dev/null, which masks it. */
    private static String text(Path file) {
        try {
            boolean isReadable = Files.isRegularFile(file) && Files.size(file) <= FILE_BYTES_MAX;
            return isReadable ? ProcFolder.text(file).orElse("") : "";
        } catch (IOException gone) {
            return ""; // removed since it was listed
        }
    }
}
