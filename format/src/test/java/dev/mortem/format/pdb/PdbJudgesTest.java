package dev.mortem.format.pdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.codeview.BinaryAnnotations;
import dev.mortem.format.codeview.InlineSite;
import dev.mortem.format.codeview.PublicSymbol;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Every PDB 7.0 of the corpus, read as llvm-pdbutil reads it. */
class PdbJudgesTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    static Stream<String> pdbs() throws IOException {
        Optional<Path> corpus = Corpus.folder();
        if (corpus.isEmpty()) {
            return Stream.of("no corpus");
        }
        try (Stream<Path> files = Files.walk(corpus.get())) {
            return files
                    .filter(file -> file.toString().endsWith(".pdb") && Files.isRegularFile(file))
                    .map(file -> corpus.get().relativize(file).toString())
                    // not of this format, and cut behind its superblock
                    .filter(file -> !file.endsWith("portable.pdb") && !file.endsWith("fuzzed.pdb"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pdbs")
    void proceduresPublicsLinesAndInlineSites(String name) throws Exception {
        Optional<Path> path = Corpus.file(name);
        Optional<Tool> judge = PdbUtil.tool();
        assumeTrue(path.isPresent(), "the corpus has " + name);
        assumeTrue(judge.isPresent(), "llvm-pdbutil is installed");
        compare(path.get(), judge.get());
    }

    /** What tests are built of is no invention of ours. */
    @Test
    void thoseThatAreBuiltForTests(@TempDir Path folder) throws Exception {
        Optional<Tool> judge = PdbUtil.tool();
        assumeTrue(judge.isPresent(), "llvm-pdbutil is installed");
        for (PdbSynth built : List.of(
                SmallPdb.x64(),
                SmallPdb.x86(),
                SmallPdb.rearranged(),
                SmallPdb.x64().scattered())) {
            Path file = Files.write(folder.resolve("small.pdb"), built.build());
            assertThat(PdbUtil.dump(judge.get(), file).procedures).isNotEmpty();
            compare(file, judge.get());
        }
    }

    private void compare(Path path, Tool judge) throws Exception {
        PdbUtil theirs = PdbUtil.dump(judge, path);
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            PdbFile pdb = PdbFile.open(mapped.source(), Limits.defaults(), diagnostics);
            All ours = new All();
            pdb.modules().forEach(ours);

            assertThat(differences(ours.procedures, theirs.procedures)).isEmpty();
            assertThat(differences(publics(pdb), theirs.publics)).isEmpty();
            assertThat(differences(ours.lines, theirs.lines)).isEmpty();
            Collections.sort(ours.inlineRanges);
            assertThat(differences(ours.inlineRanges, theirs.inlineRanges)).isEmpty();
            Set<String> frames = frames(pdb, theirs);
            assertThat(frames).isSubsetOf(theirs.frames);
            assertThat(starts(frames)).isEqualTo(starts(theirs.frames));
            assertThat(diagnostics.entries()).isEmpty();
        }
    }

    private static Set<String> starts(Collection<String> frames) {
        TreeSet<String> starts = new TreeSet<>();
        frames.forEach(frame -> starts.add(frame.substring(0, 8)));
        return starts;
    }

    /** At the start of each of theirs what we find there: one of those of functions that were folded. */
    private static Set<String> frames(PdbFile pdb, PdbUtil theirs) throws MalformedException {
        TreeSet<String> found = new TreeSet<>();
        for (long rva : theirs.frameStarts) {
            for (WinFrame frame : pdb.frames().at(rva)) {
                if (frame.rva() == rva) {
                    found.add(PdbUtil.frame(
                            frame.rva(),
                            frame.codeBytes(),
                            frame.localBytes(),
                            frame.parameterBytes(),
                            frame.savedRegisterBytes(),
                            frame.program().map(Object::toString).orElse("")));
                }
            }
        }
        return found;
    }

    private static List<String> differences(Collection<String> ours, Collection<String> theirs) {
        List<String> found = new ArrayList<>();
        Set<String> known = new HashSet<>(theirs);
        ours.stream()
                .filter(each -> !known.contains(each))
                .map("ours "::concat)
                .forEach(found::add);
        known.removeAll(new HashSet<>(ours));
        known.stream().map("theirs "::concat).forEach(found::add);
        if (ours.size() != theirs.size()) {
            found.add(ours.size() + " of ours, " + theirs.size() + " of theirs");
        }
        return found;
    }

    private static Set<String> publics(PdbFile pdb) throws MalformedException {
        TreeSet<String> found = new TreeSet<>();
        for (long index = 0;
                pdb.publics().isPresent() && index < pdb.publics().get().count();
                index++) {
            PublicSymbol symbol = pdb.publics().get().symbol(index);
            if (symbol.code()) {
                found.add(PdbUtil.place(symbol.place()) + " " + latin(symbol.name()));
                assertThat(pdb.publics()
                                .get()
                                .named(symbol.name())
                                .orElseThrow()
                                .name())
                        .as("found by its name too")
                        .isEqualTo(symbol.name());
            }
        }
        return found;
    }

    /** The judge's output is bytes; a name of ours that is UTF-8 is compared as its bytes are. */
    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static final class All implements ModuleStream.Contents {
        private final TreeSet<String> procedures = new TreeSet<>();
        private final TreeSet<String> lines = new TreeSet<>();
        private final List<String> inlineRanges = new ArrayList<>();

        @Override
        public void code(ModuleStream.Named named) {
            procedures.add(PdbUtil.place(named.place()) + " " + named.sizeBytes() + " "
                    + latin(named.name()));
        }

        @Override
        public void inlineSite(ModuleStream.Named procedure, InlineSite site)
                throws MalformedException {
            String head = PdbUtil.place(procedure.place()) + " "
                    + Long.toHexString(site.inlinee()).toUpperCase(Locale.ROOT) + " ";
            BinaryAnnotations.read(
                    site.annotations(),
                    range -> inlineRanges.add(head
                            + range.codeOffset() + "-" + (range.codeOffset() + range.sizeBytes())
                            + " "
                            + range.lineDelta()));
        }

        @Override
        public void line(long key, Optional<PdbLine> line) {
            lines.add(PdbUtil.place(key) + " "
                    + line.map(at -> latin(at.file()) + ":" + at.line()).orElse("hidden"));
        }
    }
}
