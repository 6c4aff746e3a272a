package dev.mortem.testkit.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The sources of all modules and what was compiled from them. Reads the folder once; the class files
 * are those of this build, because the checks are its last module.
 *
 * @param root the project's folder
 * @param modules the folders of the Maven modules, as the root pom names them
 * @param units every Java source
 */
public record Project(Path root, List<String> modules, List<SourceUnit> units) {
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    public Project {
        modules = List.copyOf(modules);
        units = List.copyOf(units);
    }

    public static Project read(Path root) {
        List<String> modules = MODULE.matcher(text(root.resolve("pom.xml")))
                .results()
                .map(found -> found.group(1))
                .toList();
        List<SourceUnit> units = new ArrayList<>();
        for (String module : modules) {
            units.addAll(units(root, module, false));
            units.addAll(units(root, module, true));
        }
        return new Project(root, modules, units);
    }

    private static List<SourceUnit> units(Path root, String module, boolean isTest) {
        Path sources = root.resolve(module).resolve(isTest ? "src/test/java" : "src/main/java");
        Path compiled =
                root.resolve(module).resolve(isTest ? "target/test-classes" : "target/classes");
        Map<String, List<ClassModel>> classes = classesBySource(compiled);
        return files(sources)
                .filter(file -> file.toString().endsWith(".java"))
                .map(file -> new SourceUnit(
                        module,
                        isTest,
                        slashes(root.relativize(file)),
                        text(file),
                        classes.getOrDefault(slashes(sources.relativize(file)), List.of())))
                .toList();
    }

    /** By "dev/mortem/base/bytes/ByteSource.java"; nested classes go with the outermost. */
    private static Map<String, List<ClassModel>> classesBySource(Path compiled) {
        Map<String, List<ClassModel>> bySource = new HashMap<>();
        files(compiled).filter(file -> file.toString().endsWith(".class")).forEach(file -> {
            String name = slashes(compiled.relativize(file));
            String outer = name.replaceFirst("(\\$.*)?\\.class$", ".java");
            bySource.computeIfAbsent(outer, none -> new ArrayList<>()).add(parse(file));
        });
        return bySource;
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The regular files beneath a folder, in order; none where there is no such folder. */
    static Stream<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList().stream();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static String text(Path file) {
        try {
            // Some fixtures are no text: no byte is refused.
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static String slashes(Path path) {
        return path.toString().replace('\\', '/');
    }
}
