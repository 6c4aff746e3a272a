package dev.mortem.stack.symfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.SymFrame;
import dev.mortem.format.breakpad.SymFunction;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.identity.FileKind;
import dev.mortem.stack.identity.IdentityReader;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.StringWriter;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is made, against what other tools know of the same files. */
class SymFileMakerTest {
    private static final String SOURCE = """
            #include <cstdio>
            static inline __attribute__((always_inline)) int tax(int price) {
                int part = price * 19;
                return part / 100;
            }
            static inline __attribute__((always_inline)) int total(int price, int count) {
                int sum = price * count;
                if (sum > 100) {
                    sum += tax(sum);
                }
                return sum;
            }
            struct Cart {
                int count;
                __attribute__((noinline)) int pay(int price);
            };
            int Cart::pay(int price) {
                int sum = 0;
                for (int i = 0; i < count; i++) {
                    sum += total(price + i, count);
                }
                if (sum < 0) {
                    __builtin_trap();
                }
                return sum + tax(price);
            }
            int main(int count, char **) {
                Cart cart = {count};
                std::printf("%d\\n", cart.pay(7) + total(count, 2));
                return 0;
            }
            """;

    @TempDir
    private Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final SymFileMaker maker = new SymFileMaker(Limits.defaults(), diagnostics);

    /** Every address of main and pay, inlined functions included. */
    @Test
    void linesOfAnElfFileAreTheSymbolizers() throws Exception {
        Optional<Tool> compiler = Tool.find("g++");
        Optional<Tool> symbolizer = Tool.find("llvm-symbolizer");
        assumeTrue(compiler.isPresent() && symbolizer.isPresent(), "needs g++, llvm-symbolizer");
        Path source = Files.writeString(folder.resolve("shop.cc"), SOURCE);
        Path program = folder.resolve("shop");
        compiler.get()
                .text(List.of(
                        "-g", "-O2", "-Wl,--build-id", "-o", "" + program, source.toString()));
        SymFile made = read(write(program));

        List<String> addresses = new ArrayList<>();
        List<List<String>> ours = new ArrayList<>();
        for (long rva = 0; rva < 0x10000; rva++) {
            Optional<SymFunction> function = made.functionAt(rva);
            if (function.filter(found -> !found.isPublic()).isPresent()) {
                addresses.add("0x" + Long.toHexString(rva));
                ours.add(made.framesAt(rva).stream().map(SymFileMakerTest::text).toList());
            }
        }
        assertThat(addresses).hasSizeGreaterThan(100);
        List<String> arguments = new ArrayList<>(List.of("--obj=" + program, "-i"));
        arguments.addAll(addresses);
        String[] theirs = symbolizer.get().text(arguments).strip().split("\\n\\n", -1);
        assertThat(theirs).hasSize(addresses.size());
        for (int index = 0; index < theirs.length; index++) {
            String[] lines = theirs[index].split("\\n", -1);
            List<String> frames = new ArrayList<>();
            for (int line = 0; line + 1 < lines.length; line += 2) {
                String[] place = lines[line + 1].split(":", -1);
                frames.add(lines[line].replaceFirst("\\(.*", "") + ":" + place[1]);
            }
            assertThat(ours.get(index)).as(addresses.get(index)).isEqualTo(frames);
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    private static String text(SymFrame frame) {
        return frame.name().orElse("??").replaceFirst("\\(.*", "") + ":"
                + frame.source().map(SymFrame.Source::line).orElse(0);
    }

    /** Functions as dump_syms of Mozilla has them, which makes FUNC records of unwind entries, too. */
    @ParameterizedTest
    @CsvSource({
        "basic64-dwarf.dll, basic64-dwarf.sym, 30",
        "basic32-dwarf.dll, basic32-dwarf.sym, 30",
        "dump_syms_regtest64.pdb, dump_syms_regtest64.sym, 240"
    })
    void functionsOfImagesAndPdbsAreAnotherWriters(String file, String sym, int atLeast)
            throws Exception {
        Path path = corpus(file);
        SymFile ours = read(write(path));
        SymFile theirs = read(Files.readString(corpus(sym), StandardCharsets.ISO_8859_1));
        assertThat(ours.module().map(module -> module.debugId()))
                .isEqualTo(theirs.module().map(module -> module.debugId()));
        List<String> differences = new ArrayList<>();
        int same = 0;
        for (long each = 0x1000; each < 0x40000; each++) {
            long rva = each;
            Optional<SymFunction> function = ours.functionAt(rva);
            boolean begins = function.filter(found -> !found.isPublic() && found.rva() == rva)
                    .isPresent();
            if (!begins) {
                continue;
            }
            Optional<SymFunction> other = theirs.functionAt(rva);
            boolean equal = other.isPresent()
                    && other.get().rva() == rva
                    && other.get().sizeBytes().equals(function.get().sizeBytes());
            same += equal ? 1 : 0;
            if (!equal && other.filter(found -> !found.isPublic()).isPresent()) {
                differences.add(Long.toHexString(rva) + " " + function + ", theirs " + other);
            }
        }
        assertThat(differences).isEmpty();
        assertThat(same).isGreaterThanOrEqualTo(atLeast);
    }

    private static Path corpus(String name) {
        Optional<Path> path = Corpus.file("pdb/mozilla__dump_syms/test_data/windows/" + name);
        assumeTrue(path.isPresent(), "needs the corpus");
        return path.orElseThrow();
    }

    private String write(Path path) throws Exception {
        StringWriter text = new StringWriter();
        Limits limits = Limits.defaults();
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            ByteSource bytes = mapped.source();
            FileIdentity identity = new IdentityReader(limits, diagnostics)
                    .read(String.valueOf(path.getFileName()), bytes)
                    .orElseThrow();
            if (identity.kind() == FileKind.ELF) {
                ElfFile file = ElfFile.read(bytes, limits, diagnostics);
                maker.write(
                        new SymFileMaker.Elf(identity, file),
                        Optional.empty(),
                        DwarfCompanions.NONE,
                        "test",
                        text);
            } else if (identity.kind() == FileKind.PE) {
                PeImage file = PeImage.open(bytes, PeLayout.FILE, limits, diagnostics);
                maker.write(new SymFileMaker.Image(identity, file), "test", text);
            } else {
                PdbFile file = PdbFile.open(bytes, limits, diagnostics);
                maker.write(new SymFileMaker.Pdb(identity, file), Optional.empty(), "test", text);
            }
        }
        return text.toString();
    }

    private SymFile read(String text) {
        return SymFile.read(
                ByteSource.ofBytes(
                        "made.sym", text.getBytes(StandardCharsets.UTF_8), ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                diagnostics);
    }
}
