package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.UnitHeader;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.symbol.LlvmSymbolizer.Place;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Member functions of classes whose types stand in units of their own (DWARF 4: .debug_types; DWARF 5:
 * DW_UT_type), and files with an index of names (.debug_names), which has no addresses.
 */
class TypeUnitsTest {
    private static final List<String> INLINED = List.of(
            "shop::Cart::total(int)",
            "shop::Cart::Inner::deep(int)",
            "int shop::Cart::as<int>(int)");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g++ -gdwarf-4",
                "g++ -gdwarf-5",
                "clang++ -gdwarf-4",
                "clang++ -gdwarf-5",
                "clang++ -gdwarf-5 -gpubnames"
            })
    void aMemberFunctionHasItsQualifiedName(String build) throws IOException, MalformedException {
        Path program = compiled(build + " -fdebug-types-section");
        assertThat(hasTypeUnits(program)).as(build).isTrue();
        assertNames(program, build);
    }

    @ParameterizedTest
    @ValueSource(strings = {"g++ -gdwarf-5", "clang++ -gdwarf-4", "clang++ -gdwarf-5"})
    void inSplitUnitsToo(String build) throws IOException {
        assertNames(compiled(build + " -fdebug-types-section -gsplit-dwarf"), build);
    }

    @Test
    void anIndexOfNamesDisturbsNothing() throws IOException, MalformedException {
        Path program = compiled("clang++ -gdwarf-5 -gpubnames");
        assertThat(hasSection(program, ".debug_names")).isTrue();
        assertThat(hasSection(program, ".debug_aranges")).isFalse();
        assertNames(program, "with .debug_names");
    }

    private static void assertNames(Path program, String what) throws IOException {
        SampledFile file = new SampledFile(program, program);
        DiagnosticLog diagnostics = new DiagnosticLog();
        Set<String> names = new HashSet<>();
        Demangler demangler = new Demangler();
        for (List<Place> chain : file.chains(file.sample(400), diagnostics)) {
            for (Place place : chain) {
                names.add(demangler.demangle(place.function()).orElse(place.function()));
            }
        }
        assertThat(diagnostics.entries()).as(what).isEmpty();
        assertThat(names).as(what).containsAll(INLINED);
    }

    private static boolean hasTypeUnits(Path program) throws IOException, MalformedException {
        if (hasSection(program, ".debug_types")) {
            return true;
        }
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {});
            SectionHeader section = file.section(".debug_info").orElseThrow();
            ByteSource info = file.content(section);
            for (long at = 0;
                    at < info.sizeBytes();
                    at = UnitHeader.read(info, at).end()) {
                if (UnitHeader.read(info, at).type() == UnitHeader.DW_UT_type) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean hasSection(Path program, String name)
            throws IOException, MalformedException {
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            return ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {})
                    .section(name)
                    .isPresent();
        }
    }

    private Path compiled(String build) throws IOException {
        try (InputStream source =
                TypeUnitsTest.class.getResourceAsStream("/testdata/symbols/types.cpp")) {
            Files.write(folder.resolve("types.cpp"), source.readAllBytes());
        }
        List<String> words = Arrays.asList(build.split(" ", -1));
        Optional<Tool> compiler = Tool.find(words.getFirst());
        assumeTrue(compiler.isPresent(), "needs " + words.getFirst());
        List<String> arguments = new ArrayList<>(words.subList(1, words.size()));
        arguments.addAll(List.of("-std=c++17", "-O2", "-g", "-w", "-o", "program", "types.cpp"));
        Tool.Output output = compiler.orElseThrow().run(folder, arguments);
        assertThat(output.exitCode()).as(build + "\n" + output.text()).isZero();
        return folder.resolve("program");
    }
}
