package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * x86-64 and x86: System V ABI AMD64 supplement 1.0, section 3.2, and i386 supplement; instruction
 * encodings from the Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 */
final class X86Convention implements CpuConvention {
    /** Longest form of an indirect call: FF /2 with SIB and a displacement of 4 bytes. */
    private static final int CALL_BYTES_MAX = 7;

    /** As far as a call may lead back to the start of its own function: few are larger. */
    private static final int FUNCTION_BYTES_MAX = 1 << 16;

    private final Cpu cpu;
    private final boolean is64;
    private final boolean isWindows64;
    private final int wordSizeBytes;
    private final long calleeSaved;

    X86Convention(Cpu cpu) {
        this(cpu, false);
    }

    /**
     * @param windows whether its x64 convention holds, by which rsi and rdi are saved too ("x64 calling
     *     convention", "Callee-saved registers")
     */
    X86Convention(Cpu cpu, boolean windows) {
        this.cpu = cpu;
        this.is64 = cpu == Cpu.X86_64;
        this.isWindows64 = is64 && windows;
        this.wordSizeBytes = cpu.registerSizeBytes();
        this.calleeSaved =
                is64 ? saved64(windows) : CpuConvention.mask(cpu, "ebx", "ebp", "esi", "edi");
    }

    private static long saved64(boolean windows) {
        long common = CpuConvention.mask(Cpu.X86_64, "rbx", "rbp", "r12", "r13", "r14", "r15");
        return windows ? common | CpuConvention.mask(Cpu.X86_64, "rsi", "rdi") : common;
    }

    @Override
    public Cpu cpu() {
        return cpu;
    }

    @Override
    public long calleeSaved() {
        return calleeSaved;
    }

    /** 0 to 16 on x86-64, 17 is xmm0; 0 to 9 on x86. */
    @Override
    public int dwarfRegisters() {
        return is64 ? 17 : 10;
    }

    @Override
    public long cleanReturnAddress(long value) {
        return is64 ? value : value & 0xffff_ffffL;
    }

    @Override
    public Answer followsCall(long address, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(address, CALL_BYTES_MAX, 0, code);
        if (!bytes.isPresent(-5)) {
            return Answer.UNKNOWN;
        }
        return isDirectCall(bytes, address, code) || isIndirectCall(bytes) ? Answer.YES : Answer.NO;
    }

    /** E8 rel32, to where code is. */
    private boolean isDirectCall(CodeBytes bytes, long address, CodeMap code) {
        if (bytes.at(-5) != 0xe8) {
            return false;
        }
        long target = address + bytes.word(-4);
        return code.isCode(is64 ? target : target & 0xffff_ffffL);
    }

    /** Calls back to a start not far in front, at once or by a jump there; an indirect one does not count. */
    @Override
    public Answer callsItself(long address, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(address, CALL_BYTES_MAX, 0, code);
        if (!bytes.isPresent(-5)) {
            return Answer.UNKNOWN;
        }
        if (bytes.at(-5) != 0xe8) {
            return Answer.NO;
        }
        long target = address + bytes.word(-4);
        CodeBytes there = CodeBytes.around(target, 0, 5, code);
        if (there.at(0) == 0xe9) {
            target += 5 + there.word(1);
        }
        long distance = is64 ? address - target : (int) (address - target);
        return distance > 0 && distance <= FUNCTION_BYTES_MAX ? Answer.YES : Answer.NO;
    }

    /** On x64 of Windows rbp is a register as any other. */
    @Override
    public boolean keepsFramePointers() {
        return !isWindows64;
    }

    /** FF /2: the length that ModRM and SIB tell must end at the return address. */
    private static boolean isIndirectCall(CodeBytes bytes) {
        for (int length = 2; length <= CALL_BYTES_MAX; length++) {
            if (bytes.at(-length) == 0xff && callLength(bytes, -length) == length) {
                return true;
            }
        }
        return false;
    }

