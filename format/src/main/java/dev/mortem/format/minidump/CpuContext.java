package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * CONTEXT of each CPU (winnt.h) and what Breakpad puts in its place (minidump_cpu_*.h): the general
 * registers and where they lie. The flags of a context name its CPU, except that those of AMD64 stand at
 * another offset.
 *
 * <p>Vector and floating point registers are not read; they stay in the file. They are written where their
 * bytes are given.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.of() cannot change; the checker cannot see it
public enum CpuContext {
    /** CONTEXT of x86, 716 bytes. */
    X86(
            Cpu.X86,
            0,
            0x1_0000,
            List.of(
                    new Field("gs", 0x8c, 4, Part.SEGMENTS),
                    new Field("fs", 0x90, 4, Part.SEGMENTS),
                    new Field("es", 0x94, 4, Part.SEGMENTS),
                    new Field("ds", 0x98, 4, Part.SEGMENTS),
                    new Field("edi", 0x9c, 4, Part.INTEGER),
                    new Field("esi", 0xa0, 4, Part.INTEGER),
                    new Field("ebx", 0xa4, 4, Part.INTEGER),
                    new Field("edx", 0xa8, 4, Part.INTEGER),
                    new Field("ecx", 0xac, 4, Part.INTEGER),
                    new Field("eax", 0xb0, 4, Part.INTEGER),
                    new Field("ebp", 0xb4, 4, Part.CONTROL),
                    new Field("eip", 0xb8, 4, Part.CONTROL),
                    new Field("cs", 0xbc, 4, Part.CONTROL),
                    new Field("eflags", 0xc0, 4, Part.CONTROL),
                    new Field("esp", 0xc4, 4, Part.CONTROL),
                    new Field("ss", 0xc8, 4, Part.CONTROL))),
    /** CONTEXT of AMD64, 1232 bytes and more with XSTATE behind. */
    AMD64(
            Cpu.X86_64,
            0x30,
            0x10_0000,
            List.of(
                    new Field("cs", 0x38, 2, Part.CONTROL),
                    new Field("ds", 0x3a, 2, Part.SEGMENTS),
                    new Field("es", 0x3c, 2, Part.SEGMENTS),
                    new Field("fs", 0x3e, 2, Part.SEGMENTS),
                    new Field("gs", 0x40, 2, Part.SEGMENTS),
                    new Field("ss", 0x42, 2, Part.CONTROL),
                    new Field("rflags", 0x44, 4, Part.CONTROL),
                    new Field("rax", 0x78, 8, Part.INTEGER),
                    new Field("rcx", 0x80, 8, Part.INTEGER),
                    new Field("rdx", 0x88, 8, Part.INTEGER),
                    new Field("rbx", 0x90, 8, Part.INTEGER),
                    new Field("rsp", 0x98, 8, Part.CONTROL),
                    new Field("rbp", 0xa0, 8, Part.INTEGER),
                    new Field("rsi", 0xa8, 8, Part.INTEGER),
                    new Field("rdi", 0xb0, 8, Part.INTEGER),
                    new Field("r8", 0xb8, 8, Part.INTEGER),
                    new Field("r9", 0xc0, 8, Part.INTEGER),
                    new Field("r10", 0xc8, 8, Part.INTEGER),
                    new Field("r11", 0xd0, 8, Part.INTEGER),
                    new Field("r12", 0xd8, 8, Part.INTEGER),
                    new Field("r13", 0xe0, 8, Part.INTEGER),
                    new Field("r14", 0xe8, 8, Part.INTEGER),
                    new Field("r15", 0xf0, 8, Part.INTEGER),
                    new Field("rip", 0xf8, 8, Part.CONTROL))),
    /** ARM64_NT_CONTEXT, 912 bytes. */
    ARM64(Cpu.ARM64, 0, 0x40_0000, arm64("pstate", 4)),
    /** MDRawContextARM64_Old of Breakpad: flags of 8 bytes, pstate behind pc. */
    ARM64_BREAKPAD(Cpu.ARM64, 0, 0x8000_0000L, arm64("pstate", 0x110)),
    /** CONTEXT of ARM, 416 bytes; Breakpad's differs in its floating point part only. */
    ARM(Cpu.ARM, 0, 0x20_0000, arm()),
    /** MDRawContextARM of Breakpad. */
    ARM_BREAKPAD(Cpu.ARM, 0, 0x4000_0000L, arm()),
    MIPS(Cpu.PC_AND_SP_32, 0, 0x4_0000, pcAndSp(312, 8 + 29 * 8, 4)),
    MIPS64(Cpu.PC_AND_SP_64, 0, 0x8_0000, pcAndSp(312, 8 + 29 * 8, 8)),
    PPC(Cpu.PC_AND_SP_32, 0, 0x2000_0000, pcAndSp(4, 16, 4)),
    PPC64(Cpu.PC_AND_SP_64, 0, 0x100_0000, pcAndSp(8, 32, 8)),
    RISCV32(Cpu.PC_AND_SP_32, 0, 0x80_0000, pcAndSp(8, 16, 4)),
    RISCV64(Cpu.PC_AND_SP_64, 0, 0x800_0000, pcAndSp(8, 24, 8));

