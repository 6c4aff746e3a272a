package dev.mortem.format.ehabi;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.List;

/**
 * One step of unwinding a frame, on the virtual stack pointer (vsp) and the virtual registers (EHABI,
 * section 10.3, "Unwind instructions"). Popping registers of floating point or vectors moves vsp only:
 * they are not followed.
 */
public sealed interface UnwindInstruction {
    /** vsp = vsp + bytes; negative to go back. */
    record Move(long bytes) implements UnwindInstruction {}

    /** Loads r0 to r15 with a bit in the mask, ascending, from vsp on; vsp behind them, unless loaded. */
    record Pop(int mask) implements UnwindInstruction {}

    /** vsp = the virtual register. */
    record Take(int register) implements UnwindInstruction {}

    /** Nothing can be said of the caller. */
    record Refuse() implements UnwindInstruction {}

    /**
     * Decodes the instructions up to "finish", or to the end, which means the same.
     *
     * @param code in the order of execution
     * @throws MalformedException where one is reserved or cut
     */
    static List<UnwindInstruction> decode(ByteSource code) throws MalformedException {
        List<UnwindInstruction> steps = new ArrayList<>();
        for (long at = 0; at < code.sizeBytes(); ) {
            int first = code.u1("instruction", at);
            if (first == 0xb0) {
                break;
            }
            if (first == 0xb2) {
                var cursor = code.cursor(at + 1);
                steps.add(new Move(0x204 + (cursor.uleb("vsp increment") << 2)));
                at = cursor.position();
            } else if (hasOperand(first)) {
                steps.add(decoded(first, code.u1("operand", at + 1), code, at));
                at += 2;
            } else {
                steps.add(decoded(first, code, at));
                at++;
            }
        }
        return steps;
    }

    private static boolean hasOperand(int first) {
        return (first & 0xf0) == 0x80
                || first == 0xb1
                || first == 0xb3
                || (first >= 0xc6 && first <= 0xc9);
    }

    private static UnwindInstruction decoded(int first, int operand, ByteSource code, long at)
            throws MalformedException {
        if ((first & 0xf0) == 0x80) {
            int mask = ((first & 0x0f) << 8 | operand) << 4;
            return mask == 0 ? new Refuse() : new Pop(mask);
        }
        boolean lowMask = operand != 0 && (operand & 0xf0) == 0;
        int count = (operand & 0x0f) + 1;
        return switch (first) {
            case 0xb1 -> {
                if (!lowMask) {
                    throw spare(code, at);
                }
                yield new Pop(operand);
            }
            case 0xb3 -> new Move(8L * count + 4); // FSTMFDX stores a word more
            case 0xc7 -> {
                if (!lowMask) {
                    throw spare(code, at);
                }
                yield new Move(4L * Integer.bitCount(operand));
            }
            default -> new Move(8L * count);
        };
    }

    private static UnwindInstruction decoded(int first, ByteSource code, long at)
            throws MalformedException {
        int low = first & 0x07;
        return switch (first & 0xf8) {
            case 0x90, 0x98 -> {
                int register = first & 0x0f;
                if (register == 13 || register == 15) {
                    throw spare(code, at);
                }
                yield new Take(register);
            }
            case 0xa0 -> new Pop(lowRegisters(low));
            case 0xa8 -> new Pop(lowRegisters(low) | 1 << 14);
            case 0xb0 ->
                switch (first) {
                    case 0xb4 -> new Move(4); // the return address's authentication code
                    case 0xb5 -> new Move(0); // vsp is what that was made with
                    default -> throw spare(code, at);
                };
            case 0xb8 -> new Move(8L * (low + 1) + 4);
            case 0xc0, 0xd0 -> new Move(8L * (low + 1));
            default -> {
                if (first >= 0x80) {
                    throw spare(code, at);
                }
                long bytes = 4L * (first & 0x3f) + 4;
                yield new Move(first < 0x40 ? bytes : -bytes);
            }
        };
    }

    /** r4 to r4 + last. */
    private static int lowRegisters(int last) {
        return ((2 << last) - 1) << 4;
    }

    private static MalformedException spare(ByteSource code, long at) {
        return code.malformed("instruction", at, "a spare encoding", "those of section 10.3");
    }
}
