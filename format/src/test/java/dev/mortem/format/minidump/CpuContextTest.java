package dev.mortem.format.minidump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.testkit.synth.MinidumpContext;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Registers of each CPU, on contexts laid out by another reading of the headers. */
class CpuContextTest {
    private static final long EXCEPTION_ACTIVE = 0x0800_0000L;
    private static final long EXCEPTION_REPORTING = 0x8000_0000L;

    @ParameterizedTest
    @EnumSource
    void everyRegisterIsReadByName(MinidumpContext form) throws Exception {
        Map<String, Long> values = new TreeMap<>();
        for (String name : form.registers()) {
            values.put(name, 0x21L + values.size());
        }
        ByteSource context = source(form.with(values));
        CpuContext layout = CpuContext.of(form.architecture(), context).orElseThrow();
        RegisterContext registers = layout.read(context);
        assertThat(registers.cpu()).isEqualTo(layout.cpu());
        values.forEach((name, value) ->
                assertThat(registers.get(ours(name, layout.cpu()))).as(name).hasValue(value));
        assertThat(CpuContext.byFlags(context)).contains(layout);
    }

    /** Where the registers have another name with us. */
    private static String ours(String name, Cpu cpu) {
        return switch (name) {
            case "eflags" -> cpu == Cpu.X86_64 ? "rflags" : name;
            case "fp" -> "x29";
            case "lr" -> cpu == Cpu.ARM64 ? "x30" : name;
            case "cpsr" -> cpu == Cpu.ARM64 ? "pstate" : name;
            default -> name;
        };
    }

    @ParameterizedTest
    @EnumSource
    void aContextThatIsCutKeepsWhatItHas(MinidumpContext form) throws Exception {
        byte[] whole = form.with(Map.of());
        CpuContext layout = CpuContext.of(form.architecture(), source(whole)).orElseThrow();
        int known = 0;
        for (int size = 0; size <= whole.length; size++) {
            ByteSource cut = source(Arrays.copyOf(whole, size));
            int read = 0;
            try {
                RegisterContext registers = layout.read(cut);
                for (int register = 0; register < Long.SIZE; register++) {
                    read += registers.isKnown(register) ? 1 : 0;
                }
                assertThat(read).isPositive();
            } catch (MalformedException nothing) {
                assertThat(known).as("%d bytes", size).isZero();
            }
            assertThat(read).isGreaterThanOrEqualTo(known);
            known = read;
        }
        assertThat(known).isEqualTo(form.registers().size());
    }

    @Test
    void flagsOfAnotherCpuGiveNoRegisters() {
        ByteSource amd64 = source(MinidumpContext.AMD64.with(Map.of()));
        ByteSource x86 = source(MinidumpContext.X86.with(Map.of()));
        ByteSource arm64 = source(MinidumpContext.ARM64.with(Map.of()));
        assertThat(CpuContext.of(SystemInfo.X86, amd64)).isEmpty();
        assertThat(CpuContext.of(SystemInfo.AMD64, x86)).isEmpty();
        assertThat(CpuContext.of(SystemInfo.ARM, arm64)).isEmpty();
        assertThat(CpuContext.of(SystemInfo.X86_ON_WIN64, x86)).contains(CpuContext.X86);
        assertThat(CpuContext.of(6, x86)).isEmpty();
        assertThat(CpuContext.byFlags(source(new byte[2000]))).isEmpty();
        assertThat(CpuContext.byFlags(source(new byte[0]))).isEmpty();
    }

    @Test
    void bitsOfAnExceptionNameNoCpu() {
        for (MinidumpContext form : new MinidumpContext[] {
            MinidumpContext.X86, MinidumpContext.AMD64, MinidumpContext.ARM64
        }) {
            long flags = switch (form) {
                case X86 -> 0x1_007f;
                case AMD64 -> 0x10_005f;
                default -> 0x40_0007;
            };
            byte[] context = form.with(flags | EXCEPTION_ACTIVE | EXCEPTION_REPORTING, Map.of());
            assertThat(CpuContext.of(form.architecture(), source(context))).isPresent();
        }
    }

    /** P1Home is an argument of whatever function was called last. */
    @Test
    void anArgumentThatLooksLikeFlagsOfX86IsNone() {
        byte[] context = MinidumpContext.AMD64.with(Map.of());
        context[2] = 1;
        assertThat(CpuContext.byFlags(source(context))).contains(CpuContext.AMD64);
    }

    @Test
    void aPartThatTheFlagsLeaveOutIsNotKnown() throws Exception {
        ByteSource control = source(MinidumpContext.AMD64.with(0x10_0001, Map.of("rip", 5L)));
        RegisterContext registers = CpuContext.AMD64.read(control);
        assertThat(registers.pc()).hasValue(5);
        assertThat(registers.sp()).hasValue(0);
        assertThat(registers.get("rax")).isEmpty();
        assertThat(registers.get("gs")).isEmpty();
        ByteSource integer = source(MinidumpContext.X86.with(0x1_0002, Map.of("eax", 7L)));
        assertThat(CpuContext.X86.read(integer).get("eax")).hasValue(7);
        assertThat(CpuContext.X86.read(integer).pc()).isEmpty();
        // as Breakpad on macOS writes it
        ByteSource unsaid = source(MinidumpContext.AMD64.with(0x10_0000, Map.of("rax", 9L)));
        assertThat(CpuContext.AMD64.read(unsaid).get("rax")).hasValue(9);
    }

    @Test
    void nothingButTheFlagsIsNoContext() {
        ByteSource flags = source(Arrays.copyOf(MinidumpContext.AMD64.with(Map.of()), 0x38));
        assertThatThrownBy(() -> CpuContext.AMD64.read(flags))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("registers of x86-64");
    }

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("context", bytes, ByteOrder.LITTLE_ENDIAN);
    }
}
