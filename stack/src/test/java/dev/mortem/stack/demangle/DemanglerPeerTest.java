package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The names in this machine's C++ libraries, against binutils' c++filt. */
final class DemanglerPeerTest {
    private static final int NAMES_MAX = 30_000;
    private static final int MUTATIONS = 20_000;

    private static final Path LLVM_CXXFILT = Path.of("/usr/bin/llvm-cxxfilt");

    /** Marks of what c++filt leaves as it is. */
    private static final List<String> NEWER = List.of("Tn", "Ty", "_ZGR", "fL0p");

    @TempDir
    Path folder;

    private final Demangler demangler = new Demangler();

    @Test
    void writesEveryNameOfLibstdcxxAsCxxfiltDoes() throws Exception {
        assumeTools();
        List<Path> libraries = libraries("libstdc++.so.");
        assumeTrue(!libraries.isEmpty(), "needs libstdc++");
        List<String> names = List.copyOf(namesOf(libraries));
        assertThat(names).hasSizeGreaterThan(1_000);
        assertThat(differences(names)).isEmpty();
    }

    @Test
    void writesNamesOfOtherLibrariesAsCxxfiltDoes() throws Exception {
        assumeTools();
        assertThat(differences(sample(namesOf(libraries("lib"))))).isEmpty();
    }

    /**
     * Every name of every ELF file below the folders that MORTEM_NAMES_IN names, separated by colons:
     * minutes. Without it the tests above are the sample.
     */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("foldersAskedFor")
    void writesEveryNameOfTheFoldersAskedForAsCxxfiltDoes(Path folder) throws Exception {
        assumeTools();
        Set<String> seen = new HashSet<>();
        List<String> differences = new ArrayList<>();
        for (Path file : elfFiles(folder)) {
            List<String> names = namesOf(file).stream()
                    .filter(name -> name.startsWith("_Z") && seen.add(name))
                    .toList();
            differences.addAll(differences(names));
        }
        assertThat(differences).as("of %d names", seen.size()).isEmpty();
    }

    static List<Path> foldersAskedFor() {
        return Stream.of(System.getenv().getOrDefault("MORTEM_NAMES_IN", "").split(":", -1))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .toList();
    }

