package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbFrame;
import dev.mortem.format.pdb.PdbFunction;
import dev.mortem.format.pdb.PdbLine;
import dev.mortem.format.pe.PeDebugDirectory;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Images of the corpus with their PDBs: inlined functions, files and lines as llvm-symbolizer has them at
 * every place where something begins or ends. Where it differs, one of these is why:
 *
 * <ul>
 *   <li>Several lines begin at one place, or the linker folded functions with lines of their own: it takes
 *       another of them.
 *   <li>A site tells the length of a range together with its offset
 *       (BA_OP_ChangeCodeLengthAndCodeOffset): it goes on counting from the range's end, llvm-pdbutil from
 *       its start, as we do.
 *   <li>A run of lines of assembler has several files: it looks in the list of one of them, and goes on
 *       with the last line behind the run's end.
 *   <li>Code without a line (0xfeefee): it gives the number.
 * </ul>
 */
class PdbAgainstLlvmTest {
    private static final Pattern PROCEDURE = Pattern.compile("addr = (\\d+):(\\d+), code size = ");
    private static final Pattern LENGTH_AND_OFFSET = Pattern.compile("^ +0C[0-9A-F]+ +code ");

    private static final Pattern ASSEMBLER = Pattern.compile("[.](asm|inc):[0-9]+$");

    /** Bytes before and behind each place at which something begins. */
    private static final long[] AROUND = {-1, 0, 1};

    @TempDir
    private Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @CsvSource({
        "wine/bin/crashme.exe, crashme.pdb",
        "wine/bin/cxxthrow.exe, cxxthrow.pdb",
        "wine/bin/faultmod.dll, faultmod.pdb",
        "pdb/getsentry__symbolic/CrashWithException.exe, CrashWithException.pdb",
        "pdb/llvm-mirror__lldb/unittests/SymbolFile/PDB/Inputs/test-pdb-types.exe, test-pdb-types.pdb",
        "pdb/google__syzygy/syzygy/pe/test_data/test_dll_vs2013.dll, test_dll_vs2013.dll.pdb",
        "pdb/google__syzygy/syzygy/refinery/test_data/test_types.dll, test_types.dll.pdb",
        "pdb/google__syzygy/syzygy/refinery/test_data/test_typenames.dll, test_typenames.dll.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/ARM64/nested_collided.exe, nested_collided.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/ARM64/xcpt4.exe, xcpt4.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/ARM64/xframe_eh_dll.dll, xframe_eh_dll.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x64/nested_collided.exe, nested_collided.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x64/xcpt4.exe, xcpt4.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x64/xframe_eh_dll.dll, xframe_eh_dll.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x86/xcpt4.exe, xcpt4.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x86/xframe_eh_dll.dll, xframe_eh_dll.pdb",
        "pdb/rizinorg__rizin-testbins/pe/microsoft_seh_tests/x86/xframe_eh_exe.exe, xframe_eh_exe.pdb",
    })
    void everyFunctionAndLine(String imageName, String pdbName) throws Exception {
        Optional<Path> image = Corpus.file(imageName);
        Optional<Tool> llvm = Tool.find("llvm-symbolizer");
        assumeTrue(image.isPresent(), "the corpus has " + imageName);
        assumeTrue(llvm.isPresent(), "llvm-symbolizer is installed");
        try (MappedFile pe = MappedFile.open(image.get(), ByteOrder.LITTLE_ENDIAN);
                MappedFile mapped = MappedFile.open(
                        image.get().resolveSibling(pdbName), ByteOrder.LITTLE_ENDIAN)) {
            PeImage header =
                    PeImage.open(pe.source(), PeLayout.FILE, Limits.defaults(), diagnostics);
            PdbFile pdb = PdbFile.open(mapped.source(), Limits.defaults(), diagnostics);
            long[] rvas = rvas(pdb);
            long[] svmas = new long[rvas.length];
            for (int index = 0; index < rvas.length; index++) {
                svmas[index] = rvas[index] + header.header().imageBase();
            }
            List<List<LlvmSymbolizer.Place>> theirs = LlvmSymbolizer.chains(
                    llvm.get(), withPdbBeside(image.get(), pdbName, header), svmas, folder);
            List<String> differences = new ArrayList<>();
            Lines lines = Lines.of(pdb);
            Set<Long> countedOtherwise =
                    withLengthAndOffset(image.get().resolveSibling(pdbName), header);
            for (int index = 0; index < rvas.length; index++) {
                compare(rvas[index], pdb, theirs.get(index), lines, countedOtherwise, differences);
            }
            assertThat(rvas).isNotEmpty();
            assertThat(differences).isEmpty();
            assertThat(diagnostics.entries()).isEmpty();
        }
    }

    /** It looks for the PDB beside the image, under the name that the linker gave it. */
    private Path withPdbBeside(Path image, String pdbName, PeImage header) throws Exception {
        Path copy = Files.copy(image, folder.resolve(image.getFileName()));
        String linked = PeDebugDirectory.read(header, diagnostics)
                .codeView(diagnostics)
                .orElseThrow()
                .path()
                .orElseThrow();
        Files.copy(
                image.resolveSibling(pdbName),
                folder.resolve(linked.replaceFirst(".*[\\\\/]", "")));
        return copy;
    }

