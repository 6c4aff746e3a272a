package dev.mortem.base.snapshot;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * In which order Linux gives the general registers of a thread, both to a debugger
 * (PTRACE_GETREGSET with NT_PRSTATUS) and in a core (elf_gregset_t): one word each.
 *
 * <p>Sources: asm/user_64.h and user_32.h of x86 (struct user_regs_struct), asm/ptrace.h of arm64
 * (struct user_pt_regs) and of arm (struct pt_regs). A name that {@link Cpu} does not have stands for a
 * word that is passed over.
 */
public final class LinuxRegisters {
    private static final List<String> X86_64 = List.of(
            "r15",
            "r14",
            "r13",
            "r12",
            "rbp",
            "rbx",
            "r11",
            "r10",
            "r9",
            "r8",
            "rax",
            "rcx",
            "rdx",
            "rsi",
            "rdi",
            "orig_rax",
            "rip",
            "cs",
            "rflags",
            "rsp",
            "ss",
            "fs_base",
            "gs_base",
            "ds",
            "es",
            "fs",
            "gs");

    private static final List<String> X86 = List.of(
            "ebx",
            "ecx",
            "edx",
            "esi",
            "edi",
            "ebp",
            "eax",
            "ds",
            "es",
            "fs",
            "gs",
            "orig_eax",
            "eip",
            "cs",
            "eflags",
            "esp",
            "ss");

    private static final List<String> ARM = List.of(
            "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp",
            "lr", "pc", "cpsr", "orig_r0");

    private LinuxRegisters() {}

    /** The size of the set on this CPU. */
    public static int sizeBytes(Cpu cpu) {
        return order(cpu).size() * cpu.registerSizeBytes();
    }

    /** Reads a set; {@code content} must have {@link #sizeBytes} bytes or more. */
    public static RegisterContext read(ByteSource content, Cpu cpu) throws MalformedException {
        List<String> order = order(cpu);
        int size = cpu.registerSizeBytes();
        content.slice("elf_gregset_t", 0, sizeBytes(cpu));
        RegisterContext registers = RegisterContext.none(cpu);
        for (int index = 0; index < order.size(); index++) {
            String name = order.get(index);
            if (cpu.register(name).isPresent()) {
                long value = content.unsigned(name, (long) index * size, size);
                registers = registers.with(name, value);
            }
        }
        return registers;
    }

    /** Puts the known registers at {@code offset}; the bytes of others stay as they are. */
    public static void write(RegisterContext registers, ByteBuffer target, int offset) {
        Cpu cpu = registers.cpu();
        List<String> order = order(cpu);
        int size = cpu.registerSizeBytes();
        for (int index = 0; index < order.size(); index++) {
            int at = offset + index * size;
            registers.get(order.get(index)).ifPresent(value -> {
                if (size == 8) {
                    target.putLong(at, value);
                } else {
                    target.putInt(at, (int) value);
                }
            });
        }
    }

    private static List<String> order(Cpu cpu) {
        return switch (cpu) {
            case X86_64 -> X86_64;
            case X86 -> X86;
            case ARM64 -> cpu.registerNames(); // x0 to x30, sp, pc, pstate: the same order
            case ARM -> ARM;
            case PC_AND_SP_64, PC_AND_SP_32 -> List.of(); // nothing of theirs is read from Linux
        };
    }
}
