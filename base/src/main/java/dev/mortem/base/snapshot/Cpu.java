package dev.mortem.base.snapshot;

import java.util.List;
import java.util.OptionalInt;

/**
 * The CPUs whose registers and stacks we read. A register's index is its DWARF number in the psABI of
 * that CPU (System V ABI AMD64, figure 3.36; i386, table 2.14; DWARF for the Arm 64-bit Architecture,
 * table 1; for the Arm Architecture, table 1); what the kernel gives beyond those stands behind.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.of() cannot change; the checker cannot see it
public enum Cpu {
    X86_64(
            "x86-64",
            8,
            List.of(
                    "rax",
                    "rdx",
                    "rcx",
                    "rbx",
                    "rsi",
                    "rdi",
                    "rbp",
                    "rsp",
                    "r8",
                    "r9",
                    "r10",
                    "r11",
                    "r12",
                    "r13",
                    "r14",
                    "r15",
                    "rip",
                    "rflags",
                    "cs",
                    "ss",
                    "ds",
                    "es",
                    "fs",
                    "gs",
                    "fs_base",
                    "gs_base",
                    "orig_rax"),
            16,
            7,
            6),
    X86(
            "x86",
            4,
            List.of(
                    "eax",
                    "ecx",
                    "edx",
                    "ebx",
                    "esp",
                    "ebp",
                    "esi",
                    "edi",
                    "eip",
                    "eflags",
                    "cs",
                    "ss",
                    "ds",
                    "es",
                    "fs",
                    "gs",
                    "orig_eax"),
            8,
            4,
            5),
    ARM64(
            "arm64",
            8,
            List.of(
                    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                    "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
                    "x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp", "pc", "pstate"),
            32,
            31,
            29),
    ARM(
            "arm",
            4,
            List.of(
                    "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
                    "sp", "lr", "pc", "cpsr"),
            15,
            13,
            11),
    /**
     * A CPU of 64 bits of which a dump tells no more than where a thread stands (MIPS64, PowerPC64,
     * RISC-V). A {@link Machine} never has it: its stacks are not read.
     */
    PC_AND_SP_64("other 64-bit", 8, List.of("pc", "sp"), 0, 1, -1),
    /** The same of 32 bits. */
    PC_AND_SP_32("other 32-bit", 4, List.of("pc", "sp"), 0, 1, -1);

    private final String label;
    private final int registerSizeBytes;
    private final List<String> registerNames;
    private final int pc;
    private final int sp;
    private final int fp;

    Cpu(String label, int registerSizeBytes, List<String> registerNames, int pc, int sp, int fp) {
        this.label = label;
        this.registerSizeBytes = registerSizeBytes;
        this.registerNames = registerNames;
        this.pc = pc;
        this.sp = sp;
        this.fp = fp;
    }

    /** As people call it: "x86-64". */
    public String label() {
        return label;
    }

    public int registerSizeBytes() {
        return registerSizeBytes;
    }

    /** Name by index. */
    public List<String> registerNames() {
        return registerNames;
    }

    /** Index of the register of that name. */
    public OptionalInt register(String name) {
        int index = registerNames.indexOf(name);
        return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
    }

    /** Index of the program counter. On x86-64 and x86 it is also DWARF's return address column. */
    public int pc() {
        return pc;
    }

    public int sp() {
        return sp;
    }

    /** Index of the register that holds the frame pointer where code keeps one; -1 for no such. */
    public int fp() {
        return fp;
    }

    /** Index of the link register, on CPUs whose calls leave the return address there. */
    public OptionalInt linkRegister() {
        return switch (this) {
            case X86_64, X86, PC_AND_SP_64, PC_AND_SP_32 -> OptionalInt.empty();
            case ARM64 -> OptionalInt.of(30);
            case ARM -> OptionalInt.of(14);
        };
    }
}
