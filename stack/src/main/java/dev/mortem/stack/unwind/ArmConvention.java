package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;

import java.util.List;
import java.util.Optional;

/**
 * 32-bit Arm and Thumb: Procedure Call Standard for the Arm Architecture (AAPCS32), section 6.1;
 * instruction encodings from the Arm Architecture Reference Manual, ARMv7-A and ARMv7-R edition. Stack
 * unwinding tables of the exception handling ABI ({@code .ARM.exidx}) are not read.
 */
final class ArmConvention implements CpuConvention {
    private static final long CALLEE_SAVED =
            CpuConvention.mask(Cpu.ARM, "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11");

    @Override
    public Cpu cpu() {
        return Cpu.ARM;
    }

    @Override
    public long calleeSaved() {
        return CALLEE_SAVED;
    }

    /** r0 to r15. */
    @Override
    public int dwarfRegisters() {
        return 16;
    }

    /** Bit 0 says that the caller is Thumb code. */
    @Override
    public long cleanReturnAddress(long value) {
        return value & 0xffff_fffeL;
    }

    @Override
    public Answer followsCall(long address, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(address, 4, 0, code);
        if (!bytes.hasWord(-4)) {
            return Answer.UNKNOWN;
        }
        int word = bytes.word(-4);
        boolean isBl = (word & 0x0f00_0000) == 0x0b00_0000 && (word >>> 28) != 15;
        boolean isBlx = (word & 0xfe00_0000) == 0xfa00_0000 || (word & 0x0fff_fff0) == 0x012f_ff30;
        int last = word >>> 16;
        boolean isThumbBl = (word & 0xf800) == 0xf000 && (last & 0xc000) == 0xc000;
        boolean isThumbBlx = (last & 0xff87) == 0x4780;
        boolean isArm = (address & 3) == 0 && (isBl || isBlx);
        return isArm || isThumbBl || isThumbBlx ? Answer.YES : Answer.NO;
    }

    @Override
    public UnwindRule afterCallToNowhere() {
        return new UnwindRule.UseLinkRegister();
    }

    /** Prologues vary too much to be read: whether lr or a frame tells, the call in front of it says. */
    @Override
    public List<UnwindRule> suggestedBy(long pc, CodeMap code) {
        return List.of();
    }

    /**
     * r11 points at the saved lr (GCC), at the saved r11 below it (Clang), or at the saved pc of the old
     * four-word frame (APCS).
     */
    @Override
    public List<UnwindRule> framePointerRules() {
        return List.of(
                new UnwindRule.UseFramePointer(0, -4, 4),
                new UnwindRule.UseFramePointer(4, 0, 8),
                new UnwindRule.UseFramePointer(-4, -12, 4));
    }

    /**
     * "mov r7, #119; svc 0" (sigreturn) behind a ucontext whose registers lie 32 bytes in, "mov r7, #173;
     * svc 0" (rt_sigreturn) behind a siginfo of 128 bytes and the ucontext; Arm or Thumb.
     */
    @Override
    public Optional<UnwindRule> signalTrampoline(long pc, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(pc, 0, 8, code);
        boolean isOld = bytes.has(0, 0x77, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef)
                || bytes.has(0, 0x77, 0x27, 0x00, 0xdf);
        boolean isRealTime = bytes.has(0, 0xad, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef)
                || bytes.has(0, 0xad, 0x27, 0x00, 0xdf);
        if (!isOld && !isRealTime) {
            return Optional.empty();
        }
        int offset = isOld ? 32 : 128 + 32;
        return Optional.of(
                new UnwindRule.RestoreContext(SignalContext.at(offset, SignalContext.Layout.ARM)));
    }
}
