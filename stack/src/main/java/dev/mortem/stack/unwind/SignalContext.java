package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the kernel keeps the interrupted registers while a signal handler runs (Linux,
 * arch/.../include/uapi/asm/sigcontext.h and ucontext.h, arch/.../kernel/signal.c), or while an exception
 * is dispatched (Windows).
 *
 * @param pointerOffset offset from sp of a pointer to what {@code offset} counts from; negative where
 *     that is sp itself
 * @param offset of the first register, in bytes
 * @param layout which register stands in each word; an empty name is a word that we do not need
 */
record SignalContext(int pointerOffset, int offset, Layout layout) {
    /** The order of the registers in struct sigcontext. */
    @SuppressWarnings("ImmutableEnumChecker") // List.of() cannot change; the checker cannot see it
    enum Layout {
        X86_64(
                Cpu.X86_64,
                List.of(
                        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp",
                        "rbx", "rdx", "rax", "rcx", "rsp", "rip", "rflags")),
        X86(
                Cpu.X86,
                List.of(
                        "gs", "fs", "es", "ds", "edi", "esi", "ebp", "esp", "ebx", "edx", "ecx",
                        "eax", "", "", "eip", "cs", "eflags", "", "ss")),
        /** From offset 0x9c of CONTEXT on (winnt.h). */
        WINDOWS_X86(
                Cpu.X86,
                List.of(
                        "edi", "esi", "ebx", "edx", "ecx", "eax", "ebp", "eip", "cs", "eflags",
                        "esp", "ss")),
        ARM64(Cpu.ARM64, arm64()),
        ARM(
                Cpu.ARM,
                List.of(
                        "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11",
                        "r12", "sp", "lr", "pc", "cpsr"));

        private final Cpu cpu;
        private final List<String> registers;

        Layout(Cpu cpu, List<String> registers) {
            this.cpu = cpu;
            this.registers = registers;
        }

        private static List<String> arm64() {
            List<String> names = new ArrayList<>(
                    IntStream.range(0, 31).mapToObj(number -> "x" + number).toList());
            names.addAll(List.of("sp", "pc", "pstate"));
            return List.copyOf(names);
        }

        int words() {
            return registers.size();
        }

        /** Index of the register in a word; -1 for a word that we do not need. */
        int register(int word) {
            return cpu.register(registers.get(word)).orElse(-1);
        }
    }

    static SignalContext at(int offset, Layout layout) {
        return new SignalContext(-1, offset, layout);
    }

    static SignalContext behindPointer(int pointerOffset, int offset, Layout layout) {
        return new SignalContext(pointerOffset, offset, layout);
    }
}
