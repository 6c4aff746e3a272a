package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * For which machine a file is built.
 *
 * @param bits 32 or 64 (ELFCLASS)
 * @param order of all numbers (ELFDATA)
 * @param machine e_machine
 * @param shortIds whether pr_uid and pr_gid of NT_PRPSINFO have 16 bits (__kernel_uid_t)
 * @param registers names of elf_gregset_t in order; each has the size of a pointer
 */
public record ElfTarget(
        int bits, ByteOrder order, int machine, boolean shortIds, List<String> registers) {
    /** asm/user_64.h, struct user_regs_struct. */
    public static final ElfTarget X86_64 = little(
            64,
            62,
            false,
            "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss"
                    + " fs_base gs_base ds es fs gs");

    /** asm/user_32.h, struct user_regs_struct. */
    public static final ElfTarget I386 = little(
            32, 3, true, "ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss");

    /** asm/ptrace.h of arm64, struct user_pt_regs. */
    public static final ElfTarget ARM64 = new ElfTarget(
            64,
            ByteOrder.LITTLE_ENDIAN,
            183,
            false,
            Stream.concat(numbered("x", 31), Stream.of("sp", "pc", "pstate")).toList());

    /** asm/ptrace.h of arm, struct pt_regs. */
    public static final ElfTarget ARM = new ElfTarget(
            32,
            ByteOrder.LITTLE_ENDIAN,
            40,
            true,
            Stream.concat(
                            numbered("r", 11),
                            Stream.of("fp", "ip", "sp", "lr", "pc", "cpsr", "orig_r0"))
                    .toList());

    /** asm/ptrace.h of s390x: psw, gprs, acrs (two to a word), orig_gpr2. Big-endian. */
    public static final ElfTarget S390X = new ElfTarget(
            64,
            ByteOrder.BIG_ENDIAN,
            22,
            false,
            Stream.of(
                            Stream.of("psw_mask", "psw_addr"),
                            numbered("r", 16),
                            numbered("acrs", 8),
                            Stream.of("orig_r2"))
                    .flatMap(names -> names)
                    .toList());

    /** asm/elf.h of 32-bit PowerPC, ELF_NGREG = 48. Big-endian. */
    public static final ElfTarget PPC32 =
            new ElfTarget(32, ByteOrder.BIG_ENDIAN, 20, false, numbered("g", 48).toList());

    public ElfTarget {
        registers = List.copyOf(registers);
    }

    private static ElfTarget little(int bits, int machine, boolean shortIds, String registers) {
        List<String> names = List.of(registers.split(" ", -1));
        return new ElfTarget(bits, ByteOrder.LITTLE_ENDIAN, machine, shortIds, names);
    }

    private static Stream<String> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(number -> prefix + number);
    }

    public int wordBytes() {
        return bits / 8;
    }

    /** An empty layout in this machine's order and pointer size. */
    public Layout layout(Label start) {
        return new Layout(order, wordBytes(), start);
    }

    /** An empty layout that does not care where it lies. */
    public Layout layout() {
        return layout(Label.of(0));
    }
}
