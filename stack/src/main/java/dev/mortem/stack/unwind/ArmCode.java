package dev.mortem.stack.unwind;

import dev.mortem.format.ehabi.UnwindInstruction;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the instructions of 32-bit Arm or Thumb code do to the stack, read in a straight line; encodings
 * from the Arm Architecture Reference Manual, ARMv7-A and ARMv7-R edition, chapters A5, A6 and A8.
 */
final class ArmCode {
    /** No function's prologue is longer; what lies further back belongs to another. */
    private static final int SEARCH_BYTES_MAX = 4096;

    private static final int WINDOW_BYTES = 128;

    private static final int LR = 14;
    private static final int PC = 15;
    private static final int R7 = 7;
    private static final int R11 = 11;

    private final boolean thumb;
    private final CodeMap code;

    ArmCode(boolean thumb, CodeMap code) {
        this.thumb = thumb;
        this.code = code;
    }

    /** One instruction, as far as stacks are concerned. */
    private sealed interface Effect {
        /** Stores the registers at the new sp; between them and the old one is some room. */
        record Push(int mask, long roomBytes) implements Effect {}

        /** sp = sp - bytes. */
        record Reserve(long bytes) implements Effect {}

        /** Loads the registers from sp on. */
        record Pop(int mask) implements Effect {}

        /** A frame pointer = sp + bytes. */
        record KeepFrame(int register, long bytes) implements Effect {}

        /** sp becomes something that the instruction does not tell. */
        record Lose() implements Effect {}

        /** What stands behind is reached from elsewhere. */
        record Leave() implements Effect {}

        record Other() implements Effect {}
    }

    private record Instruction(Effect effect, int sizeBytes) {}

    /**
     * A straight line read.
     *
     * @param steps from the registers behind it to those at its start
     * @param whole whether it went as far as was asked, not only to where code branches away
     */
    record Line(List<UnwindInstruction> steps, boolean whole) {
        boolean loadsReturnAddress() {
            return steps.stream()
                    .anyMatch(step -> step instanceof UnwindInstruction.Pop(int mask)
                            && (mask >> LR & 1) != 0);
        }
    }

    /** Reads from {@code start} up to {@code end}; empty where the stack pointer is lost. */
    Optional<Line> line(long start, long end) {
        long length = end - start;
        if (length < 0 || length > SEARCH_BYTES_MAX) {
            return Optional.empty();
        }
        CodeBytes bytes = CodeBytes.around(start, 0, (int) length + 4, code);
        List<UnwindInstruction> steps = new ArrayList<>(); // the last instruction's first
        List<UnwindInstruction> fromFrame = new ArrayList<>();
        boolean lost = false;
        for (int at = 0; at < length; ) {
            Optional<Instruction> instruction = at(bytes, at);
            if (instruction.isEmpty()) {
                return Optional.empty();
            }
            switch (instruction.get().effect()) {
                case Effect.Push(int mask, long roomBytes) -> {
                    steps.addFirst(new UnwindInstruction.Move(roomBytes));
                    steps.addFirst(new UnwindInstruction.Pop(mask));
                }
                case Effect.Reserve(long room) -> steps.addFirst(new UnwindInstruction.Move(room));
                case Effect.Pop(int mask) -> {
                    if ((mask >> PC & 1) != 0) {
                        return found(steps, fromFrame, lost, false);
                    }
                    steps.addFirst(new UnwindInstruction.Move(-4L * Integer.bitCount(mask)));
                }
                case Effect.KeepFrame(int register, long offset) -> {
                    fromFrame.clear();
                    fromFrame.add(new UnwindInstruction.Take(register));
                    fromFrame.add(new UnwindInstruction.Move(-offset));
                    fromFrame.addAll(steps);
                }
                case Effect.Lose() -> lost = true;
                case Effect.Leave() -> {
                    return found(steps, fromFrame, lost, false);
                }
                case Effect.Other() -> {
                    // leaves the stack alone
                }
            }
            at += instruction.get().sizeBytes();
        }
        return found(steps, fromFrame, lost, true);
    }

    private static Optional<Line> found(
            List<UnwindInstruction> steps,
            List<UnwindInstruction> fromFrame,
            boolean lost,
            boolean whole) {
        if (!lost) {
            return Optional.of(new Line(List.copyOf(steps), whole));
        }
        return fromFrame.isEmpty()
                ? Optional.empty()
                : Optional.of(new Line(List.copyOf(fromFrame), whole));
    }

