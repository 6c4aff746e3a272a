package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.testkit.synth.ElfSection;
import dev.mortem.testkit.synth.ElfSymbols;
import dev.mortem.testkit.synth.ElfSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

class FunctionTableTest {
    private static final int LOCAL = 0;
    private static final int GLOBAL = 0x10;
    private static final int WEAK = 0x20;
    private static final int NOTYPE = 0;
    private static final int OBJECT = 1;
    private static final int FUNC = 2;
    private static final int IFUNC = 10;

    /** Sections of {@link #file}. */
    private static final int TEXT = 1;

    private static final int INIT = 2;
    private static final int DATA = 3;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void aSizedSymbolCoversItselfAndNothingBehind() throws MalformedException {
        FunctionTable table = table(symbols().add("f", 0x1010, 0x10, GLOBAL | FUNC, TEXT));
        assertThat(table.at(0x100f)).isEmpty();
        assertThat(name(table, 0x1010)).contains("f");
        assertThat(name(table, 0x101f)).contains("f");
        assertThat(table.at(0x1020)).isEmpty();
    }

    @Test
    void aSymbolWithoutSizeReachesToTheNextInItsSection() throws MalformedException {
        FunctionTable table = table(symbols()
                .add("_start", 0x1000, 0, GLOBAL | NOTYPE, TEXT)
                .add("g", 0x1040, 0x10, GLOBAL | FUNC, TEXT)
                .add("_init", 0x2000, 0, GLOBAL | FUNC, INIT));
        assertThat(name(table, 0x103f)).contains("_start");
        assertThat(name(table, 0x1040)).contains("g");
        assertThat(table.at(0x1050)).isEmpty(); // behind g, which has a size
        assertThat(name(table, 0x2001)).contains("_init");
        assertThat(table.at(0x2020)).isEmpty(); // behind the section
    }

    @Test
    void aLabelInsideASizedFunctionDoesNotHideIt() throws MalformedException {
        FunctionTable table = table(symbols()
                .add("outer", 0x1000, 0x40, GLOBAL | FUNC, TEXT)
                .add("label", 0x1010, 0, LOCAL | NOTYPE, TEXT)
                .add("inner", 0x1020, 0x8, LOCAL | FUNC, TEXT));
        assertThat(name(table, 0x1018)).contains("outer");
        assertThat(name(table, 0x1020)).contains("inner");
        assertThat(name(table, 0x1030)).contains("outer");
    }

    @Test
    void amongAliasesTheNameThatPeopleKnowWins() throws MalformedException {
        FunctionTable table = table(symbols()
                .add("__GI___fork", 0x1000, 8, LOCAL | FUNC, TEXT)
                .add("__fork", 0x1000, 8, GLOBAL | FUNC, TEXT)
                .add("fork", 0x1000, 8, WEAK | FUNC, TEXT)
                .add("weak", 0x1010, 8, WEAK | FUNC, TEXT)
                .add("global", 0x1010, 8, GLOBAL | FUNC, TEXT)
                .add("unsized", 0x1020, 0, GLOBAL | FUNC, TEXT)
                .add("sized", 0x1020, 8, LOCAL | FUNC, TEXT)
                .add("copy@@V2", 0x1030, 8, GLOBAL | FUNC, TEXT)
                .add("plain", 0x1030, 8, GLOBAL | FUNC, TEXT)
                .add("label", 0x1040, 8, GLOBAL | NOTYPE, TEXT)
                .add("resolver", 0x1040, 8, LOCAL | IFUNC, TEXT));
        assertThat(name(table, 0x1000)).contains("fork");
        assertThat(name(table, 0x1010)).contains("global");
        assertThat(name(table, 0x1020)).contains("sized");
        assertThat(name(table, 0x1030)).contains("plain");
        assertThat(name(table, 0x1040)).contains("resolver");
    }

    @Test
    void versionsAreNoPartOfTheName() throws MalformedException {
        FunctionTable table =
                table(symbols().add("memcpy@@GLIBC_2.14", 0x1000, 8, GLOBAL | FUNC, TEXT));
        assertThat(name(table, 0x1000)).contains("memcpy");
    }

