package dev.mortem.format.breakpad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.tukaani.xz.XZInputStream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Every symbol file of the corpus against what splitting its lines at spaces gives. */
class CorpusSymFilesTest {
    private static final int ASKED_MAX = 100;

    @Test
    void everyFileIsReadWithoutADiagnostic() throws IOException {
        List<Path> files = files();
        int functions = 0;
        for (Path path : files) {
            DiagnosticLog log = new DiagnosticLog();
            byte[] bytes = bytes(path);
            SymFile file = read(bytes, log);
            String text = new String(bytes, StandardCharsets.UTF_8);
            String[] module = text.split("\r?\n", 2)[0].split(" ", 5);
            assertThat(file.module().orElseThrow().debugId()).isEqualTo(module[3]);
            assertThat(file.module().orElseThrow().name()).isEqualTo(module[4]);
            assertThat(file.functionCount()).as("%s", path).isEqualTo(count(text, "FUNC "));
            assertThat(file.publicCount()).as("%s", path).isEqualTo(count(text, "PUBLIC "));
            assertThat(log.entries()).as("%s", path).isEmpty();
            functions += file.functionCount();
        }
        assertThat(files.size()).isGreaterThan(60);
        assertThat(functions).isGreaterThan(9_000);
    }

    /** Line records at each of whose first bytes no function was inlined: the line is the function's. */
    @Test
    void linesAndNamesAreThoseOfTheText() throws IOException {
        int asked = 0;
        for (Path path : files()) {
            byte[] bytes = bytes(path);
            SymFile file = read(bytes, new DiagnosticLog());
            Map<String, String> names = new HashMap<>();
            Optional<String[]> function = Optional.empty();
            List<String[]> lines = new ArrayList<>();
            List<String> functions = new ArrayList<>();
            for (String line : new String(bytes, StandardCharsets.UTF_8).split("\r?\n", -1)) {
                String[] word = line.split(" ");
                if (word[0].equals("FILE")) {
                    names.put(word[1], line.split(" ", 3)[2]);
                } else if (word[0].equals("FUNC")) {
                    function = Optional.of(line.replace("FUNC m ", "FUNC ").split(" ", 5));
                } else if (line.matches("[0-9a-f]+ [0-9a-f]+ [0-9]+ [0-9]+")
                        && function.isPresent()) {
                    lines.add(word);
                    functions.add(function.get().length > 4 ? function.get()[4].strip() : "");
                }
            }
            for (int index = 0; index < lines.size(); index += 1 + lines.size() / ASKED_MAX) {
                String[] line = lines.get(index);
                long rva = Long.parseLong(line[0], 16);
                List<SymFrame> frames = file.framesAt(rva);
                boolean several = !frames.getLast().name().orElse("").equals(functions.get(index));
                if (several
                        || !names.containsKey(line[3])
                        || line[2].equals("0")
                        || line[1].equals("0")) {
                    continue; // another function has the same code, or a file or line is not told
                }
                assertThat(frames.getFirst().source())
                        .as("%s: %s", path, String.join(" ", line))
                        .contains(new SymFrame.Source(
                                names.getOrDefault(line[3], "none"), Integer.parseInt(line[2])));
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(1_000);
    }

    /** Each start's rules at its first byte are those that stand in its own line. */
    @Test
    void unwindRulesAreThoseOfTheText() throws IOException {
        int asked = 0;
        for (Path path : files()) {
            byte[] bytes = bytes(path);
            SymFile file = read(bytes, new DiagnosticLog());
            String text = new String(bytes, StandardCharsets.UTF_8);
            List<String> all = text.lines().toList();
            List<String> starts = new ArrayList<>();
            for (int index = 0; index + 1 < all.size(); index++) {
                String[] start = all.get(index).split(" ", 5);
                boolean changed = start.length == 5
                        && all.get(index + 1).startsWith("STACK CFI " + start[3] + " ");
                if (all.get(index).startsWith("STACK CFI INIT ") && !changed) {
                    starts.add(all.get(index));
                }
            }
            for (int index = 0; index < starts.size(); index += 1 + starts.size() / ASKED_MAX) {
                String[] word = starts.get(index).split(" ", 6);
                CfiRules rules = file.cfiAt(Long.parseLong(word[3], 16))
                        .orElseThrow(
                                () -> new AssertionError(path + ": " + String.join(" ", word)));
                for (String rule : word[5].split(" (?=[^ ]+:( |$))", -1)) {
                    String[] part = rule.split(": ", 2);
                    assertThat(rules.rule(part[0])).map(Object::toString).contains(part[1].strip());
                }
                asked++;
            }
            for (String line : (Iterable<String>)
                    text.lines().filter(each -> each.startsWith("STACK WIN 4 ")).limit(ASKED_MAX)
                            ::iterator) {
                String[] word = line.split(" ", 13);
                List<WinFrame> frames = file.windowsFramesAt(Long.parseLong(word[3], 16));
                assertThat(frames.getFirst().program().orElseThrow().toString())
                        .isEqualTo(word[12].strip().replaceAll(" +", " "));
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(1_000);
    }

    @Test
    void inlinedFunctionsOfARealFile() throws IOException {
        Path path = files().stream()
                .filter(file -> file.endsWith("linux_inline.new.sym"))
                .findFirst()
                .orElseThrow();
        SymFile file = read(bytes(path), new DiagnosticLog());
        String[] deepest = new String(bytes(path), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("INLINE 2 "))
                .findFirst()
                .orElseThrow()
                .split(" ", -1);
        List<SymFrame> frames = file.framesAt(Long.parseLong(deepest[5], 16));
        assertThat(frames).hasSizeGreaterThanOrEqualTo(4);
        assertThat(frames).allMatch(frame -> frame.name().isPresent());
        assertThat(frames).allMatch(frame -> frame.source().isPresent());
        assertThat(frames.getLast().inlined()).isFalse();
    }

    private static SymFile read(byte[] bytes, DiagnosticLog log) {
        return SymFile.read(
                ByteSource.ofBytes("x.sym", bytes, ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                log);
    }

    private static long count(String text, String prefix) {
        return text.lines().filter(line -> line.startsWith(prefix)).count();
    }

    private static byte[] bytes(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        if (!path.toString().endsWith(".xz")) {
            return bytes;
        }
        try (XZInputStream inside = new XZInputStream(new ByteArrayInputStream(bytes))) {
            return inside.readAllBytes();
        }
    }

    private static List<Path> files() throws IOException {
        Optional<Path> folder = Corpus.folder().map(corpus -> corpus.resolve("symbols"));
        assumeTrue(folder.filter(Files::isDirectory).isPresent(), "needs the corpus's symbols");
        try (Stream<Path> all = Files.walk(folder.orElseThrow())) {
            List<Path> found = all.filter(path ->
                            path.toString().endsWith(".sym") || path.toString().endsWith(".sym.xz"))
                    .filter(path ->
                            path.toFile().length() < 200_000 || path.toString().endsWith(".sym"))
                    .sorted()
                    .toList();
            return found;
        }
    }
}
