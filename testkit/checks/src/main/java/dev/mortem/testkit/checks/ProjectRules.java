package dev.mortem.testkit.checks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rules about more than one file. Each takes what it judges, so that a test can show it worse. */
final class ProjectRules {
    /** Which module may use which: the drawing in docs/architecture. Itself is understood. */
    private static final Map<String, Set<String>> MODULE_USES = Map.of(
            "base", Set.of(),
            "format", Set.of("base"),
            "dump", Set.of("base", "format"),
            "stack", Set.of("base", "format"),
            "os", Set.of("base"),
            "analyze", Set.of("base", "format", "stack"),
            "collect", Set.of("base", "os", "dump", "analyze"),
            "cli", Set.of("base", "format", "dump", "stack", "os", "analyze", "collect"));

    private ProjectRules() {}

    static Stream<Violation> packageCycles(PackageGraph graph) {
        return graph.cycle().stream()
                .map(cycle -> new Violation(
                        cycle.getFirst(),
                        "packages in a circle: " + String.join(" -> ", cycle),
                        "move what both need into a package beneath both"));
    }

    static Stream<Violation> moduleGraph(PackageGraph graph) {
        List<Violation> found = new ArrayList<>();
        graph.edges()
                .forEach((from, targets) -> targets.forEach(to -> {
                    String user = moduleOf(from);
                    String used = moduleOf(to);
                    if (MODULE_USES.containsKey(user)
                            && !user.equals(used)
                            && !MODULE_USES.getOrDefault(user, Set.of()).contains(used)) {
                        found.add(new Violation(
                                from,
                                "uses " + to,
                                user + " may use " + MODULE_USES.getOrDefault(user, Set.of())));
                    }
                }));
        return found.stream();
    }

    /** "dev.mortem.base.bytes" is of base. */
    private static String moduleOf(String packageName) {
        String[] parts = packageName.split("\\.", -1);
        return parts.length > 2 ? parts[2] : "";
    }

    static Stream<Violation> packagesWithoutDescription(Collection<SourceUnit> units) {
        Set<String> described = units.stream()
                .filter(unit -> unit.fileName().equals("package-info.java"))
                .map(SourceUnit::packageName)
                .collect(Collectors.toSet());
        return units.stream()
                .filter(unit -> !unit.isTest() && !unit.packageName().isEmpty())
                .map(SourceUnit::packageName)
                .distinct()
                .filter(name -> !described.contains(name))
                .map(
                        name -> new Violation(
                                name,
                                "no package-info.java",
                                "say what the package is for, what it does not do, and its types in order"));
    }

    /**
     * Every version in the pom stands beneath a comment that says why the thing is there; several may
     * share one. A version anywhere else than in a property hides from that.
     */
    static Stream<Violation> dependenciesWithoutReason(String pom) {
        List<Violation> found = new ArrayList<>();
        List<String> lines = pom.lines().map(String::strip).toList();
        boolean explained = false;
        boolean inDependencies = false;
        for (int index = 0; index < lines.size(); index++) {
            String line = lines.get(index);
            explained = line.startsWith("<!--") || (explained && !line.isEmpty());
            inDependencies = (inDependencies || line.equals("<dependencies>"))
                    && !line.equals("</dependencies>");
            if (line.matches("<[\\w-]+\\.version>.*") && !explained) {
                found.add(new Violation(
                        "pom.xml:" + (index + 1), line, "say above it what the dependency is for"));
            }
            if (inDependencies && line.matches("<version>[^$].*")) {
                found.add(new Violation(
                        "pom.xml:" + (index + 1), line, "make it a property with its reason"));
            }
        }
        return found.stream();
    }

    /** A module's own pom states no version but its parent's. */
    static Stream<Violation> versionsOutsideTheRoot(String path, String pom) {
        String withoutParent = pom.replaceAll("(?s)<parent>.*?</parent>", "");
        return withoutParent
                .lines()
                .filter(line -> line.contains("<version>"))
                .map(line ->
                        new Violation(path, line.strip(), "versions stand once, in the root pom"));
    }

    /**
     * A fixture is alive when a test names its file, or the folder of the case that it belongs to.
     *
     * @param fixtures paths beneath src/test/resources
     * @param tests all test code
     */
    static Stream<Violation> deadFixtures(Collection<Path> fixtures, String tests) {
        return fixtures.stream()
                .filter(fixture -> !isNamed(fixture, tests))
                .map(fixture -> new Violation(
                        Project.slashes(fixture), "no test names it", "delete it, or test it"));
    }

    private static boolean isNamed(Path fixture, String tests) {
        Set<String> generic = Set.of("dev", "mortem", "testdata", "golden");
        String file = String.valueOf(fixture.getFileName());
        if (tests.contains("\"" + file + "\"") || tests.contains("/" + file + "\"")) {
            return true;
        }
        for (Path folder : fixture) {
            String name = folder.toString();
            boolean isFile = name.equals(file);
            if (!isFile && !generic.contains(name) && tests.contains(name + "\"")) {
                return true;
            }
            if (!isFile && !generic.contains(name) && tests.contains(name + "/")) {
                return true;
            }
        }
        return false;
    }

    /** Scripts, documents and poms as well: no path of the machine they were written on. */
    static Stream<Violation> machinePaths(String path, String text) {
        return text.lines()
                .filter(TextRules.MACHINE_PATH.asPredicate())
                .map(line -> new Violation(path, line.strip(), "make it relative to the project"));
    }
}
