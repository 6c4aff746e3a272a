package dev.mortem.stack.unwind;

import dev.mortem.format.breakpad.CfiRules;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.dwarf.cfi.FrameRow;
import dev.mortem.format.ehabi.UnwindInstruction;
import dev.mortem.format.pe.unwind.Arm64UnwindCode;
import dev.mortem.format.pe.unwind.UnwindCode;

import java.util.List;
import java.util.OptionalInt;

/**
 * How the caller's registers follow from its callee's. Primed registers are the caller's, {@code *a} is
 * the word at address a, w the size of a word on the stack, ra the return address. Registers that an
 * equation does not name keep their value where the calling convention has the callee save them and
 * where nothing was pushed yet; elsewhere they are unknown.
 *
 * <p>A rule is a value: how it is found (from frame information, from instructions, from a guess) and
 * how it is executed ({@link RuleExecution}) know nothing of each other.
 */
sealed interface UnwindRule {
    /** There is no caller: this is the outermost frame. */
    record Outermost() implements UnwindRule {}

    /** (pc', sp') = (*sp, sp + w): nothing pushed yet, or all popped; a call through a null pointer. */
    record JustReturn() implements UnwindRule {}

    /** (pc', sp') = (*(sp + pushed), sp + pushed + w): so much was pushed, and no register saved. */
    record SkipPushed(int pushedBytes) implements UnwindRule {}

    /** (pc', sp', fp') = (*(sp + w), sp + 2w, *sp): the frame pointer is pushed and not yet set. */
    record PopFramePointer() implements UnwindRule {}

    /** (pc', sp') = (lr, sp): nothing stored yet, or a function that calls none. */
    record UseLinkRegister() implements UnwindRule {}

    /** (pc', sp', fp') = (*(fp + returnAddress), fp + frameEnd, *(fp + saved)): offsets in bytes. */
    record UseFramePointer(int returnAddressOffset, int savedOffset, int frameEndOffset)
            implements UnwindRule {}

    /** (pc', sp') = (*(sp + offset), sp + offset + w), fp' = fp while it points beyond: a guess. */
    record TakeFromStack(int offsetBytes) implements UnwindRule {}

    /** 32-bit Arm: what an exception table says, or the instructions that made the frame. */
    record Steps(List<UnwindInstruction> steps) implements UnwindRule {
        public Steps {
            steps = List.copyOf(steps);
        }
    }

    /**
     * x64 of Windows. On virtual registers, which become the caller's, each code in turn undoes one
     * instruction; then (pc', sp') = (*sp, sp + 8). With a machine frame, at b = sp or past an error
     * code, (pc', sp') = (*b, *(b + 24)) and nothing behind it counts.
     *
     * @param frameRegister frame = its value - frameOffsetBytes, at the start; without one frame = sp
     */
    record WindowsCodes(OptionalInt frameRegister, long frameOffsetBytes, List<UnwindCode> codes)
            implements UnwindRule {
        public WindowsCodes {
            codes = List.copyOf(codes);
        }

        /** Whether the caller was interrupted, and so stands where its pc says. */
        boolean interrupts() {
            return codes.stream().anyMatch(UnwindCode.PushMachineFrame.class::isInstance);
        }
    }

    /**
     * ARM64 of Windows: likewise; then (pc', sp') = (lr, sp), unless a machine frame or a context gave
     * both.
     */
    record WindowsArm64Codes(List<Arm64UnwindCode> codes) implements UnwindRule {
        public WindowsArm64Codes {
            codes = List.copyOf(codes);
        }

        /** Whether the caller was interrupted, and so stands where its pc says. */
        boolean interrupts() {
            return codes.contains(Arm64UnwindCode.Marker.MACHINE_FRAME)
                    || codes.contains(Arm64UnwindCode.Marker.CONTEXT)
                    || codes.contains(Arm64UnwindCode.Marker.CLEAR_UNWOUND_TO_CALL);
        }
    }

    /** All registers' = those that the kernel saved on the stack before it called a signal handler. */
    record RestoreContext(SignalContext context) implements UnwindRule {}

    /** As {@link FrameInformation}, by the STACK CFI records of a Breakpad symbol file. */
    record SymbolFileRules(CfiRules rules) implements UnwindRule {}

    /**
     * 32-bit x86, by a STACK WIN record. Without a program (eip', esp') = (*(esp + size), esp + size + 4),
     * size = locals + saved registers + calleeParameterBytes; with one what that computes.
     *
     * @param calleeParameterBytes that this frame pushed for the function it called
     * @param skippedWords by how much further up the program is told to look for the return address
     */
    record WindowsFrame(WinFrame frame, long calleeParameterBytes, int skippedWords)
            implements UnwindRule {
        /** Whether its program leaves open where the return address is. */
        boolean searches() {
            return frame.program()
                    .filter(program ->
                            program.mentions(".raSearch") || program.mentions(".raSearchStart"))
                    .isPresent();
        }

        WindowsFrame skipping(int words) {
            return new WindowsFrame(frame, calleeParameterBytes, words);
        }
    }

    /**
     * Each register' by the rule of a row of call frame information, sp' = cfa without one; pc' = the
     * return address register's.
     *
     * @param bias address = svma + bias
     */
    record FrameInformation(FrameRow row, long bias, int returnAddressRegister, boolean signalFrame)
            implements UnwindRule {
        boolean covers(long address) {
            return row.contains(address - bias);
        }
    }
}
