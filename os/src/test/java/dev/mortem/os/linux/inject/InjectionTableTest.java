package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.linux.inject.InjectionTable.Calls;
import dev.mortem.os.linux.inject.InjectionTable.Registers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The rows of the table against the headers and the assembler of this machine. */
class InjectionTableTest {
    private static final List<String> CALLS = List.of(
            "__NR_clone",
            "__NR_wait4",
            "__NR_prctl",
            "__NR_exit_group",
            "__NR_close_range",
            "__NR_rt_sigreturn");

    @TempDir
    Path folder;

    @Test
    void callsOfX86AreThoseOfItsHeader() throws Exception {
        assumeTrue(isX86(), "needs x86-64's headers");
        assertCalls(InjectionTable.X86_64.calls(), "#include <asm/unistd_64.h>");
    }

    @Test
    void callsOfArmAreThoseOfTheGenericHeader() throws Exception {
        assertCalls(InjectionTable.ARM64.calls(), "#include <asm-generic/unistd.h>");
    }

    private void assertCalls(Calls calls, String header) throws Exception {
        HeaderFacts numbers = HeaderFacts.of(folder, header, CALLS);
        assertThat(List.of(
                        (long) calls.cloneTask(),
                        (long) calls.wait4(),
                        (long) calls.prctl(),
                        (long) calls.exitGroup(),
                        (long) calls.closeRange(),
                        (long) calls.sigreturn()))
                .isEqualTo(CALLS.stream().map(numbers::get).toList());
    }

    @Test
    void registersOfX86LieWhereTheHeaderSays() throws Exception {
        assumeTrue(isX86(), "needs x86-64's headers");
        List<String> names =
                List.of("rip", "rsp", "rax", "orig_rax", "rdi", "rsi", "rdx", "r10", "r8", "r9");
        List<String> offsets = names.stream()
                .map("offsetof(struct user_regs_struct, %s)"::formatted)
                .toList();
        HeaderFacts values =
                HeaderFacts.of(folder, "#include <stddef.h>\n#include <sys/user.h>", offsets);
        List<Integer> known = offsets.stream().map(name -> values.offset(name)).toList();
        Registers registers = InjectionTable.X86_64.registers();
        assertThat(registers)
                .isEqualTo(new Registers(
                        27 * Long.BYTES,
                        known.get(0),
                        known.get(1),
                        known.get(2),
                        known.get(2),
                        known.get(3),
                        known.subList(4, 10)));
    }

    /** struct user_pt_regs (arm64, asm/ptrace.h): regs[31], sp, pc, pstate; x8 holds the number. */
    @Test
    void registersOfArmLieWhereTheirOrderPutsThem() {
        assertThat(InjectionTable.ARM64.registers())
                .isEqualTo(new Registers(
                        34 * 8, 32 * 8, 31 * 8, 0, 8 * 8, -1, List.of(0, 8, 16, 24, 32, 40)));
    }

    @Test
    void borrowedInstructionsAreWhatTheAssemblerMakesOfThem() throws Exception {
        assumeTrue(isX86(), "needs x86-64's assembler");
        String code = """
                extern unsigned char a[], b[], c[], d[];
                __asm__("a: syscall; ret; b: mov $15, %rax; syscall; c: mov $15, %eax; syscall; d:");
                static long word(unsigned char *from, unsigned char *to, int start) {
                    long value = 0;
                    for (int i = start; i < start + 8 && from + i < to; i++)
                        value = value << 8 | from[i];
                    return value;
                }
                """;
        List<String> words =
                List.of("word(a, b, 0)", "word(b, c, 0)", "word(b, c, 8)", "word(c, d, 0)");
        HeaderFacts values = HeaderFacts.of(folder, code, words);
        InjectionTable table = InjectionTable.X86_64;
        assertThat(table.callAndReturn()).containsExactly(new byte[] {0x0f, 0x05, (byte) 0xc3});
        assertThat(values.get(words.get(0))).isEqualTo(0x0f05c3);
        ByteBuffer mov = ByteBuffer.allocate(9);
        mov.putLong(values.get(words.get(1))).put((byte) values.get(words.get(2)));
        ByteBuffer shortMov = ByteBuffer.allocate(8).putLong(values.get(words.get(3)) << 8);
        assertThat(table.restorers().get(0)).isEqualTo(mov.array());
        assertThat(table.restorers().get(1)).isEqualTo(Arrays.copyOf(shortMov.array(), 7));
    }

    @Test
    void onlyWhatWasTriedIsUsed() {
        assertThat(InjectionTable.X86_64.hasBeenRun()).isTrue();
        assertThat(InjectionTable.ARM64.hasBeenRun()).isFalse();
        assertThat(InjectionTable.ofThisCpu())
                .isSameAs(isX86() ? InjectionTable.X86_64 : InjectionTable.ARM64);
    }

    private static boolean isX86() {
        return !System.getProperty("os.arch", "").equals("aarch64");
    }
}