    /** What ContextFlags says is filled in (CONTEXT_CONTROL and others); {@code ANY} is never left out. */
    private enum Part {
        ANY(0),
        CONTROL(0x1),
        INTEGER(0x2),
        SEGMENTS(0x4);

        private final int bit;

        Part(int bit) {
            this.bit = bit;
        }
    }

    /** A register's place: its name in {@link Cpu}, its offset in bytes and its size. */
    private record Field(String register, int offset, int sizeBytes, Part part) {
        Field(String register, int offset, int sizeBytes) {
            this(register, offset, sizeBytes, Part.ANY);
        }
    }

    private static final int PARTS = 0x7;
    private static final int AMD64_BYTES = 1232;

    private final Cpu cpu;
    private final int flagsOffset;
    private final long cpuFlag;
    private final List<Field> fields;

    CpuContext(Cpu cpu, int flagsOffset, long cpuFlag, List<Field> fields) {
        this.cpu = cpu;
        this.flagsOffset = flagsOffset;
        this.cpuFlag = cpuFlag;
        this.fields = fields;
    }

    public Cpu cpu() {
        return cpu;
    }

    /**
     * The layout of a context on an architecture; empty for one whose registers we do not know, and where
     * the context's flags say that it is of another CPU.
     */
    public static Optional<CpuContext> of(int architecture, ByteSource context) {
        return candidates(architecture).stream()
                .filter(layout -> layout.flagsMatch(context))
                .findFirst();
    }

    private static List<CpuContext> candidates(int architecture) {
        return switch (architecture) {
            case SystemInfo.X86, SystemInfo.X86_ON_WIN64 -> List.of(X86);
            case SystemInfo.AMD64 -> List.of(AMD64);
            case SystemInfo.ARM64, SystemInfo.ARM64_BREAKPAD -> List.of(ARM64, ARM64_BREAKPAD);
            case SystemInfo.ARM -> List.of(ARM, ARM_BREAKPAD);
            case 1 -> List.of(MIPS);
            case 0x8004 -> List.of(MIPS64);
            case 3 -> List.of(PPC);
            case 0x8002 -> List.of(PPC64);
            case 0x8005 -> List.of(RISCV32);
            case 0x8006 -> List.of(RISCV64);
            default -> List.of();
        };
    }

    /** By the flags of the context itself, for a dump that does not tell its architecture. */
    public static Optional<CpuContext> byFlags(ByteSource context) {
        // where others have their flags AMD64 has an argument of the function, which may be any
        // number
        if (context.sizeBytes() >= AMD64_BYTES && AMD64.flagsMatch(context)) {
            return Optional.of(AMD64);
        }
        for (CpuContext layout : values()) {
            if (layout.flagsMatch(context)) {
                return Optional.of(layout);
            }
        }
        return Optional.empty();
    }

    private boolean flagsMatch(ByteSource context) {
        try {
            // the high bits of Windows tell of an exception, and name no CPU
            long cpuBits = flags(context) & (0xff_0000 | cpuFlag);
            return cpuBits == cpuFlag;
        } catch (MalformedException cut) {
            return false;
        }
    }

    private long flags(ByteSource context) throws MalformedException {
        return context.u4("ContextFlags", flagsOffset);
    }

    /**
     * The registers, as far as the context has them: a context that was cut keeps those before the cut,
     * and of a part that its flags leave out none is known.
     *
     * @throws MalformedException when not even one is there
     */
    public RegisterContext read(ByteSource context) throws MalformedException {
        long parts = flags(context) & PARTS;
        // Breakpad on macOS fills in all and states no part
        long filled = parts == 0 ? PARTS : parts;
        long[] values = new long[cpu.registerNames().size()];
        long validity = 0;
        for (Field field : fields) {
            boolean there = field.offset + field.sizeBytes <= context.sizeBytes();
            if (there && (field.part == Part.ANY || (field.part.bit & filled) != 0)) {
                int index = cpu.registerNames().indexOf(field.register);
                values[index] = context.unsigned(field.register, field.offset, field.sizeBytes);
                validity |= 1L << index;
            }
        }
        if (validity == 0) {
            throw context.malformed(
                    "CONTEXT",
                    0,
                    "%,d bytes".formatted(context.sizeBytes()),
                    "registers of " + cpu.label());
        }
        return RegisterContext.of(cpu, values, validity);
    }