    /**
     * Where the function probably starts: the nearest instruction in front that stores the link
     * register.
     *
     * @param inOne whether to stop where a function returns, as what lies further back may be another
     */
    Optional<Long> startBefore(long pc, boolean inOne) {
        int step = thumb ? 2 : 4;
        CodeBytes bytes = CodeBytes.around(pc, WINDOW_BYTES, 4, code);
        int window = WINDOW_BYTES;
        for (int at = -step; at >= -SEARCH_BYTES_MAX; at -= step) {
            if (at < -window) {
                window *= 2; // not all at once: the code may begin close by
                bytes = CodeBytes.around(pc, window, 4, code);
            }
            if (!bytes.isPresent(at)) {
                return Optional.empty();
            }
            Effect effect = at(bytes, at).map(Instruction::effect).orElse(new Effect.Other());
            boolean returns = (effect instanceof Effect.Pop(int mask) && (mask >> PC & 1) != 0)
                    || isReturn(bytes, at);
            if (inOne && returns) {
                return Optional.empty();
            }
            if (effect instanceof Effect.Push(int mask, long ignored) && (mask >> LR & 1) != 0) {
                return Optional.of(pc + at);
            }
        }
        return Optional.empty();
    }

    /** The registers that the instruction there loads, where one is the pc; 0 for another. */
    int poppedByReturn(long pc) {
        CodeBytes bytes = CodeBytes.around(pc, 0, 4, code);
        Effect effect = at(bytes, 0).map(Instruction::effect).orElse(new Effect.Other());
        return effect instanceof Effect.Pop(int mask) && (mask >> PC & 1) != 0 ? mask : 0;
    }

    /** BX lr. */
    boolean returnsByLinkRegister(long pc) {
        return isReturn(CodeBytes.around(pc, 0, 4, code), 0);
    }

    private boolean isReturn(CodeBytes bytes, int at) {
        return thumb ? bytes.has(at, 0x70, 0x47) : bytes.has(at, 0x1e, 0xff, 0x2f, 0xe1);
    }

    /** SVC: the thread is in a system call where it stands behind one. */
    boolean isBehindSystemCall(long pc) {
        CodeBytes bytes = CodeBytes.around(pc, 4, 0, code);
        return thumb
                ? bytes.at(-1) == 0xdf
                : bytes.isPresent(-1) && (bytes.at(-1) & 0x0f) == 0x0f && bytes.at(-1) >> 4 != 15;
    }

    private Optional<Instruction> at(CodeBytes bytes, int at) {
        if (!thumb) {
            return bytes.hasWord(at)
                    ? Optional.of(new Instruction(arm(bytes.word(at)), 4))
                    : Optional.empty();
        }
        if (!bytes.isPresent(at + 1)) {
            return Optional.empty();
        }
        int first = bytes.at(at) | bytes.at(at + 1) << 8;
        boolean isLong = first >>> 11 >= 0x1d;
        if (!isLong) {
            return Optional.of(new Instruction(thumb(first), 2));
        }
        return bytes.hasWord(at)
                ? Optional.of(new Instruction(thumb(first, bytes.word(at) >>> 16), 4))
                : Optional.empty();
    }

    private static Effect arm(int word) {
        if ((word & 0xffff_0000) == 0xe92d_0000) { // STMDB sp!
            return new Effect.Push(word & 0xffff, 0);
        }
        if ((word & 0xffff_0fff) == 0xe52d_0004) { // STR Rt, [sp, #-4]!
            return new Effect.Push(1 << (word >> 12 & 15), 0);
        }
        if ((word & 0xffff_0000) == 0xe8bd_0000) { // LDMIA sp!
            return new Effect.Pop(word & 0xffff);
        }
        if ((word & 0xffff_0fff) == 0xe49d_0004) { // LDR Rt, [sp], #4
            return new Effect.Pop(1 << (word >> 12 & 15));
        }
        if ((word & 0xffbf_0e00) == 0xed2d_0a00) { // VPUSH
            return new Effect.Reserve(4L * (word & 0xff));
        }
        if ((word & 0xffbf_0e00) == 0xecbd_0a00) { // VPOP
            return new Effect.Reserve(-4L * (word & 0xff));
        }
        long immediate =
                Integer.toUnsignedLong(Integer.rotateRight(word & 0xff, 2 * (word >> 8 & 15)));
        return switch (word & 0xffff_f000) {
            case 0xe24d_d000 -> new Effect.Reserve(immediate); // SUB sp, sp, #
            case 0xe28d_d000 -> new Effect.Reserve(-immediate); // ADD sp, sp, #
            case 0xe28d_b000 -> new Effect.KeepFrame(R11, immediate); // ADD r11, sp, #
            default -> armElse(word);
        };
    }

