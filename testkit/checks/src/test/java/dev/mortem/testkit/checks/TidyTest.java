package dev.mortem.testkit.checks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The style of the project, enforced; and each rule shown not to be blind. */
class TidyTest {
    private static final Set<String> TEXT_FILES =
            Set.of("java", "md", "xml", "c", "yaml", "html", "css", "js", "txt");

    private static Project project;

    @BeforeAll
    static void readProject() {
        String folder = Objects.requireNonNull(
                System.getProperty("mortem.project"), "the build sets mortem.project");
        project = Project.read(Path.of(folder));
    }

    static Stream<TidyRule> rules() {
        return Stream.of(TextRules.all(), SyntaxRules.all(), ClassRules.all())
                .flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void everySourceKeepsTheRule(TidyRule rule) {
        assertThat(project.units().stream().flatMap(rule.check())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuleRefusesItsCanary(TidyRule rule) {
        assertThat(rule.check().apply(InMemoryCompiler.compile(rule.canary()))).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuleLetsASoundClassPass(TidyRule rule) {
        SourceUnit sound = InMemoryCompiler.compile("final class Bad { int one() { return 1; } }");
        assertThat(sound.classes()).isNotEmpty();
        assertThat(rule.check().apply(sound)).isEmpty();
    }

    @Test
    void theWholeProjectIsSeen() {
        assertThat(project.modules()).contains("base", "cli", "testkit/checks");
        assertThat(project.units())
                .extracting(SourceUnit::path)
                .contains("base/src/main/java/dev/mortem/base/bytes/ByteSource.java");
        // package-info and module-info may leave no class behind
        assertThat(project.units().stream()
                        .filter(unit -> unit.classes().isEmpty())
                        .filter(unit -> !unit.fileName().endsWith("-info.java"))
                        .map(SourceUnit::path))
                .as("sources without a compiled class: build all modules first")
                .isEmpty();
    }

    @Test
    void packagesFormNoCircle() {
        assertThat(ProjectRules.packageCycles(mainGraph())).isEmpty();
        PackageGraph bad = new PackageGraph()
                .add("dev.mortem.a", "dev.mortem.b")
                .add("dev.mortem.b", "dev.mortem.c")
                .add("dev.mortem.c", "dev.mortem.a");
        assertThat(ProjectRules.packageCycles(bad))
                .singleElement()
                .asString()
                .contains("dev.mortem.a -> dev.mortem.b -> dev.mortem.c -> dev.mortem.a");
    }

    @Test
    void modulesUseOnlyWhatIsBeneathThem() {
        assertThat(ProjectRules.moduleGraph(mainGraph())).isEmpty();
        PackageGraph bad = new PackageGraph().add("dev.mortem.os.linux", "dev.mortem.dump.core");
        assertThat(ProjectRules.moduleGraph(bad)).hasSize(1);
    }

    private static PackageGraph mainGraph() {
        return PackageGraph.of(
                project.units().stream().filter(unit -> !unit.isTest()).toList());
    }

    @Test
    void everyPackageSaysWhatItIsFor() {
        assertThat(ProjectRules.packagesWithoutDescription(project.units())).isEmpty();
        assertThat(ProjectRules.packagesWithoutDescription(
                        List.of(InMemoryCompiler.compile("class Bad {}"))))
                .hasSize(1);
    }

    @Test
    void everyDependencySaysWhyItIsThere() {
        String pom = Project.text(project.root().resolve("pom.xml"));
        assertThat(ProjectRules.dependenciesWithoutReason(pom)).isEmpty();
        String bad = """
                <!-- why -->
                <a.version>1</a.version>

                <b.version>2</b.version>
                <dependencies>
                <version>3</version>
                """;
        assertThat(ProjectRules.dependenciesWithoutReason(bad)).hasSize(2);
    }

    @Test
    void versionsStandInTheRootPomOnly() {
        for (String module : project.modules()) {
            String pom = Project.text(project.root().resolve(module).resolve("pom.xml"));
            assertThat(ProjectRules.versionsOutsideTheRoot(module, pom)).isEmpty();
        }
        assertThat(ProjectRules.versionsOutsideTheRoot(
                        "bad", "<parent><version>1</version></parent>\n<version>2</version>"))
                .hasSize(1);
    }

    @Test
    void everyFixtureIsNamedByATest() {
        String tests = project.units().stream()
                .filter(SourceUnit::isTest)
                .map(SourceUnit::text)
                .collect(Collectors.joining());
        for (String module : project.modules()) {
            Path folder = project.root().resolve(module).resolve("src/test/resources");
            List<Path> fixtures = Project.files(folder).map(folder::relativize).toList();
            assertThat(ProjectRules.deadFixtures(fixtures, tests)).isEmpty();
        }
        assertThat(ProjectRules.deadFixtures(
                        List.of(Path.of("dev/mortem/bad/forgotten.core")), "read(\"other.core\")"))
                .hasSize(1);
        assertThat(ProjectRules.deadFixtures(
                        List.of(Path.of("dev/mortem/bad/forgotten.core")),
                        "read(\"forgotten.core\")"))
                .isEmpty();
    }

    @Test
    void nothingNamesTheMachineItWasWrittenOn() {
        assertThat(textFiles()
                        .flatMap(file -> ProjectRules.machinePaths(
                                Project.slashes(project.root().relativize(file)),
                                Project.text(file))))
                .isEmpty();
        assertThat(ProjectRules.machinePaths("bad", "see /r" + "oot/notes")).hasSize(1);
    }

    private static Stream<Path> textFiles() {
        Stream<Path> inModules = project.modules().stream()
                .flatMap(module -> Project.files(project.root().resolve(module).resolve("src")));
        Stream<Path> others = Stream.of("bin", "docs", "bench", ".ci")
                .flatMap(folder -> Project.files(project.root().resolve(folder)));
        Stream<Path> top = Stream.of("mortem", "build", "README.md", "CHANGELOG.md", "pom.xml")
                .map(project.root()::resolve)
                .filter(file -> file.toFile().isFile());
        return Stream.of(inModules, others, top)
                .flatMap(files -> files)
                .filter(file -> isText(String.valueOf(file.getFileName())));
    }

    private static boolean isText(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 || TEXT_FILES.contains(name.substring(dot + 1));
    }
}
