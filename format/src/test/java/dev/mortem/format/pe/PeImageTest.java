package dev.mortem.format.pe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** One image of our own, read in both layouts. */
class PeImageTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @EnumSource(PeLayout.class)
    void headersAndSections(PeLayout layout) throws MalformedException {
        PeImage image = image(SmallPe.x64(), layout);
        PeHeader header = image.header();
        assertThat(header.cpu()).contains(Cpu.X86_64);
        assertThat(header.codeId()).hasToString("5AB380775000");
        assertThat(header.imageBase()).isEqualTo(0x1_8000_0000L);
        assertThat(header.entryPoint()).isEqualTo(0x1000);
        assertThat(header.checkSum()).isEqualTo(0x1234);
        assertThat(header.sizeOfHeaders()).isEqualTo(0x400);
        assertThat(header.subsystem()).isEqualTo(3);
        assertThat(header.dllCharacteristics()).isEqualTo(0x160);
        assertThat(header.isDll()).isTrue();
        assertThat(image.sections()).hasSize(4);
        assertThat(image.section(".text").orElseThrow().isExecutable()).isTrue();
        assertThat(image.sectionAt(0x2001)).isEqualTo(image.section(".rdata"));
        assertThat(image.sectionAt(0x9000)).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void a32BitImageHasItsFieldsElsewhere() throws MalformedException {
        PeImage image = image(SmallPe.x86(), PeLayout.FILE);
        assertThat(image.header().pe32Plus()).isFalse();
        assertThat(image.header().cpu()).contains(Cpu.X86);
        assertThat(image.header().imageBase()).isEqualTo(0x1000_0000L);
        assertThat(PeExports.read(image, diagnostics).all()).hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(PeLayout.class)
    void exports(PeLayout layout) throws MalformedException {
        PeExports exports = PeExports.read(image(SmallPe.x64(), layout), diagnostics);
        PeExport add = new PeExport(Optional.of("Add"), 5, 0x1000, Optional.empty());
        assertThat(exports.imageName()).contains("small.dll");
        assertThat(exports.find("Add")).contains(add);
        assertThat(exports.find(6).orElseThrow().name()).isEmpty();
        assertThat(exports.find("Heap").orElseThrow().forwarder())
                .contains("NTDLL.RtlAllocateHeap");
        assertThat(exports.find("Mul")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PeLayout.class)
    void debugDirectory(PeLayout layout) throws MalformedException {
        PeDebugDirectory debug = PeDebugDirectory.read(image(SmallPe.x64(), layout), diagnostics);
        assertThat(debug.isReproducible()).isTrue();
        var record = debug.codeView(diagnostics).orElseThrow();
        assertThat(record.debugId().orElseThrow()).hasToString("3249D99D0C4049318610F4E4FB0B69361");
        assertThat(record.path()).contains("c:\\build\\small.pdb");
    }

    @ParameterizedTest
    @EnumSource(PeLayout.class)
    void version(PeLayout layout) throws MalformedException {
        VersionResource version =
                VersionResource.read(image(SmallPe.x64(), layout), diagnostics).orElseThrow();
        assertThat(version.fixed().orElseThrow().fileVersionText()).isEqualTo("1.2.3.4");
        assertThat(version.fixed().orElseThrow().productVersionText()).isEqualTo("1.2.3.4");
        assertThat(version.strings())
                .containsEntry("CompanyName", "Example")
                .containsEntry("FileVersion", "1.2.3.4 (test)")
                .containsEntry("OriginalFilename", "small.dll")
                .containsEntry("ProductName", "")
                .hasSize(4);
    }

    @Test
    void dwarfSectionsAndSymbolsOfAFile() throws MalformedException {
        PeImage image = image(SmallPe.x64(), PeLayout.FILE);
        ByteSource abbreviations = image.embeddedDwarf(".debug_abbrev").orElseThrow();
        assertThat(abbreviations.cString("text", 0, 99)).isEqualTo("DWARF abbreviations");
        assertThat(abbreviations.sizeBytes()).as("without padding").isEqualTo(20);
        assertThat(image.embeddedDwarf(".debug_info")).isPresent();
        assertThat(image.embeddedDwarf(".debug_line")).isEmpty();
        assertThat(CoffSymbols.functions(image, diagnostics))
                .containsExactly(
                        new CoffSymbols.Function("main", 0x1000),
                        new CoffSymbols.Function("a_function_with_a_long_", 0x1020));
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void inMemoryLongNamesAndSymbolsAreNotThere() throws MalformedException {
        PeImage image = image(SmallPe.x64(), PeLayout.MAPPED);
        assertThat(image.section("/4")).isPresent();
        assertThat(CoffSymbols.functions(image, diagnostics)).isEmpty();
    }

    @Test
    void whatIsAbsentInMemoryIsNotZero() throws MalformedException {
        byte[] mapped = SmallPe.x64().mapped();
        PeImage image = PeImage.open(
                ImageBytes.ofMemory("small.dll", holed(mapped), 0x7ff0_0000L, Limits.defaults()),
                Limits.defaults(),
                diagnostics);
        assertThat(image.sections()).hasSize(4);
        assertThat(image.view("code", 0x1000, 0x10).sizeBytes()).isEqualTo(0x10);
        assertThat(image.view("data", 0x2000, 0x10).sizeBytes()).isZero();
        assertThat(image.view("both", 0x1ff0, 0x20).sizeBytes()).isEqualTo(0x10);
        assertThatThrownBy(() -> PeExports.read(image, diagnostics))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("small.dll, rva 0x2000");
    }

    @Test
    void theTailThatALoaderFillsIsNotInTheFile() throws MalformedException {
        PeImage image = image(SmallPe.x64(), PeLayout.FILE);
        assertThat(image.view("code", 0x1050, 0x100).sizeBytes()).isEqualTo(0x10);
        assertThat(image.view("headers", 0x3f0, 0x100).sizeBytes()).isEqualTo(0x10);
        assertThat(image.view("nothing", 0x9000, 0x100).sizeBytes()).isZero();
        assertThatThrownBy(() -> image.bytes("code", 0x1050, 0x11))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void anotherFileIsNoPeImage() {
        byte[] text = "MZ and no more, but long enough for an offset at 60. And then some."
                .getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> PeParts.open(text, PeLayout.FILE, diagnostics))
                .isInstanceOf(MalformedException.class);
        text[0] = 'X';
        assertThatThrownBy(() -> PeParts.open(text, PeLayout.FILE, diagnostics))
                .hasMessageContaining("MZ");
    }

    private PeImage image(PeSynth synth, PeLayout layout) throws MalformedException {
        byte[] bytes = layout == PeLayout.FILE ? synth.file() : synth.mapped();
        return PeParts.open(bytes, layout, diagnostics);
    }

    /** The image at 0x7ff00000, of which the page at rva 0x2000 is absent. */
    private static MemoryReader holed(byte[] mapped) {
        return new MemoryReader() {
            @Override
            public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
                int rva = (int) (address - 0x7ff0_0000L);
                int end = rva < 0x2000 ? 0x2000 : mapped.length;
                int from = rva < 0x2000 || rva >= 0x3000 ? rva : end;
                int size = Math.clamp(end - from, 0, sizeBytes);
                System.arraycopy(mapped, from, target, targetOffset, size);
                return size;
            }

            @Override
            public Machine machine() {
                return Machine.of(Cpu.X86_64);
            }
        };
    }
}
