package dev.mortem.format.breakpad;

import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * A STACK WIN record: how 32-bit x86 code that Microsoft's compilers made keeps its frame. Sizes in
 * bytes.
 *
 * @param rva where the code starts that it holds for
 * @param parameterBytes that the function's caller pushed for it
 * @param savedRegisterBytes in which it keeps its caller's registers
 * @param localBytes of its local variables
 * @param program what computes the caller's registers; empty where the sizes alone tell
 * @param usesFramePointer of a record without a program: whether the code uses ebp for anything else
 *     than the frame's base, and so has saved the caller's
 */
public record WinFrame(
        long rva,
        long codeBytes,
        long parameterBytes,
        long savedRegisterBytes,
        long localBytes,
        Optional<PostfixProgram> program,
        boolean usesFramePointer) {
    /** Frame pointer omission: sizes. */
    static final int FPO = 0;

    /** Frame data: a program. */
    static final int FRAME_DATA = 4;

    /** From the size of the prologue to whether there is a program. */
    static final int NUMBERS_BEHIND_RANGE = 7;

    private static final int PROGRAM_BYTES_MAX = 16 * 1024;

    /** Of a record whose numbers are known to be sound. */
    static WinFrame read(SymFields fields, Limits limits) {
        fields.take("STACK");
        fields.take("WIN");
        fields.hex(); // the kind
        long rva = fields.hex();
        long codeBytes = fields.hex();
        fields.hex(); // prologue
        fields.hex(); // epilogue
        long parameterBytes = fields.hex();
        long savedRegisterBytes = fields.hex();
        long localBytes = fields.hex();
        fields.hex(); // largest stack
        boolean hasProgram = fields.hex() != 0;
        Optional<PostfixProgram> program = hasProgram
                ? Optional.of(PostfixProgram.parse(fields.rest(PROGRAM_BYTES_MAX), limits))
                : Optional.empty();
        boolean usesFramePointer = !hasProgram && fields.hex() != 0;
        return new WinFrame(
                rva,
                codeBytes,
                parameterBytes,
                savedRegisterBytes,
                localBytes,
                program,
                usesFramePointer);
    }
}