    @Test
    void onlyCodeHasNames() throws MalformedException {
        FunctionTable table = table(symbols()
                .add("data", 0x3000, 8, GLOBAL | OBJECT, DATA)
                .add("odd", 0x3010, 8, GLOBAL | FUNC, DATA)
                .add("import", 0, 0, GLOBAL | FUNC, 0)
                .add("absolute", 0x1000, 8, GLOBAL | FUNC, 0xfff1)
                .add(".L12", 0x1000, 0, LOCAL | NOTYPE, TEXT));
        assertThat(table.count()).isZero();
        assertThat(table.at(0x3000)).isEmpty();
        assertThat(table.at(0x1000)).isEmpty();
    }

    @Test
    void armsMappingSymbolsAndThumbBitAreNoPartOfTheTable() throws MalformedException {
        Symbols symbols = symbols()
                .add("$t", 0x1000, 0, LOCAL | NOTYPE, TEXT)
                .add("thumb", 0x1001, 0x10, GLOBAL | FUNC, TEXT)
                .add("$d.3", 0x1010, 0, LOCAL | NOTYPE, TEXT)
                .add("$dollar", 0x1020, 4, GLOBAL | NOTYPE, TEXT);
        FunctionTable table = table(symbols, true);
        assertThat(name(table, 0x1000)).contains("thumb");
        assertThat(table.at(0x1014)).isEmpty();
        assertThat(name(table, 0x1020)).contains("$dollar");
    }

    @Test
    void moreFunctionsThanTheLimitAreReported() throws MalformedException {
        Symbols symbols = symbols();
        for (int index = 0; index < 5; index++) {
            symbols.add("f" + index, 0x1000 + 16 * index, 16, GLOBAL | FUNC, TEXT);
        }
        Limits limits = Limits.defaults().with(FunctionTable.FUNCTIONS_MAX, 4);
        FunctionTable table = table(file(symbols), limits, false, diagnostics);
        assertThat(name(table, 0x1030)).contains("f3");
        assertThat(table.at(0x1040)).isEmpty();
        assertThat(diagnostics.entries()).hasSize(1);
    }