    private static List<Field> arm64(String state, int stateOffset) {
        List<Field> fields = new ArrayList<>();
        for (int index = 0; index <= 30; index++) {
            fields.add(new Field("x" + index, 8 + 8 * index, 8));
        }
        fields.add(new Field("sp", 0x100, 8));
        fields.add(new Field("pc", 0x108, 8));
        fields.add(new Field(state, stateOffset, 4));
        return List.copyOf(fields);
    }

    private static List<Field> arm() {
        List<Field> fields = new ArrayList<>();
        for (int index = 0; index <= 12; index++) {
            fields.add(new Field("r" + index, 4 + 4 * index, 4));
        }
        fields.add(new Field("sp", 56, 4));
        fields.add(new Field("lr", 60, 4));
        fields.add(new Field("pc", 64, 4));
        fields.add(new Field("cpsr", 68, 4));
        return List.copyOf(fields);
    }

    private static List<Field> pcAndSp(int pcOffset, int spOffset, int sizeBytes) {
        return List.of(new Field("pc", pcOffset, sizeBytes), new Field("sp", spOffset, sizeBytes));
    }

    /** Floating point and vector registers, which lie in a context as the CPU or the system stores them. */
    public enum FloatPart {
        /** FXSAVE of 512 bytes in a context of AMD64. */
        AMD64_FXSAVE(AMD64, 0x8, 0x100, 512),
        /** MxCsr of AMD64, once more. */
        AMD64_MXCSR(AMD64, 0x8, 0x34, 4),
        /** FSAVE of 108 bytes in a context of x86. */
        X86_FSAVE(X86, 0x8, 0x1c, 108),
        /** FXSAVE in a context of x86: ExtendedRegisters. */
        X86_FXSAVE(X86, 0x20, 0xcc, 512),
        ARM64_VECTORS(ARM64, 0x4, 0x110, 512),
        ARM64_FPCR(ARM64, 0x4, 0x310, 4),
        ARM64_FPSR(ARM64, 0x4, 0x314, 4),
        ARM_FPSCR(ARM, 0x4, 72, 4),
        ARM_VFP(ARM, 0x4, 80, 256);

        private final CpuContext layout;
        private final int flag;
        private final int offset;
        private final int sizeBytes;

        FloatPart(CpuContext layout, int flag, int offset, int sizeBytes) {
            this.layout = layout;
            this.flag = flag;
            this.offset = offset;
            this.sizeBytes = sizeBytes;
        }
    }

    /** The layout that is written for a CPU; empty for one whose registers we do not know. */
    public static Optional<CpuContext> toWrite(Cpu cpu) {
        return switch (cpu) {
            case X86_64 -> Optional.of(AMD64);
            case X86 -> Optional.of(X86);
            case ARM64 -> Optional.of(ARM64);
            case ARM -> Optional.of(ARM);
            case PC_AND_SP_64, PC_AND_SP_32 -> Optional.empty();
        };
    }

    /**
     * A context of these registers. A group of which no register is known has no bit in ContextFlags; a
     * register that is not known in one of which others are is 0.
     *
     * @param parts the bytes of floating point and vector registers; of more than has room the first
     */
    public byte[] write(RegisterContext registers, Map<FloatPart, byte[]> parts) {
        ByteBuffer target = MinidumpHead.structure(sizeBytes());
        long flags = cpuFlag;
        for (Field field : fields) {
            OptionalLong value = registers.get(field.register);
            if (value.isPresent()) {
                flags |= field.part == Part.ANY ? group(field.register) : field.part.bit;
                for (int index = 0; index < field.sizeBytes; index++) {
                    target.put(field.offset + index, (byte)
                            (value.getAsLong() >>> (Byte.SIZE * index)));
                }
            }
        }
        for (Map.Entry<FloatPart, byte[]> entry : parts.entrySet()) {
            FloatPart part = entry.getKey();
            if (part.layout == this) {
                flags |= part.flag;
                int sizeBytes = Math.min(entry.getValue().length, part.sizeBytes);
                target.put(part.offset, entry.getValue(), 0, sizeBytes);
            }
        }
        return MinidumpHead.copy(target.putInt(flagsOffset, (int) flags));
    }

    private int sizeBytes() {
        return switch (this) {
            case X86 -> 716;
            case AMD64 -> 1232;
            case ARM64 -> 912;
            case ARM -> 416;
            default -> throw new IllegalStateException("contexts of " + this + " are not written");
        };
    }

    /** CONTEXT_CONTROL or CONTEXT_INTEGER, on CPUs of which a reader tells no parts. */
    private static long group(String register) {
        return switch (register) {
            case "pc", "sp", "lr", "pstate", "cpsr", "x29", "x30" -> Part.CONTROL.bit;
            default -> Part.INTEGER.bit;
        };
    }
}