    /** Length of FF /2 at the offset; 0 where it is another instruction. */
    private static int callLength(CodeBytes bytes, int offset) {
        int modRm = bytes.at(offset + 1);
        if ((modRm >> 3 & 7) != 2) {
            return 0;
        }
        int mod = modRm >> 6;
        int rm = modRm & 7;
        if (mod == 3) {
            return 2;
        }
        boolean hasSib = rm == 4;
        int length = hasSib ? 3 : 2;
        return switch (mod) {
            case 1 -> length + 1;
            case 2 -> length + 4;
            default -> {
                boolean hasDisplacement = hasSib ? (bytes.at(offset + 2) & 7) == 5 : rm == 5;
                yield hasDisplacement ? length + 4 : length;
            }
        };
    }

    @Override
    public UnwindRule afterCallToNowhere() {
        return new UnwindRule.JustReturn();
    }

    @Override
    public List<UnwindRule> suggestedBy(Registers frame, boolean exact, CodeMap code) {
        if (!exact) {
            return List.of();
        }
        long pc = frame.pc();
        CodeBytes bytes = CodeBytes.around(pc, 8, 16, code);
        List<UnwindRule> rules = new ArrayList<>();
        addLinkageTable(bytes, rules);
        int first = bytes.has(0, 0xf3, 0x0f, 0x1e, is64 ? 0xfa : 0xfb) ? 4 : 0; // endbr64, endbr32
        boolean returns = bytes.has(0, 0xc3)
                || bytes.has(0, 0xc2)
                || bytes.has(0, 0xf3, 0xc3)
                || bytes.has(0, 0xf2, 0xc3);
        if (first != 0 || returns || bytes.has(0, 0x55)) {
            rules.add(new UnwindRule.JustReturn());
        }
        // Behind "push rbp", at "mov rbp, rsp" in either encoding; or at "pop rbp; ret".
        boolean pushed = bytes.at(-1) == 0x55 && isMoveToFramePointer(bytes);
        boolean popsNext = bytes.has(0, 0x5d, 0xc3);
        if (pushed || popsNext) {
            rules.add(new UnwindRule.PopFramePointer());
        }
        // "sub rsp, n" opens a function that keeps no frame pointer.
        boolean reserves = is64
                ? bytes.has(0, 0x48, 0x83, 0xec) || bytes.has(0, 0x48, 0x81, 0xec)
                : bytes.has(0, 0x83, 0xec) || bytes.has(0, 0x81, 0xec);
        if (reserves || storesFirst(bytes)) {
            rules.add(new UnwindRule.JustReturn());
        }
        if (is64) {
            Epilogs.at(pc, code)
                    .filter(Epilogs.Found::returns)
                    .map(Epilogs.Found::rule)
                    .ifPresent(rules::add);
        }
        return rules;
    }

    /**
     * Functions of Windows begin by storing a parameter or a register into the room that their caller
     * left above the return address, by a push with a prefix, or by keeping rsp in rax or r11.
     */
    private boolean storesFirst(CodeBytes bytes) {
        boolean stores = (bytes.at(0) == 0x48 || bytes.at(0) == 0x4c)
                && bytes.at(1) == 0x89
                && (bytes.at(2) & 0xc7) == 0x44
                && bytes.at(3) == 0x24;
        boolean pushes = bytes.at(0) == 0x40 && bytes.at(1) >= 0x53 && bytes.at(1) <= 0x57;
        return is64
                && (stores
                        || pushes
                        || bytes.has(0, 0x48, 0x8b, 0xc4)
                        || bytes.has(0, 0x4c, 0x8b, 0xdc));
    }

    private boolean isMoveToFramePointer(CodeBytes bytes) {
        return is64
                ? bytes.has(0, 0x48, 0x89, 0xe5) || bytes.has(0, 0x48, 0x8b, 0xec)
                : bytes.has(0, 0x89, 0xe5) || bytes.has(0, 0x8b, 0xec);
    }

