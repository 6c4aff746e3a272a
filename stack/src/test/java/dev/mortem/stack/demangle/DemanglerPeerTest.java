package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The names in this machine's C++ libraries, against binutils' c++filt. */
final class DemanglerPeerTest {
    private static final int NAMES_MAX = 30_000;
    private static final int MUTATIONS = 20_000;

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

    /** What a damaged symbol table may hold: any answer, soon. */
    @Test
    void survivesMutationsOfRealNames() throws Exception {
        assumeTools();
        List<Path> libraries = libraries("libstdc++.so.");
        assumeTrue(!libraries.isEmpty(), "needs libstdc++");
        List<String> names = List.copyOf(namesOf(libraries));
        SplittableRandom random = new SplittableRandom(20_251_121);
        Duration longest = Duration.ZERO;
        for (int i = 0; i < MUTATIONS; i++) {
            String mutated = mutate(names, random);
            Instant start = Instant.now();
            Optional<String> name = demangler.demangle(mutated);
            Duration taken = Duration.between(start, Instant.now());
            longest = taken.compareTo(longest) > 0 ? taken : longest;
            assertThat(name.orElse("").length())
                    .isLessThanOrEqualTo((int) Demangler.OUTPUT_LENGTH.defaultMax());
        }
        assertThat(longest).isLessThan(Duration.ofSeconds(5));
    }

    private static String mutate(List<String> names, SplittableRandom random) {
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
            if (name.length() < 3) {
                name.append("1f");
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
            // c++filt shows the hash of a Rust name; we do not
            String expected = theirs.get(i).replaceFirst("::h[0-9a-f]{16}$", "");
            if (!ours.equals(expected)) {
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
