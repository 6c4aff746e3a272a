package dev.mortem.os.linux.table;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * The general registers as PTRACE_GETREGSET with NT_PRSTATUS gives them: one word each, in the order of
 * user_regs_struct (asm/user_64.h, asm/user_32.h, arm64's asm/ptrace.h: user_pt_regs; arm's pt_regs).
 * The size tells the layouts apart: a 64-bit tracer gets a 32-bit tracee's in the 32-bit form. The arm
 * rows are from the headers and have not been run.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.of() cannot change; the checker cannot see it
public enum RegisterLayout {
    X86_64(
            Cpu.X86_64,
            List.of(
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
                    "gs")),
    X86(
            Cpu.X86,
            List.of(
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
                    "ss")),
    ARM64(Cpu.ARM64, Cpu.ARM64.registerNames()),
    /** The last word is ORIG_r0, which is no register. */
    ARM(
            Cpu.ARM,
            List.of(
                    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
                    "sp", "lr", "pc", "cpsr", "orig_r0"));

    private final Cpu cpu;
    private final List<String> order;

    RegisterLayout(Cpu cpu, List<String> order) {
        this.cpu = cpu;
        this.order = order;
    }

    public Cpu cpu() {
        return cpu;
    }

    public Machine machine() {
        return Machine.of(cpu);
    }

    public int sizeBytes() {
        return order.size() * cpu.registerSizeBytes();
    }

    /** The layout of a register set of that size; empty for none that we know. */
    public static Optional<RegisterLayout> ofSize(int sizeBytes) {
        for (RegisterLayout layout : values()) {
            if (layout.sizeBytes() == sizeBytes) {
                return Optional.of(layout);
            }
        }
        return Optional.empty();
    }

    /** The registers of a set of this layout's size. */
    public RegisterContext read(byte[] set) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("NT_PRSTATUS", set, ByteOrder.LITTLE_ENDIAN);
        RegisterContext context = RegisterContext.none(cpu);
        for (int index = 0; index < order.size(); index++) {
            String name = order.get(index);
            int size = cpu.registerSizeBytes();
            long value = source.unsigned(name, (long) index * size, size);
            if (cpu.register(name).isPresent()) {
                context = context.with(name, value);
            }
        }
        return context;
    }
}