    private static List<Path> elfFiles(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                if (Files.isReadable(file) && Files.size(file) > 64 && isElf(file)) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static boolean isElf(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(4), new byte[] {0x7f, 'E', 'L', 'F'});
        }
    }

    /** Of both symbol tables. */
    private static SortedSet<String> namesOf(Path file) throws Exception {
        SortedSet<String> names = new TreeSet<>();
        for (String table : List.of("-D", "-a")) {
            for (String line : run(List.of(), "nm", table, file.toString())) {
                String name = line.substring(line.lastIndexOf(' ') + 1).replaceFirst("@.*", "");
                if (name.startsWith("_")) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    /** Names of a program that has all that Rust can mangle, see names.rs. */
    @Test
    void writesNamesOfRustAsLlvmDoes() throws Exception {
        assumeTrue(Files.isExecutable(LLVM_CXXFILT), "needs llvm-cxxfilt");
        List<String> names = resource("rust-v0-names.txt");
        assertThat(names).hasSizeGreaterThan(100);
        assertThat(rustDifferences(names)).isEmpty();
    }

    @Test
    void writesNamesOfRustJustCompiledAsLlvmDoes() throws Exception {
        assumeTrue(Files.isExecutable(LLVM_CXXFILT), "needs llvm-cxxfilt");
        assumeTrue(Tool.find("rustc").isPresent(), "needs rustc");
        Path source = folder.resolve("names.rs");
        Files.write(source, resource("names.rs"));
        Path program = folder.resolve("names.so");
        Tool.find("rustc")
                .orElseThrow()
                .text(List.of(
                        "-Copt-level=1",
                        "-Csymbol-mangling-version=v0",
                        "--crate-type=cdylib",
                        "-o",
                        program.toString(),
                        source.toString()));
        List<String> names =
                namesOf(program).stream().filter(name -> name.startsWith("_R")).toList();
        assertThat(names).hasSizeGreaterThan(30);
        assertThat(rustDifferences(names)).isEmpty();
    }

    @Test
    void writesNamesOfDAsCxxfiltDoes() throws Exception {
        assumeTools();
        List<String> names = resource("d-names.txt");
        List<String> theirs = run(names, "c++filt", "-s", "dlang");
        for (int i = 0; i < names.size(); i++) {
            assertThat(demangler.demangle(names.get(i))).contains(theirs.get(i));
        }
    }

    /** LLVM shows in parentheses what compilers append; we show it as for C++. */
    private List<String> rustDifferences(List<String> names) throws Exception {
        List<String> theirs = run(names, LLVM_CXXFILT.toString());
        assertThat(theirs).hasSameSizeAs(names);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String expected = theirs.get(i)
                    .replaceFirst(" \\(\\.llvm\\.[0-9A-F]+\\)$", "")
                    .replaceFirst(" \\((\\.[a-z0-9]+)\\)$", " [clone $1]");
            String ours = demangler.demangle(name).orElse(name);
            if (!ours.equals(expected)) {
                differences.add(name + "\n  llvm: " + expected + "\n  ours: " + ours);
            }
        }
        return differences;
    }

    private static List<String> resource(String name) throws IOException {
        try (var in = DemanglerPeerTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    /** What a damaged symbol table may hold: any answer, soon. */
    @Test
    void survivesMutationsOfRealNames() throws Exception {
        assumeTools();
        List<Path> libraries = libraries("libstdc++.so.");
        assumeTrue(!libraries.isEmpty(), "needs libstdc++");
        survivesMutationsOf(List.copyOf(namesOf(libraries)), "_Z1f");
    }

    @Test
    void survivesMutationsOfNamesOfRustAndD() throws Exception {
        survivesMutationsOf(resource("rust-v0-names.txt"), "_RC1f");
        survivesMutationsOf(resource("d-names.txt"), "_D1fi");
    }

    private void survivesMutationsOf(List<String> names, String shortest) {
        SplittableRandom random = new SplittableRandom(20_251_121);
        Duration longest = Duration.ZERO;
        for (int i = 0; i < MUTATIONS; i++) {
            String mutated = mutate(names, random, shortest);
            Instant start = Instant.now();
            Optional<String> name = demangler.demangle(mutated);
            Optional<String> shortened = demangler.demangleShort(mutated);
            Duration taken = Duration.between(start, Instant.now());
            longest = taken.compareTo(longest) > 0 ? taken : longest;
            assertThat(name.orElse("").length())
                    .isLessThanOrEqualTo((int) Demangler.OUTPUT_LENGTH.defaultMax());
            assertThat(shortened.isPresent()).isEqualTo(name.isPresent());
        }
        assertThat(longest).isLessThan(Duration.ofSeconds(5));
    }

    private static String mutate(List<String> names, SplittableRandom random, String shortest) {
        StringBuilder name = new StringBuilder(names.get(random.nextInt(names.size())));
        int changes = random.nextInt(1, 5);
        for (int change = 0; change < changes; change++) {
            int at = random.nextInt(2, name.length());
            String other = names.get(random.nextInt(names.size()));
            int from = random.nextInt(other.length());
            int to = Math.min(other.length(), from + random.nextInt(1, 9));
            switch (random.nextInt(4)) {
                case 0 -> name.setCharAt(at, other.charAt(from));
                case 1 -> name.deleteCharAt(at);
                case 2 -> name.insert(at, other, from, to);
                default -> name.setLength(at + 1);
            }
            if (name.length() < 4) {
                name.setLength(0);
                name.append(shortest);
            }
        }
        return name.toString();
    }

    private static void assumeTools() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/c++filt")), "needs c++filt");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/nm")), "needs nm");
    }

    private static List<Path> libraries(String prefix) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path root : List.of(Path.of("/usr/lib/x86_64-linux-gnu"), Path.of("/usr/lib64"))) {
            if (Files.isDirectory(root)) {
                try (Stream<Path> files = Files.list(root)) {
                    files.filter(file -> file.getFileName().toString().startsWith(prefix))
                            .filter(file -> file.getFileName().toString().contains(".so"))
                            .filter(file -> Files.isRegularFile(file))
                            .sorted()
                            .forEach(found::add);
                }
            }
        }
        return found;
    }

    /** Mangled names of the dynamic symbol tables, without versions. */
    private static SortedSet<String> namesOf(List<Path> libraries) throws Exception {
        SortedSet<String> names = new TreeSet<>();
        List<String> command = new ArrayList<>(List.of("nm", "-D", "--defined-only"));
        libraries.forEach(library -> command.add(library.toString()));
        for (String line : run(List.of(), command.toArray(String[]::new))) {
            String name = line.substring(line.lastIndexOf(' ') + 1).replaceFirst("@.*", "");
            if (name.startsWith("_Z")) {
                names.add(name);
            }
        }
        return names;
    }

    /** Evenly spread. */
    private static List<String> sample(SortedSet<String> all) {
        List<String> names = List.copyOf(all);
        int step = Math.max(1, names.size() / NAMES_MAX);
        List<String> sample = new ArrayList<>();
        for (int i = 0; i < names.size(); i += step) {
            sample.add(names.get(i));
        }
        return sample;
    }

    private List<String> differences(List<String> names) throws Exception {
        List<String> theirs = run(names, "c++filt");
        assertThat(theirs).hasSameSizeAs(names);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String ours = demangler.demangle(name).orElse(name);
            // c++filt shows the hash of a Rust name, and not which clone it is; we do the reverse
            String expected = theirs.get(i).replaceFirst("::h[0-9a-f]{16}$", "");
            boolean rust = !expected.equals(theirs.get(i));
            String comparable = rust ? ours.replaceFirst(" \\[clone [^\\]]*\\]$", "") : ours;
            // binutils 2.40 does not know TnTy in arguments, fL0p, and discriminators of
            // temporaries
            boolean readByUsAlone =
                    theirs.get(i).equals(name) && NEWER.stream().anyMatch(name::contains);
            if (!comparable.equals(expected) && !readByUsAlone) {
                differences.add(name + "\n  c++filt: " + expected + "\n  ours:    " + ours);
            }
        }
        return differences;
    }

    private static List<String> run(List<String> input, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
            try (var sink = process.getOutputStream()) {
                String text = String.join("\n", input) + "\n";
                sink.write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // nm reads none; what c++filt missed shows in the count of lines
                if (!input.isEmpty()) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        List<String> lines;
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            lines = reader.lines().toList();
        }
        written.join();
        process.waitFor();
        return lines;
    }
}
