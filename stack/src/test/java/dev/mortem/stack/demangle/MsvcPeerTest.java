package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Names of Microsoft's scheme, against LLVM's llvm-undname: of a program of our own and of the corpus. */
final class MsvcPeerTest {
    private static final int MUTATIONS = 20_000;

    private static final Pattern IN_A_FILE =
            Pattern.compile("(?:\\.\\?A|__imp_\\?|\\?)[A-Za-z0-9_?$@<>-]{3,4000}");

    private static final Pattern IN_A_DUMP_OF_A_PDB = Pattern.compile("`(_?\\?[^`]*)`");

    /** What LLVM 14 does not know: placeholders, values with their type, 128 bits, imports, … */
    private static final List<String> NEWER =
            List.of("?A_P", "?A_T", "$M", "$2U", "$2V", "_L", "__imp_", "??__E?$", "??__F?$", "_?");

    /** Such a function stands there by its bare name. */
    private static final Pattern IN_A_C_FUNCTION =
            Pattern.compile("@\\?([0-9]|[A-P]+@)\\?[A-Za-z_]");

    @TempDir
    Path folder;

    private final Demangler demangler = new Demangler();

    /** Why an answer of ours may be another than LLVM's. */
    private enum Difference {
        NONE,
        /** LLVM passes over what stands behind a name; we read a name whole or not at all. */
        TEXT_BEHIND_NAME,
        /** Nor does it miss the 8 behind run-time type information. */
        END_MISSING,
        /** Nor does it tell of a part of a function with its own frame. */
        CLONE,
        /** The class in a class that a table is for is told by more than one name. */
        SEVERAL_TARGETS,
        /** A checksum with leading zeros: LLVM takes its end for the end of an empty literal. */
        SHORT_CHECKSUM,
        /** It writes nothing for __regcall. */
        REGISTER_CALL,
        /** It writes an empty name for an operator that it does not know. */
        EMPTY_NAME,
        READ_BY_US_ALONE,
        UNEXPLAINED
    }

    @Test
    void writesNamesOfEachConstructAsLlvmDoes() throws Exception {
        List<String> names = resource();
        assertThat(names).hasSizeGreaterThan(500);
        assertThat(unexplained(names)).isEmpty();
        assertThat(names)
                .allSatisfy(name -> assertThat(demangler.demangle(name)).isPresent());
    }

    @Test
    void writesNamesJustCompiledAsLlvmDoes() throws Exception {
        Optional<Tool> clang = Tool.find("clang++");
        Optional<Tool> nm = Tool.find("llvm-nm");
        assumeTrue(clang.isPresent() && nm.isPresent(), "needs clang++ and llvm-nm");
        Path source = folder.resolve("names.cpp");
        try (var in = MsvcPeerTest.class.getResourceAsStream("msvc-names.cpp")) {
            assertThat(in).isNotNull();
            Files.write(source, in.readAllBytes());
        }
        for (String cpu : List.of("x86_64", "i686")) {
            Path object = folder.resolve(cpu + ".o");
            clang.get()
                    .text(List.of(
                            "--target=" + cpu + "-pc-windows-msvc",
                            "-std=c++20",
                            "-fexceptions",
                            "-fcxx-exceptions",
                            "-w",
                            "-c",
                            "-o",
                            object.toString(),
                            source.toString()));
            List<String> names = nm.get()
                    .text(List.of("-j", object.toString()))
                    .lines()
                    .filter(name -> name.startsWith("?"))
                    .toList();
            assertThat(names).hasSizeGreaterThan(150);
            assertThat(unexplained(names)).isEmpty();
        }
    }

    @Test
    void writesNamesOfTheCorpussPdbsAsLlvmDoes() throws Exception {
        Optional<Tool> pdbutil = Tool.find("llvm-pdbutil");
        assumeTrue(pdbutil.isPresent(), "needs llvm-pdbutil");
        SortedSet<String> names = new TreeSet<>();
        for (Path pdb : corpusFiles(".pdb")) {
            String dump = pdbutil.get()
                    .run(List.of("dump", "-publics", "-globals", "-symbols", pdb.toString()))
                    .text();
            Matcher found = IN_A_DUMP_OF_A_PDB.matcher(dump);
            while (found.find()) {
                names.add(found.group(1));
            }
        }
        assertThat(names).hasSizeGreaterThan(500);
        assertThat(unexplained(List.copyOf(names))).isEmpty();
    }

