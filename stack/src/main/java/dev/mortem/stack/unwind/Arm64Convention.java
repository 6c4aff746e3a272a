package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * AArch64: Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64), sections 6.1 and 6.4;
 * instruction encodings from the Arm Architecture Reference Manual for A-profile, chapter C4.
 */
final class Arm64Convention implements CpuConvention {
    /** Instructions looked back over for the one that stores the link register. */
    private static final int PROLOGUE_INSTRUCTIONS_MAX = 64;

    /** Sizes of user address spaces that Linux is built with (arch/arm64/Kconfig), in bits. */
    private static final int[] ADDRESS_BITS = {36, 39, 42, 47, 48, 52};

    /** NT_ARM_SVE and NT_ARM_PAC_MASK of LINUX (include/uapi/linux/elf.h). */
    private static final long NT_ARM_SVE = 0x405;

    private static final long NT_ARM_PAC_MASK = 0x406;

    /** DWARF number of VG: the size of a vector in units of 64 bits. */
    private static final int VG = 46;

    private static final long CALLEE_SAVED = CpuConvention.mask(
            Cpu.ARM64, "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29");

    private final long addressMask;
    private final OptionalLong vectorGranules;

    private Arm64Convention(long addressMask, OptionalLong vectorGranules) {
        this.addressMask = addressMask;
        this.vectorGranules = vectorGranules;
    }

    static Arm64Convention of(ProcessSnapshot snapshot) {
        return new Arm64Convention(
                authenticationMask(snapshot)
                        .map(mask -> ~mask)
                        .orElseGet(() -> addressSpaceMask(snapshot)),
                vectorGranules(snapshot));
    }

    /** Where nothing but the size of an address is known. */
    static Arm64Convention ofAddressBits(int bits) {
        return new Arm64Convention((1L << bits) - 1, OptionalLong.empty());
    }

    /** struct user_pac_mask: data_mask, insn_mask; the same for all threads of a process. */
    private static Optional<Long> authenticationMask(ProcessSnapshot snapshot) {
        return number(snapshot, NT_ARM_PAC_MASK, 8, 8).filter(mask -> mask != 0);
    }

    /**
     * Without the note: a pointer authentication code stands above the bits of addresses, whose number
     * the highest mapping tells. Programs have 48 bits unless they ask for more, but some kernels have
     * fewer.
     */
    private static long addressSpaceMask(ProcessSnapshot snapshot) {
        long highest = 0;
        for (MemoryRegion region : snapshot.regions()) {
            long last = region.range().end() - 1;
            boolean isKernel = last < 0; // [vsyscall] and the like
            highest = isKernel ? highest : Math.max(highest, last);
        }
        int used = Long.SIZE - Long.numberOfLeadingZeros(highest);
        for (int bits : ADDRESS_BITS) {
            // the stack is at the top: what ends far below tells nothing
            if (used == bits) {
                return (1L << bits) - 1;
            }
        }
        return (1L << (used > 48 ? 52 : 48)) - 1;
    }

    /** struct user_sve_header: size, max_size, then the vector length in bytes as 16 bits. */
    private static OptionalLong vectorGranules(ProcessSnapshot snapshot) {
        Optional<Long> bytes = number(snapshot, NT_ARM_SVE, 8, 2).filter(size -> size >= 16);
        return bytes.isPresent() ? OptionalLong.of(bytes.get() / 8) : OptionalLong.empty();
    }

    private static Optional<Long> number(
            ProcessSnapshot snapshot, long type, int offset, int sizeBytes) {
        return snapshot.threads().stream()
                .flatMap(thread -> thread.notes().stream())
                .filter(note -> note.is("LINUX", type))
                .map(note -> ByteSource.ofBytes(
                        "note", note.content(), snapshot.machine().order()))
                .filter(note -> note.sizeBytes() >= offset + sizeBytes)
                .findFirst()
                .flatMap(note -> {
                    try {
                        return Optional.of(note.unsigned("note", offset, sizeBytes));
                    } catch (MalformedException cut) {
                        return Optional.empty();
                    }
                });
    }