    /** Entries of a procedure linkage table push an index, the first entry one word more. */
    private void addLinkageTable(CodeBytes bytes, List<UnwindRule> rules) {
        int first = bytes.has(0, 0xf3, 0x0f, 0x1e, is64 ? 0xfa : 0xfb) ? 4 : 0;
        int jump = bytes.at(first) == 0xf2 ? first + 1 : first; // with the bnd prefix
        boolean jumpsThroughTable = bytes.has(jump, 0xff, 0x25) || bytes.has(jump, 0xff, 0xa3);
        boolean pushesIndex = bytes.at(first) == 0x68
                && (bytes.at(first + 5) == 0xe9 || bytes.has(first + 5, 0xf2, 0xe9));
        boolean indexPushed =
                bytes.at(-5) == 0x68 && (bytes.at(0) == 0xe9 || bytes.has(0, 0xf2, 0xe9));
        boolean atStart = bytes.has(0, 0xff, 0x35) || bytes.has(0, 0xff, 0xb3);
        boolean modulePushed = bytes.has(-6, 0xff, 0x35) || bytes.has(-6, 0xff, 0xb3);
        if (modulePushed && jumpsThroughTable) {
            rules.add(new UnwindRule.SkipPushed(2 * wordSizeBytes));
        } else if (jumpsThroughTable || pushesIndex) {
            rules.add(new UnwindRule.JustReturn());
        } else if (indexPushed || atStart) {
            rules.add(new UnwindRule.SkipPushed(wordSizeBytes));
        }
    }

    @Override
    public List<UnwindRule> framePointerRules() {
        return List.of(new UnwindRule.UseFramePointer(wordSizeBytes, 0, 2 * wordSizeBytes));
    }

    @Override
    public Optional<UnwindRule> signalTrampoline(long pc, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(pc, 8, 12, code);
        return (is64 ? trampoline64(bytes) : trampoline32(bytes))
                .map(UnwindRule.RestoreContext::new);
    }

    /**
     * rt_sigreturn: struct rt_sigframe's ucontext lies at sp, its registers 40 bytes in; in the x32 ABI,
     * whose pointers have 4 bytes, 24.
     */
    private static Optional<SignalContext> trampoline64(CodeBytes bytes) {
        for (int move : new int[] {0, -7, -5}) {
            boolean isLong = bytes.has(move, 0x48, 0xc7, 0xc0) && bytes.has(move + 7, 0x0f, 0x05);
            boolean isShort = bytes.has(move, 0xb8) && bytes.has(move + 5, 0x0f, 0x05);
            boolean standsThere = move == 0 || move == (isLong ? -7 : -5);
            if (standsThere && (isLong || isShort)) {
                int number = bytes.word(move + (isLong ? 3 : 1));
                if (number == 15) {
                    return Optional.of(SignalContext.at(40, SignalContext.Layout.X86_64));
                }
                if (number == 0x4000_0000 + 513) {
                    return Optional.of(SignalContext.at(24, SignalContext.Layout.X86_64));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * sigreturn: "pop eax" takes the signal's number, and the registers follow. rt_sigreturn: the third
     * word points at the ucontext, its registers 20 bytes in.
     */
    private static Optional<SignalContext> trampoline32(CodeBytes bytes) {
        int[] sigreturn = {0xb8, 0x77, 0, 0, 0, 0xcd, 0x80};
        if (bytes.at(0) == 0x58 && bytes.has(1, sigreturn)) {
            return Optional.of(SignalContext.at(4, SignalContext.Layout.X86));
        }
        if ((bytes.at(-1) == 0x58 && bytes.has(0, sigreturn))
                || (bytes.at(-6) == 0x58 && bytes.has(-5, sigreturn))) {
            return Optional.of(SignalContext.at(0, SignalContext.Layout.X86));
        }
        int[] rtSigreturn = {0xb8, 0xad, 0, 0, 0, 0xcd, 0x80};
        if (bytes.has(0, rtSigreturn) || bytes.has(-5, rtSigreturn)) {
            return Optional.of(SignalContext.behindPointer(8, 20, SignalContext.Layout.X86));
        }
        return Optional.empty();
    }
}