    /** Also type descriptors and imports, and what only looks like a name. */
    @Test
    void writesNamesInTheCorpussImagesAsLlvmDoes() throws Exception {
        SortedSet<String> names = new TreeSet<>();
        for (String ending : List.of(".exe", ".dll", ".pdb")) {
            for (Path file : corpusFiles(ending)) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                Matcher found = IN_A_FILE.matcher(bytes);
                while (found.find()) {
                    if (found.group().contains("@")) {
                        names.add(found.group());
                    }
                }
            }
        }
        assertThat(names).hasSizeGreaterThan(1_000);
        assertThat(unexplained(List.copyOf(names))).isEmpty();
    }

    /** What is cut is read as LLVM reads it, or not at all. */
    @Test
    void givesNoOtherNameForCutOnes() throws Exception {
        List<String> names = resource();
        SortedSet<String> cut = new TreeSet<>();
        for (int index = 0; index < names.size(); index += 7) {
            String name = names.get(index);
            for (int end = 1; end < name.length(); end++) {
                cut.add(name.substring(0, end));
            }
        }
        assertThat(unexplained(List.copyOf(cut))).isEmpty();
    }

    @Test
    void survivesMutations() throws Exception {
        List<String> names = resource();
        SplittableRandom random = new SplittableRandom(20_251_126);
        Duration longest = Duration.ZERO;
        for (int run = 0; run < MUTATIONS; run++) {
            StringBuilder name = new StringBuilder(names.get(random.nextInt(names.size())));
            for (int change = random.nextInt(1, 5); change > 0; change--) {
                mutate(name, names, random);
            }
            Instant start = Instant.now();
            Optional<String> whole = demangler.demangle(name.toString());
            Optional<String> shortened = demangler.demangleShort(name.toString());
            Duration taken = Duration.between(start, Instant.now());
            longest = taken.compareTo(longest) > 0 ? taken : longest;
            assertThat(whole.orElse("").length())
                    .isLessThanOrEqualTo((int) Demangler.OUTPUT_LENGTH.defaultMax());
            assertThat(shortened.isPresent()).isEqualTo(whole.isPresent());
        }
        assertThat(longest).isLessThan(Duration.ofSeconds(5));
    }

    private static void mutate(StringBuilder name, List<String> names, SplittableRandom random) {
        if (name.length() < 4) {
            name.append("@@YAXXZ");
        }
        int at = random.nextInt(1, name.length());
        String other = names.get(random.nextInt(names.size()));
        int from = random.nextInt(other.length());
        int to = Math.min(other.length(), from + random.nextInt(1, 9));
        switch (random.nextInt(4)) {
            case 0 -> name.setCharAt(at, other.charAt(from));
            case 1 -> name.deleteCharAt(at);
            case 2 -> name.insert(at, other, from, to);
            default -> name.setLength(at + 1);
        }
    }

    private static List<Path> corpusFiles(String ending) throws IOException {
        Optional<Path> corpus = Corpus.folder();
        assumeTrue(corpus.isPresent(), "needs the corpus");
        try (Stream<Path> files = Files.walk(corpus.get())) {
            return files.filter(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(ending))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    private static List<String> resource() throws IOException {
        try (var in = MsvcPeerTest.class.getResourceAsStream("msvc-names.txt")) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private List<String> unexplained(List<String> names) throws Exception {
        List<String> theirs = undname(names);
        List<String> found = new ArrayList<>();
        for (int index = 0; index < names.size(); index++) {
            String name = names.get(index);
            String ours = demangler.demangle(name).orElse("");
            if (difference(name, ours, theirs.get(index)) == Difference.UNEXPLAINED) {
                found.add(name + "\n  llvm: " + theirs.get(index) + "\n  ours: " + ours);
            }
        }
        return found;
    }

    private Difference difference(String name, String ours, String theirs) {
        if (ours.equals(theirs)) {
            return Difference.NONE;
        }
        if (theirs.isEmpty() && NEWER.stream().anyMatch(name::contains)) {
            return Difference.READ_BY_US_ALONE;
        }
        if (theirs.isEmpty() && IN_A_C_FUNCTION.matcher(name).find()) {
            return Difference.READ_BY_US_ALONE;
        }
        if (ours.isEmpty() && readsSomePrefix(name, theirs)) {
            return Difference.TEXT_BEHIND_NAME;
        }
        if (ours.isEmpty()
                && demangler.demangle(name + "8").filter(theirs::equals).isPresent()) {
            return Difference.END_MISSING;
        }
        if (ours.isEmpty() && theirs.contains("::(")) {
            return Difference.EMPTY_NAME;
        }
        if (ours.replaceFirst(" \\[clone [^\\]]*\\]$", "").equals(theirs)) {
            return Difference.CLONE;
        }
        if (ours.replaceFirst("('s `[^`']*)+'\\}$", "'}").equals(theirs)) {
            return Difference.SEVERAL_TARGETS;
        }
        if (name.matches("\\?\\?_C@_[01]([0-9]|[A-P]+@)[A-P]{1,7}@@.*")
                && theirs.equals("\"\"...")) {
            return Difference.SHORT_CHECKSUM;
        }
        return ours.replace("__regcall ", "").equals(theirs)
                ? Difference.REGISTER_CALL
                : Difference.UNEXPLAINED;
    }

    private boolean readsSomePrefix(String name, String theirs) {
        for (int end = name.length() - 1; end > 3; end--) {
            if (demangler
                    .demangle(name.substring(0, end))
                    .filter(theirs::equals)
                    .isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** For each name a line with it, one with what it means where it means something, an empty one. */
    private List<String> undname(List<String> names) throws Exception {
        Optional<Tool> tool = Tool.find("llvm-undname");
        assumeTrue(tool.isPresent(), "needs llvm-undname");
        Path input = Files.write(folder.resolve("names"), names);
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(tool.get().program().toString())
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.waitFor();
        List<String> lines = Files.readAllLines(output);
        List<String> answers = new ArrayList<>();
        int at = 0;
        for (String name : names) {
            assertThat(lines.get(at)).isEqualTo(name);
            String answer = at + 1 < lines.size() ? lines.get(at + 1) : "";
            answers.add(answer);
            at += answer.isEmpty() ? 2 : 3;
        }
        return answers;
    }
}
