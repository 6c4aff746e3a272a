package dev.mortem.dump.minidump;

import static dev.mortem.dump.minidump.MinidumpOpened.STACK;
import static dev.mortem.dump.minidump.MinidumpOpened.open;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** 32-bit processes that a 64-bit tool dumped. */
class Wow64Test {
    private static final long TEB_64 = 0x40_0000L;
    private static final long TEB_32 = TEB_64 + 0x2000;
    private static final long KEPT = 0x45_0000L;

    /** In the code that switches to 64 bits, where nearly every thread waits. */
    private static final byte[] IN_64_BIT_CODE = MinidumpContext.AMD64.with(
            Map.of("rip", 0x7ff8_0000_1234L, "rsp", 0x5f_0000L, "cs", 0x33L));

    @Test
    void aThreadHasTheRegistersOfIts32BitCode() throws Exception {
        FileSnapshot read = open(dump(IN_64_BIT_CODE, true));
        assertThat(read.machine().cpu()).contains(Cpu.X86);
        assertThat(read.machine().pointerSizeBytes()).isEqualTo(4);
        ThreadSnapshot thread = read.threads().getFirst();
        assertThat(thread.registers().orElseThrow().cpu()).isEqualTo(Cpu.X86);
        assertThat(thread.registers().orElseThrow().pc()).hasValue(0x7712_3456);
        assertThat(thread.registers().orElseThrow().sp()).hasValue(STACK + 0x80);
        assertThat(thread.windows().orElseThrow().teb()).hasValue(TEB_32);
        assertThat(thread.windows().orElseThrow().stack())
                .contains(new AddressRange(STACK, 0x1000));
        assertThat(thread.windows().orElseThrow().lastError()).hasValue(5);
        assertThat(read.process().commandLine()).containsExactly("shop.exe", "-x");
        assertThat(read.windows().orElseThrow().peb()).hasValue(MinidumpOpened.PEB);
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .containsExactly("a 32-bit process was dumped as a 64-bit one");
    }

    @Test
    void aThreadIn32BitCodeHasTheDumpedRegisters() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of(
                "rip", 0x40_1111L,
                "rsp", STACK + 0x40,
                "rax", 0xffff_ffff_0000_0007L,
                "cs", 0x23L,
                "eflags", 0x246L));
        ThreadSnapshot thread = open(dump(context, true)).threads().getFirst();
        assertThat(thread.registers().orElseThrow().pc()).hasValue(0x40_1111);
        assertThat(thread.registers().orElseThrow().get("eax")).hasValue(7);
        assertThat(thread.registers().orElseThrow().get("eflags")).hasValue(0x246);
        assertThat(thread.registers().orElseThrow().get("cs")).hasValue(0x23);
    }

    @Test
    void aThreadWithoutThemHasNone() throws Exception {
        MinidumpBuilder dump = dump(IN_64_BIT_CODE, true).thread(8, 0, IN_64_BIT_CODE);
        FileSnapshot read = open(dump);
        assertThat(read.threads().getFirst().registers()).isPresent();
        assertThat(read.threads().getLast().registers()).isEmpty();
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .contains("the dump does not have the registers of its 32-bit code");
    }

    @Test
    void withoutAnyItStaysADumpOf64Bits() throws Exception {
        FileSnapshot read = open(dump(IN_64_BIT_CODE, false));
        assertThat(read.machine().cpu()).contains(Cpu.X86_64);
        assertThat(read.threads().getFirst().registers().orElseThrow().pc())
                .hasValue(0x7ff8_0000_1234L);
        assertThat(read.diagnostics())
                .extracting(Diagnostic::consequence)
                .anyMatch(text -> text.contains("does not have its 32-bit registers"));
    }

    @Test
    void aProcessOf64BitsIsNone() throws Exception {
        FileSnapshot read = open(new MinidumpBuilder()
                .windows(9)
                .module(0x1000, 0x1000, "C:\\Windows\\System32\\notwow64.dll")
                .thread(7, TEB_64, IN_64_BIT_CODE));
        assertThat(read.machine().cpu()).contains(Cpu.X86_64);
        assertThat(read.threads().getFirst().registers().orElseThrow().pc())
                .hasValue(0x7ff8_0000_1234L);
    }

    /** What lies where the 32-bit TEB should be says that it is somewhere else. */
    @Test
    void aTebThatDoesNotPointToItselfIsNone() throws Exception {
        MinidumpBuilder dump = start(MinidumpContext.AMD64.with(Map.of("cs", 0x23L)));
        new WindowsBlocks(8, 0x30_0000).tebOf32BitThread(TEB_64, KEPT).forEach(dump::memory);
        dump.memory(TEB_32, new byte[0x1000]);
        ThreadSnapshot thread = open(dump).threads().getFirst();
        assertThat(thread.windows().orElseThrow().teb()).isEmpty();
        assertThat(thread.windows().orElseThrow().lastError()).isEmpty();
    }

    private static MinidumpBuilder dump(byte[] context, boolean kept) {
        MinidumpBuilder dump = start(context);
        new WindowsBlocks(8, 0x30_0000).tebOf32BitThread(TEB_64, KEPT).forEach(dump::memory);
        new WindowsBlocks(4, MinidumpOpened.PEB)
                .commandLine("shop.exe -x")
                .teb(TEB_32, STACK, STACK + 0x1000, 5, 0)
                .forEach(dump::memory);
        if (kept) {
            byte[] x86 = MinidumpContext.X86.with(
                    Map.of("eip", 0x7712_3456L, "esp", STACK + 0x80, "ebp", STACK + 0x90));
            dump.memory(KEPT, MinidumpBuilder.layout().u2(0).u2(0x14c).bytes(x86));
        }
        return dump;
    }

    private static MinidumpBuilder start(byte[] context) {
        MinidumpBuilder dump = new MinidumpBuilder().windows(9);
        long base = 0x7ff8_0000_0000L;
        for (String name : List.of("wow64.dll", "WOW64CPU.DLL")) {
            dump.module(base, 0x1000, "C:\\Windows\\System32\\" + name);
            base += 0x10000;
        }
        return dump.thread(7, TEB_64, context);
    }
}
