package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.ehabi.UnwindEntry;
import dev.mortem.format.ehabi.UnwindInstruction;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * 32-bit Arm and Thumb: Procedure Call Standard for the Arm Architecture (AAPCS32), section 6.1;
 * instruction encodings from the Arm Architecture Reference Manual, ARMv7-A and ARMv7-R edition.
 */
final class ArmConvention implements CpuConvention {
    private static final int CPSR = Cpu.ARM.register("cpsr").orElseThrow();

    /** T of the program status register (A2.5.1). */
    private static final long THUMB_STATE = 1 << 5;

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
        return isArmCall(address, word) || isThumbCall(word) ? Answer.YES : Answer.NO;
    }

    /** BL, BLX to a label, BLX to a register. */
    private static boolean isArmCall(long address, int word) {
        boolean isBl = (word & 0x0f00_0000) == 0x0b00_0000 && word >>> 28 != 15;
        boolean isBlx = (word & 0xfe00_0000) == 0xfa00_0000 || (word & 0x0fff_fff0) == 0x012f_ff30;
        return (address & 3) == 0 && (isBl || isBlx);
    }

    private static boolean isThumbCall(int word) {
        int last = word >>> 16;
        boolean isBl = (word & 0xf800) == 0xf000 && (last & 0xc000) == 0xc000;
        boolean isBlx = (last & 0xff87) == 0x4780;
        return isBl || isBlx;
    }

    @Override
    public UnwindRule afterCallToNowhere() {
        return new UnwindRule.UseLinkRegister();
    }

    /**
     * An exception table tells what holds at calls. Elsewhere the instructions from the function's start
     * on tell how much of its frame there is, or the one to come that it returns; behind the first branch
     * the frame is taken to be whole.
     */
    @Override
    public List<UnwindRule> suggestedBy(Registers frame, boolean exact, CodeMap code) {
        long pc = frame.pc();
        ArmCode instructions = new ArmCode(isThumb(frame, exact, code), code);
        if (!exact) {
            Optional<Long> start = instructions.startBefore(pc, false);
            return start.flatMap(from -> instructions.line(from, pc))
                    .filter(ArmCode.Line::loadsReturnAddress)
                    .<UnwindRule>map(line -> new UnwindRule.Steps(line.steps()))
                    .map(List::of)
                    .orElse(List.of());
        }
        List<UnwindRule> rules = new ArrayList<>();
        Optional<UnwindEntry> entry = code.exceptionEntry(pc);
        Optional<UnwindRule> table = entry.filter(UnwindEntry.Instructions.class::isInstance)
                .map(UnwindEntry.Instructions.class::cast)
                .map(found -> new UnwindRule.Steps(found.steps()));
        if (instructions.isBehindSystemCall(pc)) {
            table.ifPresent(rules::add);
        }
        int popped = instructions.poppedByReturn(pc);
        if (popped != 0) {
            rules.add(new UnwindRule.Steps(List.of(new UnwindInstruction.Pop(popped))));
        }
        if (instructions.returnsByLinkRegister(pc)) {
            rules.add(new UnwindRule.UseLinkRegister());
        }
        addFromStart(pc, entry, table, instructions, code, rules);
        return rules;
    }

    private static void addFromStart(
            long pc,
            Optional<UnwindEntry> entry,
            Optional<UnwindRule> table,
            ArmCode instructions,
            CodeMap code,
            List<UnwindRule> rules) {
        Optional<Long> start = table.isPresent()
                ? entry.map(found -> pc - code.offsetInFunction(pc, found))
                : instructions.startBefore(pc, true);
        Optional<ArmCode.Line> line = start.flatMap(from -> instructions.line(from, pc));
        if (start.isEmpty()) {
            rules.add(new UnwindRule.UseLinkRegister()); // a function that stores nothing
        }
        Optional<UnwindRule> read = line.map(found -> new UnwindRule.Steps(found.steps()));
        boolean whole = line.map(ArmCode.Line::whole).orElse(false);
        if (whole) {
            read.ifPresent(rules::add);
        }
        table.ifPresent(rules::add);
        if (!whole) {
            read.ifPresent(rules::add);
        }
    }

    /** A thread's own registers tell; of a caller, the call in front of its return address. */
    private static boolean isThumb(Registers frame, boolean exact, CodeMap code) {
        if (exact && frame.isKnown(CPSR)) {
            return (frame.value(CPSR) & THUMB_STATE) != 0;
        }
        CodeBytes bytes = CodeBytes.around(frame.pc(), 4, 0, code);
        return bytes.hasWord(-4)
                && isThumbCall(bytes.word(-4))
                && !isArmCall(frame.pc(), bytes.word(-4));
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
     * svc 0" (rt_sigreturn) behind a siginfo of 128 bytes and the ucontext; Arm, or Thumb with a short or
     * a long move.
     */
    @Override
    public Optional<UnwindRule> signalTrampoline(long pc, CodeMap code) {
        CodeBytes bytes = CodeBytes.around(pc, 0, 8, code);
        boolean isOld = callsKernel(bytes, 0x77);
        boolean isRealTime = callsKernel(bytes, 0xad);
        if (!isOld && !isRealTime) {
            return Optional.empty();
        }
        int offset = isOld ? 32 : 128 + 32;
        return Optional.of(
                new UnwindRule.RestoreContext(SignalContext.at(offset, SignalContext.Layout.ARM)));
    }

    private static boolean callsKernel(CodeBytes bytes, int number) {
        return bytes.has(0, number, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef)
                || bytes.has(0, number, 0x27, 0x00, 0xdf)
                || bytes.has(0, 0x4f, 0xf0, number, 0x07, 0x00, 0xdf);
    }
}
