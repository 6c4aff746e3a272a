package dev.mortem.format.elf;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;

import java.util.Optional;

/** e_machine, the class, the order and where needed e_flags as a {@link Machine} (gABI chapter 4). */
public final class ElfMachine {
    public static final int EM_SPARC = 2;
    public static final int EM_386 = 3;
    public static final int EM_68K = 4;
    public static final int EM_MIPS = 8;
    public static final int EM_PARISC = 15;
    public static final int EM_SPARC32PLUS = 18;
    public static final int EM_PPC = 20;
    public static final int EM_PPC64 = 21;
    public static final int EM_S390 = 22;
    public static final int EM_ARM = 40;
    public static final int EM_SH = 42;
    public static final int EM_SPARCV9 = 43;
    public static final int EM_IA_64 = 50;
    public static final int EM_X86_64 = 62;
    public static final int EM_AARCH64 = 183;
    public static final int EM_RISCV = 243;
    public static final int EM_LOONGARCH = 258;
    public static final int EM_ALPHA = 0x9026;

    /** e_flags of MIPS: the n32 ABI, 64-bit registers in a 32-bit file. */
    static final long EF_MIPS_ABI2 = 0x20;

    private ElfMachine() {}

    /** The machine of a file; its {@code cpu} is empty for those whose registers we do not read. */
    public static Machine of(ElfHeader header) {
        return new Machine(
                name(header), cpu(header), header.elfClass().wordSizeBytes(), header.order());
    }

    /** e_machine of a CPU of ours. */
    public static int number(Cpu cpu) {
        return switch (cpu) {
            case X86_64 -> EM_X86_64;
            case X86 -> EM_386;
            case ARM64 -> EM_AARCH64;
            case ARM -> EM_ARM;
        };
    }

    private static Optional<Cpu> cpu(ElfHeader header) {
        return switch (header.machine()) {
            case EM_X86_64 -> Optional.of(Cpu.X86_64);
            case EM_386 -> header.is64() ? Optional.empty() : Optional.of(Cpu.X86);
            case EM_AARCH64 -> header.is64() ? Optional.of(Cpu.ARM64) : Optional.empty();
            case EM_ARM -> header.is64() ? Optional.empty() : Optional.of(Cpu.ARM);
            default -> Optional.empty();
        };
    }

    private static String name(ElfHeader header) {
        boolean is64 = header.is64();
        return switch (header.machine()) {
            case EM_X86_64 -> is64 ? "x86-64" : "x32";
            case EM_386 -> "x86";
            case EM_AARCH64 -> is64 ? "arm64" : "arm64 (ILP32)";
            case EM_ARM -> "arm";
            case EM_MIPS -> mipsName(header);
            case EM_PPC -> "ppc";
            case EM_PPC64 -> "ppc64";
            case EM_S390 -> is64 ? "s390x" : "s390";
            case EM_SPARC, EM_SPARC32PLUS -> "sparc";
            case EM_SPARCV9 -> "sparc64";
            case EM_RISCV -> is64 ? "riscv64" : "riscv32";
            case EM_LOONGARCH -> is64 ? "loongarch64" : "loongarch32";
            case EM_IA_64 -> "ia64";
            case EM_ALPHA -> "alpha";
            case EM_SH -> "sh";
            case EM_PARISC -> "hppa";
            case EM_68K -> "m68k";
            default -> "ELF machine " + header.machine();
        };
    }

    private static String mipsName(ElfHeader header) {
        if (header.is64()) {
            return "mips64";
        }
        return (header.flags() & EF_MIPS_ABI2) != 0 ? "mips64 (n32)" : "mips";
    }
}