    @Override
    public OptionalLong constantRegister(int dwarfNumber) {
        return dwarfNumber == VG ? vectorGranules : OptionalLong.empty();
    }

    @Override
    public Cpu cpu() {
        return Cpu.ARM64;
    }

    @Override
    public long calleeSaved() {
        return CALLEE_SAVED;
    }

    /** x0 to x30 and sp; 32 is the pc. */
    @Override
    public int dwarfRegisters() {
        return 33;
    }

    @Override
    public long cleanReturnAddress(long value) {
        return value & addressMask;
    }

    @Override
    public Answer followsCall(long address, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(address, 4, 0, code);
        if (!bytes.hasWord(-4)) {
            return Answer.UNKNOWN;
        }
        int call = bytes.word(-4);
        if ((address & 3) != 0) {
            return Answer.NO;
        }
        if ((call & 0xfc00_0000) == 0x9400_0000) { // BL
            long target = address - 4 + ((long) (call << 6) >> 4);
            return code.isCode(target) ? Answer.YES : Answer.NO;
        }
        boolean isBlr = (call & 0xffff_fc1f) == 0xd63f_0000;
        boolean isAuthenticatedBlr = (call & 0xfeff_f800) == 0xd63f_0800;
        return isBlr || isAuthenticatedBlr ? Answer.YES : Answer.NO;
    }

    @Override
    public UnwindRule afterCallToNowhere() {
        return new UnwindRule.UseLinkRegister();
    }

    /**
     * A function that calls others stores x29 and x30 first. Until then, and in one that calls none, the
     * return address is in the link register, and x29 belongs to a caller.
     */
    @Override
    public List<UnwindRule> suggestedBy(Registers frame, boolean exact, CodeMap code) {
        if (!exact) {
            return List.of();
        }
        long pc = frame.pc();
        List<UnwindRule> rules = new ArrayList<>();
        for (int back = 1; back <= PROLOGUE_INSTRUCTIONS_MAX; back++) {
            CodeBytes bytes = CodeBytes.around(pc - 4L * back, 0, 4, code);
            if (!bytes.hasWord(0)) {
                return rules;
            }
            int instruction = bytes.word(0);
            if (storesLinkRegister(instruction)) {
                return rules;
            }
            boolean endsAnother = instruction == 0xd65f_03c0 // ret
                    || instruction == 0xd65f_0bff // retaa
                    || instruction == 0xd503_201f // nop, between functions
                    || instruction == 0;
            if (endsAnother) {
                break;
            }
        }
        rules.add(new UnwindRule.UseLinkRegister());
        return rules;
    }

    /** STP x29, x30, [sp, …] in its three addressing modes, and STR x30, [sp, …]. */
    private static boolean storesLinkRegister(int instruction) {
        boolean isPair = (instruction & 0xfc40_7fff) == 0xa800_7bfd;
        boolean isSingle = (instruction & 0xffe0_0fff) == 0xf800_0ffe
                || (instruction & 0xffc0_03ff) == 0xf900_03fe;
        return isPair || isSingle;
    }

    @Override
    public List<UnwindRule> framePointerRules() {
        return List.of(new UnwindRule.UseFramePointer(8, 0, 16));
    }

    /**
     * "mov x8, #139; svc #0": struct rt_sigframe is a siginfo of 128 bytes and the ucontext, whose
     * registers x0 to x30, sp, pc, pstate lie 184 bytes in.
     */
    @Override
    public Optional<UnwindRule> signalTrampoline(long pc, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(pc, 4, 8, code);
        boolean isTrampoline = isSigreturn(bytes, 0) || isSigreturn(bytes, -4);
        return isTrampoline
                ? Optional.of(new UnwindRule.RestoreContext(
                        SignalContext.at(128 + 184, SignalContext.Layout.ARM64)))
                : Optional.empty();
    }

    private static boolean isSigreturn(CodeBytes bytes, int offset) {
        return bytes.has(offset, 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4);
    }
}