    private static Effect armElse(int word) {
        if (word == 0xe1a0_b00d) { // MOV r11, sp
            return new Effect.KeepFrame(R11, 0);
        }
        boolean branches = (word & 0xff00_0000) == 0xea00_0000 || word == 0xe12f_ff1e;
        if (branches) {
            return new Effect.Leave();
        }
        boolean isDataProcessing = (word & 0x0c00_0000) == 0 && (word & 0x0180_0000) != 0x0100_0000;
        boolean writesSp = (word >> 12 & 15) == 13 && word >>> 28 == 14;
        return isDataProcessing && writesSp ? new Effect.Lose() : new Effect.Other();
    }

    private static Effect thumb(int half) {
        if ((half & 0xfe00) == 0xb400) { // PUSH
            return new Effect.Push((half & 0xff) | (half & 0x100) << 6, 0);
        }
        if ((half & 0xfe00) == 0xbc00) { // POP
            return new Effect.Pop((half & 0xff) | (half & 0x100) << 7);
        }
        if ((half & 0xff80) == 0xb080) { // SUB sp, #
            return new Effect.Reserve(4L * (half & 0x7f));
        }
        if ((half & 0xff80) == 0xb000) { // ADD sp, #
            return new Effect.Reserve(-4L * (half & 0x7f));
        }
        if ((half & 0xff00) == 0xaf00) { // ADD r7, sp, #
            return new Effect.KeepFrame(R7, 4L * (half & 0xff));
        }
        if (half == 0x466f) { // MOV r7, sp
            return new Effect.KeepFrame(R7, 0);
        }
        if ((half & 0xf800) == 0xe000 || half == 0x4770) { // B, BX lr
            return new Effect.Leave();
        }
        boolean movesToSp = (half & 0xff87) == 0x4685 || (half & 0xff87) == 0x4485;
        return movesToSp ? new Effect.Lose() : new Effect.Other();
    }

    private static Effect thumb(int first, int second) {
        int register = second >> 12 & 15;
        if (first == 0xe92d) { // PUSH.W
            return new Effect.Push(second & 0x5fff, 0);
        }
        if (first == 0xf84d && (second & 0x0fff) == 0x0d04) { // STR.W Rt, [sp, #-4]!
            return new Effect.Push(1 << register, 0);
        }
        if (first == 0xe96d && (second & 0xff) >= 2) { // STRD Rt, Rt2, [sp, #-n]!
            int mask = 1 << register | 1 << (second >> 8 & 15);
            return new Effect.Push(mask, 4L * (second & 0xff) - 8);
        }
        if (first == 0xe8bd) { // POP.W
            return new Effect.Pop(second & 0xdfff);
        }
        if (first == 0xf85d && (second & 0x0fff) == 0x0b04) { // LDR.W Rt, [sp], #4
            return new Effect.Pop(1 << register);
        }
        if ((first & 0xffbf) == 0xed2d && (second & 0x0e00) == 0x0a00) { // VPUSH
            return new Effect.Reserve(4L * (second & 0xff));
        }
        if ((first & 0xffbf) == 0xecbd && (second & 0x0e00) == 0x0a00) { // VPOP
            return new Effect.Reserve(-4L * (second & 0xff));
        }
        if ((first & 0xf800) == 0xf000 && (second & 0xd000) == 0x9000) { // B.W
            return new Effect.Leave();
        }
        return thumbArithmetic(first, second);
    }

    /** ADD and SUB of sp and a constant, with a modified or a plain one. */
    private static Effect thumbArithmetic(int first, int second) {
        boolean toSp = (second & 0x8f00) == 0x0d00;
        int plain = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | (second & 0xff);
        return switch (first & 0xfbff) {
            case 0xf1ad -> toSp ? new Effect.Reserve(modified(plain)) : new Effect.Other();
            case 0xf2ad -> toSp ? new Effect.Reserve(plain) : new Effect.Other();
            case 0xf10d -> toSp ? new Effect.Reserve(-modified(plain)) : new Effect.Other();
            case 0xf20d -> toSp ? new Effect.Reserve(-plain) : new Effect.Other();
            default -> {
                boolean registers = (first & 0xffef) == 0xebad || (first & 0xffef) == 0xeb0d;
                yield registers && (second & 0x0f00) == 0x0d00
                        ? new Effect.Lose()
                        : new Effect.Other();
            }
        };
    }

    /** ThumbExpandImm (A6.3.2). */
    private static long modified(int imm12) {
        int low = imm12 & 0xff;
        if (imm12 >>> 10 == 0) {
            return switch (imm12 >> 8 & 3) {
                case 0 -> low;
                case 1 -> Integer.toUnsignedLong(low << 16 | low);
                case 2 -> Integer.toUnsignedLong(low << 24 | low << 8);
                default -> Integer.toUnsignedLong(low * 0x0101_0101);
            };
        }
        int rotated = Integer.rotateRight(0x80 | (imm12 & 0x7f), imm12 >> 7 & 31);
        return Integer.toUnsignedLong(rotated);
    }
}
