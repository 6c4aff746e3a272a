package dev.mortem.format.elf;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * e_machine, the class, the order and where needed e_flags as a {@link Machine} (gABI chapter 4).
 */
public final class ElfMachine {
    public static final int EM_NONE = 0;
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
    public static final long EF_MIPS_ABI2 = 0x20;

    private static final String MIPS_N32 = "mips64 (n32)";
    private static final String UNNAMED = "ELF machine ";

    /** How people call the 32-bit and the 64-bit kind; the first entry of a name is its number. */
    private static final List<Named> NAMES = List.of(
            new Named(EM_X86_64, "x32", "x86-64"),
            new Named(EM_386, "x86", "x86"),
            new Named(EM_AARCH64, "arm64 (ILP32)", "arm64"),
            new Named(EM_ARM, "arm", "arm"),
            new Named(EM_MIPS, "mips", "mips64"),
            new Named(EM_PPC, "ppc", "ppc"),
            new Named(EM_PPC64, "ppc64", "ppc64"),
            new Named(EM_S390, "s390", "s390x"),
            new Named(EM_SPARC, "sparc", "sparc"),
            new Named(EM_SPARC32PLUS, "sparc32plus", "sparc32plus"),
            new Named(EM_SPARCV9, "sparc64", "sparc64"),
            new Named(EM_RISCV, "riscv32", "riscv64"),
            new Named(EM_LOONGARCH, "loongarch32", "loongarch64"),
            new Named(EM_IA_64, "ia64", "ia64"),
            new Named(EM_ALPHA, "alpha", "alpha"),
            new Named(EM_SH, "sh", "sh"),
            new Named(EM_PARISC, "hppa", "hppa"),
            new Named(EM_68K, "m68k", "m68k"));

    private ElfMachine() {}

    private record Named(int number, String name32, String name64) {}

    /** The machine of a file; its {@code cpu} is empty for those whose registers we do not read. */
    public static Machine of(ElfHeader header) {
        return new Machine(
                name(header), cpu(header), header.elfClass().wordSizeBytes(), header.order());
    }

    /** e_machine of a machine; empty for one that no ELF file names. */
    public static OptionalInt number(Machine machine) {
        if (machine.cpu().isPresent()) {
            return OptionalInt.of(number(machine.cpu().get()));
        }
        String name = machine.name();
        if (name.equals(MIPS_N32)) {
            return OptionalInt.of(EM_MIPS);
        }
        if (name.startsWith(UNNAMED)) {
            return OptionalInt.of(Integer.parseInt(name.substring(UNNAMED.length())));
        }
        return NAMES.stream()
                .filter(named -> named.name32.equals(name) || named.name64.equals(name))
                .mapToInt(Named::number)
                .findFirst();
    }

    /** e_flags of a machine, where the ABI needs some. */
    public static long flags(Machine machine) {
        return machine.name().equals(MIPS_N32) ? EF_MIPS_ABI2 : 0;
    }

    private static int number(Cpu cpu) {
        return switch (cpu) {
            case X86_64 -> EM_X86_64;
            case X86 -> EM_386;
            case ARM64 -> EM_AARCH64;
            case ARM -> EM_ARM;
            case PC_AND_SP_64, PC_AND_SP_32 -> EM_NONE;
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
        boolean n32 = header.machine() == EM_MIPS
                && !header.is64()
                && (header.flags() & EF_MIPS_ABI2) != 0;
        if (n32) {
            return MIPS_N32;
        }
        return NAMES.stream()
                .filter(named -> named.number == header.machine())
                .map(named -> header.is64() ? named.name64 : named.name32)
                .findFirst()
                .orElse(UNNAMED + header.machine());
    }
}
