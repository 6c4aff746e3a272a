package dev.mortem.testkit.synth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ElfSynthTest {
    private static final byte[] BUILD_ID = {1, 2, 3, 4, 5, 6, 7, (byte) 0xab};

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"32,LE", "32,BE", "64,LE", "64,BE"})
    void readelfReadsEveryClassAndOrder(int bits, String order) throws IOException {
        ByteOrder byteOrder = order.equals("LE") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ElfTarget target = new ElfTarget(bits, byteOrder, 8, false, List.of());
        ElfSynth elf = new ElfSynth(target).type(ElfSynth.ET_DYN).entry(Label.of(0x1000));
        ElfSymbols symbols = new ElfSymbols(target).function("checkout", 0x1000, 4, 3);
        ElfSection strings = elf.section(".strtab", ElfSynth.SHT_STRTAB, 0, symbols.strings());
        elf.section(".symtab", ElfSynth.SHT_SYMTAB, 0, symbols.entries())
                .link(elf.indexOf(strings))
                .info(1)
                .align(8)
                .entrySize(symbols.entrySizeBytes());
        elf.section(
                        ".text",
                        ElfSynth.SHT_PROGBITS,
                        ElfSynth.SHF_ALLOC | ElfSynth.SHF_EXECINSTR,
                        target.layout().u4(0x90909090))
                .address(Label.of(0x1000));
        Layout note = elf.buildIdNote(BUILD_ID);
        ElfSection noteSection = elf.section(
                        ".note.gnu.build-id", ElfSynth.SHT_NOTE, ElfSynth.SHF_ALLOC, note)
                .align(4);
        elf.segment(ElfSegment.over(
                ElfSynth.PT_NOTE,
                ElfSegment.READ,
                noteSection.fileOffset(),
                Label.of(0x2000),
                Label.of(note.sizeBytes())));
        String said = readelf("-hlSsn", elf.build());

        assertThat(said)
                .contains("ELF" + bits)
                .contains(order.equals("LE") ? "little endian" : "big endian")
                .contains("DYN (Shared object file)")
                .contains("MIPS")
                .contains("FUNC    GLOBAL DEFAULT    3 checkout")
                .contains("Build ID: 01020304050607ab")
                .contains(".shstrtab")
                .doesNotContain("Warning")
                .doesNotContain("Error");
    }

    @Test
    void claimsAreStatedWhateverIsSo() throws IOException {
        ElfSynth elf = new ElfSynth(ElfTarget.X86_64)
                .claim(ElfSynth.Field.E_PHNUM, 7)
                .claim(ElfSynth.Field.E_PHOFF, 0x1234);
        assertThat(readelf("-h", elf.build()))
                .contains("Number of program headers:         7")
                .contains("Start of program headers:          4660 (bytes into file)");
    }

    private String readelf(String options, byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("synthetic.elf"), file);
        return Tool.run("readelf", options, path.toString());
    }
}
