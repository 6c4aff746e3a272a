package dev.mortem.base.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RegisterContextTest {
    @Test
    void anUnknownRegisterIsNotZero() {
        RegisterContext none = RegisterContext.none(Cpu.X86_64);
        assertThat(none.pc()).isEmpty();
        RegisterContext some = none.with("rip", 0).with("rsp", -8);
        assertThat(some.pc()).hasValue(0);
        assertThat(some.sp()).hasValue(-8);
        assertThat(some.fp()).isEmpty();
        assertThat(some.without(Cpu.X86_64.pc()).pc()).isEmpty();
        assertThat(none.pc()).isEmpty();
    }

    @Test
    void registersOfA32BitCpuHave32Bits() {
        assertThat(RegisterContext.none(Cpu.X86).with("eip", -1).pc()).hasValue(0xffff_ffffL);
    }

    @Test
    void numbersAreDwarfs() {
        assertThat(Cpu.X86_64.registerNames().get(Cpu.X86_64.pc())).isEqualTo("rip");
        assertThat(Cpu.X86_64.register("rbp")).hasValue(6);
        assertThat(Cpu.X86.register("esp")).hasValue(4);
        assertThat(Cpu.ARM64.register("sp")).hasValue(31);
        assertThat(Cpu.ARM.register("pc")).hasValue(15);
        for (Cpu cpu : Cpu.values()) {
            assertThat(cpu.registerNames()).hasSizeLessThan(64).doesNotHaveDuplicates();
            assertThat(cpu.registerNames().get(cpu.pc())).isIn("rip", "eip", "pc");
        }
    }

    @Test
    void equalWhenTheKnownRegistersAre() {
        RegisterContext one =
                RegisterContext.none(Cpu.ARM64).with(0, 7).with(1, 9).without(1);
        RegisterContext other = RegisterContext.none(Cpu.ARM64).with(0, 7);
        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
        assertThat(one).isNotEqualTo(other.with(1, 9));
    }

    @Test
    void aContextOfManyValuesIsTheSameAsOneBuiltOneByOne() {
        long[] byIndex = new long[Cpu.X86.registerNames().size()];
        byIndex[Cpu.X86.pc()] = 0xffff_ffff_1234_5678L;
        byIndex[Cpu.X86.sp()] = 0x1000;
        byIndex[Cpu.X86.fp()] = 7;

        RegisterContext registers =
                RegisterContext.of(Cpu.X86, byIndex, 1L << Cpu.X86.pc() | 1L << Cpu.X86.sp());

        assertThat(registers)
                .isEqualTo(RegisterContext.none(Cpu.X86)
                        .with("esp", 0x1000)
                        .with("eip", 0x1234_5678L));
        assertThat(registers.fp()).isEmpty();
    }
}