    @Test
    void truncationsAndMutationsEndWithDiagnosticsAtMost() {
        byte[] whole = file(symbols()
                .add("outer", 0x1000, 0x40, GLOBAL | FUNC, TEXT)
                .add("label", 0x1010, 0, LOCAL | NOTYPE, TEXT)
                .add("_init", 0x2000, 0, GLOBAL | FUNC, INIT)
                .add("__x", 0x2000, 0, GLOBAL | FUNC, INIT));
        SplittableRandom random = new SplittableRandom(11);
        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            for (int size = 0; size < whole.length; size++) {
                ask(Arrays.copyOf(whole, size));
            }
            for (int round = 0; round < 10_000; round++) {
                byte[] changed = whole.clone();
                for (int change = 0; change <= random.nextInt(6); change++) {
                    int value = random.nextInt(4) == 0 ? 0xff : random.nextInt(256);
                    changed[random.nextInt(changed.length)] = (byte) value;
                }
                ask(changed);
            }
        });
    }

    private static void ask(byte[] bytes) {
        DiagnosticLog log = new DiagnosticLog();
        try {
            FunctionTable table = table(bytes, Limits.defaults(), true, log);
            for (long svma = 0xff0; svma < 0x2030; svma += 13) {
                table.at(svma);
            }
            ElfFile file = ElfFile.read(
                    ByteSource.ofBytes("f", bytes, ByteOrder.LITTLE_ENDIAN),
                    Limits.defaults(),
                    log);
            for (Cpu cpu : Cpu.values()) {
                PltStubs.of(file, cpu, Limits.defaults(), log);
            }
        } catch (MalformedException expected) {
            log.report(expected, "the boundary would go on");
        }
    }

    @Test
    void stubsAreNamedByTheSlotThatTheyJumpThrough() throws MalformedException {
        ElfFile file = ElfFile.read(
                ByteSource.ofBytes("plt", fileWithStubs(), ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                diagnostics);
        assertThat(PltStubs.of(file, Cpu.X86_64, Limits.defaults(), diagnostics))
                .containsExactly(new PltStubs.Stub("puts@plt", 0x1010, 16));
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** .plt at 0x1000: a header, then a stub that jumps through the slot at 0x3018. */
    private static byte[] fileWithStubs() {
        ElfSynth elf = new ElfSynth(ElfTarget.X86_64).type(ElfSynth.ET_DYN);
        ElfSymbols symbols = new ElfSymbols(ElfTarget.X86_64).function("puts", 0, 0, 0);
        ElfSection strings = section(elf, ".dynstr", ElfSynth.SHT_STRTAB, symbols.strings(), 0);
        ElfSection table = section(elf, ".dynsym", ElfSynth.SHT_DYNSYM, symbols.entries(), 0);
        table.link(elf.indexOf(strings)).info(1).entrySize(24);
        Layout relocations =
                ElfTarget.X86_64.layout().u8(0x3018).u8(1L << 32 | 7).u8(0);
        section(elf, ".rela.plt", 4, relocations, 0).link(elf.indexOf(table)).entrySize(24);
        Layout code = ElfTarget.X86_64
                .layout()
                .hex("ff 35 02 20 00 00 ff 25 04 20 00 00")
                .hex("0f 1f 40 00")
                .hex("ff 25")
                .u4(0x3018 - 0x1016)
                .hex("68 00 00 00 00 e9 e0 ff ff ff");
        elf.section(".plt", ElfSynth.SHT_PROGBITS, 6, code).address(Label.of(0x1000));
        return elf.build();
    }

    private static ElfSection section(
            ElfSynth elf, String name, int type, Layout content, long flags) {
        return elf.section(name, type, flags, content);
    }

    private static Optional<String> name(FunctionTable table, long svma) {
        return table.at(svma).map(FunctionTable.Entry::raw);
    }

    private FunctionTable table(Symbols symbols) throws MalformedException {
        return table(symbols, false);
    }

    private FunctionTable table(Symbols symbols, boolean arm) throws MalformedException {
        return table(file(symbols), Limits.defaults(), arm, diagnostics);
    }

    private static FunctionTable table(
            byte[] bytes, Limits limits, boolean arm, Diagnostics diagnostics)
            throws MalformedException {
        ByteSource source = ByteSource.ofBytes("functions", bytes, ByteOrder.LITTLE_ENDIAN);
        ElfFile file = ElfFile.read(source, limits, diagnostics);
        FunctionTable.Builder builder =
                new FunctionTable.Builder(CodeRanges.of(file), arm, arm, limits, diagnostics);
        for (SectionHeader section : file.sections()) {
            if (section.type() == SectionHeader.SHT_SYMTAB) {
                builder.add(
                        file.symbols(section),
                        index -> file.section(index).filter(CodeRanges::isCode).isPresent());
            }
        }
        return builder.build();
    }

    private static byte[] file(Symbols symbols) {
        ElfSynth elf = new ElfSynth(ElfTarget.X86_64).type(ElfSynth.ET_DYN);
        long code = ElfSynth.SHF_ALLOC | ElfSynth.SHF_EXECINSTR;
        elf.section(".text", ElfSynth.SHT_PROGBITS, code, zeros(0x100)).address(Label.of(0x1000));
        elf.section(".init", ElfSynth.SHT_PROGBITS, code, zeros(0x20)).address(Label.of(0x2000));
        elf.section(".data", ElfSynth.SHT_PROGBITS, 3, zeros(0x20)).address(Label.of(0x3000));
        ElfSection strings =
                section(elf, ".strtab", ElfSynth.SHT_STRTAB, symbols.table.strings(), 0);
        section(elf, ".symtab", ElfSynth.SHT_SYMTAB, symbols.table.entries(), 0)
                .link(elf.indexOf(strings))
                .entrySize(24);
        return elf.build();
    }

    private static Layout zeros(int count) {
        return ElfTarget.X86_64.layout().zeros(count);
    }

    private static Symbols symbols() {
        return new Symbols();
    }

    private static final class Symbols {
        private final ElfSymbols table = new ElfSymbols(ElfTarget.X86_64);

        Symbols add(String name, long svma, long sizeBytes, int info, int section) {
            table.add(name, Label.of(svma), Label.of(sizeBytes), info, section);
            return this;
        }
    }
}