    private static long[] rvas(PdbFile pdb) {
        TreeSet<Long> rvas = new TreeSet<>();
        pdb.forEach(new PdbFile.Contents() {
            @Override
            public void procedure(PdbFunction procedure) {
                add(procedure.rva());
                add(procedure.rva() + procedure.sizeBytes().orElse(0));
            }

            @Override
            public void line(long rva, Optional<PdbLine> line) {
                add(rva);
            }

            @Override
            public void publicSymbol(PdbFunction symbol) {
                add(symbol.rva());
            }

            private void add(long rva) {
                for (long near : AROUND) {
                    rvas.add(rva + near);
                }
            }
        });
        return rvas.stream().mapToLong(Long::longValue).toArray();
    }

    /** Where the procedures begin that have such inline sites. */
    private static Set<Long> withLengthAndOffset(Path pdb, PeImage image) throws Exception {
        Set<Long> rvas = new HashSet<>();
        long procedure = 0;
        for (String row : Tool.find("llvm-pdbutil")
                .orElseThrow()
                .text(List.of("dump", "-symbols", pdb.toString()))
                .lines()
                .toList()) {
            Matcher place = PROCEDURE.matcher(row);
            if (place.find()) {
                procedure = image.sections()
                                .get(Integer.parseInt(place.group(1)) - 1)
                                .rva()
                        + Long.parseLong(place.group(2));
            } else if (LENGTH_AND_OFFSET.matcher(row).find()) {
                rvas.add(procedure);
            }
        }
        return rvas;
    }

    /** All lines by where they begin. */
    private record Lines(TreeMap<Long, Set<String>> byRva) {
        static Lines of(PdbFile pdb) {
            TreeMap<Long, Set<String>> byRva = new TreeMap<>();
            pdb.forEach(new PdbFile.Contents() {
                @Override
                public void procedure(PdbFunction procedure) {}

                @Override
                public void line(long rva, Optional<PdbLine> line) {
                    byRva.computeIfAbsent(rva, key -> new HashSet<>())
                            .add(line.map(PdbAgainstLlvmTest::text).orElse("hidden"));
                }

                @Override
                public void publicSymbol(PdbFunction symbol) {}
            });
            return new Lines(byRva);
        }

        /** Whether it is one of several that begin last at or before a place. */
        boolean isOneOfSeveral(long rva, String text) {
            Map.Entry<Long, Set<String>> last = byRva.floorEntry(rva);
            return last != null && last.getValue().contains(text);
        }

        boolean isHidden(long rva) {
            Map.Entry<Long, Set<String>> last = byRva.floorEntry(rva);
            return last != null && last.getValue().contains("hidden");
        }
    }

    private static boolean isOfAssembler(long rva, String ours, String theirs, Lines lines) {
        return ASSEMBLER.matcher(theirs).find()
                && (ours.isEmpty() || lines.isOneOfSeveral(rva, ours));
    }

    private static String text(PdbLine line) {
        return "@" + line.file() + ":" + line.line();
    }

    private static void compare(
            long rva,
            PdbFile pdb,
            List<LlvmSymbolizer.Place> theirs,
            Lines lines,
            Set<Long> countedOtherwise,
            List<String> differences) {
        List<String> ours = new ArrayList<>();
        for (PdbFrame frame : pdb.framesAt(rva)) {
            ours.add((frame.inlined() ? frame.name().orElse("") : "")
                    + frame.source().map(PdbAgainstLlvmTest::text).orElse(""));
        }
        if (ours.isEmpty()) {
            ours.add(pdb.lineAt(rva).map(PdbAgainstLlvmTest::text).orElse(""));
        }
        List<String> other = new ArrayList<>();
        for (int index = 0; index < theirs.size(); index++) {
            LlvmSymbolizer.Place place = theirs.get(index);
            boolean inlined = index < theirs.size() - 1;
            other.add((inlined ? place.function() : "")
                    + (place.line() == 0 ? "" : "@" + place.file() + ":" + place.line()));
        }
        if (ours.equals(other)) {
            return;
        }
        boolean sameInlined =
                ours.subList(0, ours.size() - 1).equals(other.subList(0, other.size() - 1));
        boolean inlinedExplained = sameInlined
                || pdb.functionAt(rva)
                        .filter(function -> countedOtherwise.contains(function.rva()))
                        .isPresent();
        boolean lineExplained = ours.getLast().equals(other.getLast())
                || lines.isOneOfSeveral(rva, other.getLast())
                || isOfAssembler(rva, ours.getLast(), other.getLast(), lines)
                || lines.isHidden(rva);
        if (!inlinedExplained || !lineExplained) {
            differences.add(Long.toHexString(rva) + " " + ours + " " + other);
        }
    }
}
