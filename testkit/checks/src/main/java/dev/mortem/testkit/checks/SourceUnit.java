package dev.mortem.testkit.checks;

import java.lang.classfile.ClassModel;
import java.util.List;

/**
 * One Java source with the classes compiled from it.
 *
 * @param module the Maven module's folder: "base", "testkit/synth"
 * @param isTest whether it is test code
 * @param path from the project's folder, with slashes
 * @param text the whole source
 * @param classes what the compiler made of it
 */
public record SourceUnit(
        String module, boolean isTest, String path, String text, List<ClassModel> classes) {
    public SourceUnit {
        classes = List.copyOf(classes);
    }

    /** Lines without their ends; the first has index 0. */
    public List<String> lines() {
        return text.lines().toList();
    }

    public String fileName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** "dev.mortem.base.bytes", by the folder; empty for module-info. */
    public String packageName() {
        String marker = "/java/";
        int from = path.indexOf(marker) + marker.length();
        int to = path.lastIndexOf('/');
        return to <= from ? "" : path.substring(from, to).replace('/', '.');
    }

    /** Whether the package is {@code name} or lies beneath it. */
    public boolean isIn(String name) {
        return packageName().equals(name) || packageName().startsWith(name + ".");
    }

    /** Tables are exempt from the limits of size: they are data. */
    public boolean isTable() {
        return packageName().endsWith(".table");
    }

    public String place(long line) {
        return path + ":" + line;
    }
}
