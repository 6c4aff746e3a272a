package dev.mortem.stack.unwind;

import dev.mortem.format.pe.unwind.UnwindCode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Epilogs of x64 by their bytes, which the convention of Windows restricts so that unwinders can tell
 * them ("x64 prolog and epilog", "Epilog code"): {@code add rsp, n} or {@code lea rsp, [frame + n]},
 * then pops, then a return or a jump out of the function. Instruction encodings from the Intel 64 and
 * IA-32 Architectures Software Developer's Manual, volume 2.
 */
final class Epilogs {
    /** Eight registers to pop, two bytes each, behind the longest lea, before the longest jump. */
    private static final int EPILOG_BYTES_MAX = 8 + 2 * 8 + 7;

    private static final int POPS_MAX = 8;
    private static final int RSP = 4;

    /** DWARF's numbers of rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi (psABI AMD64, figure 3.36). */
    private static final int[] DWARF = {0, 2, 1, 3, 7, 6, 4, 5};

    private final CodeBytes bytes;
    private final List<UnwindCode> codes = new ArrayList<>();
    private OptionalInt frameRegister = OptionalInt.empty();
    private long frameOffsetBytes;
    private int at;

    private Epilogs(CodeBytes bytes) {
        this.bytes = bytes;
    }

    /**
     * What remains of an epilog.
     *
     * @param rule what the instructions left do
     * @param target where it jumps to; empty where it returns, or jumps through a pointer
     * @param returns whether it ends in a return, which only an epilog does
     */
    record Found(UnwindRule.WindowsCodes rule, OptionalLong target, boolean returns) {}

    /** The epilog that the instruction at an address is part of, if it and all behind it are. */
    static Optional<Found> at(long address, CodeMap code) {
        return new Epilogs(CodeBytes.around(address, 0, EPILOG_BYTES_MAX, code)).find(address);
    }

    private Optional<Found> find(long address) {
        addToStackPointer();
        if (at == 0) {
            loadStackPointer();
        }
        for (int pops = 0; pops < POPS_MAX && pop(); pops++) {
            // each takes its bytes
        }
        if (isReturn()) {
            return Optional.of(found(OptionalLong.empty(), true));
        }
        if (bytes.at(at) == 0xeb && bytes.isPresent(at + 1)) {
            return Optional.of(
                    found(OptionalLong.of(address + at + 2 + (byte) bytes.at(at + 1)), false));
        }
        if (bytes.at(at) == 0xe9 && bytes.hasWord(at + 1)) {
            return Optional.of(
                    found(OptionalLong.of(address + at + 5 + bytes.word(at + 1)), false));
        }
        return isIndirectJump()
                ? Optional.of(found(OptionalLong.empty(), false))
                : Optional.empty();
    }

    private Found found(OptionalLong target, boolean returns) {
        var rule = new UnwindRule.WindowsCodes(frameRegister, frameOffsetBytes, codes);
        return new Found(rule, target, returns);
    }

    /** 48 83 C4 ib; 48 81 C4 id. */
    private void addToStackPointer() {
        if (bytes.has(0, 0x48, 0x83, 0xc4) && bytes.isPresent(3)) {
            codes.add(new UnwindCode.Allocate(0, (byte) bytes.at(3)));
            at = 4;
        } else if (bytes.has(0, 0x48, 0x81, 0xc4) && bytes.hasWord(3)) {
            codes.add(new UnwindCode.Allocate(0, bytes.word(3)));
            at = 7;
        }
    }

    /** 48 or 49, 8D, ModRM with rsp as its register and 8 or 32 bits to add to another; r12 has a SIB. */
    private void loadStackPointer() {
        boolean isLea = (bytes.at(0) == 0x48 || bytes.at(0) == 0x49) && bytes.at(1) == 0x8d;
        int modRm = bytes.at(2);
        int mod = modRm >> 6;
        if (!isLea || (modRm >> 3 & 7) != RSP || (mod != 1 && mod != 2)) {
            return;
        }
        int rm = modRm & 7;
        boolean hasSib = rm == RSP;
        if (hasSib && (bytes.at(0) != 0x49 || bytes.at(3) != 0x24)) {
            return;
        }
        int displacement = hasSib ? 4 : 3;
        if (mod == 1 ? !bytes.isPresent(displacement) : !bytes.hasWord(displacement)) {
            return;
        }
        int register = bytes.at(0) == 0x49 ? 8 + rm : DWARF[rm];
        frameRegister = OptionalInt.of(register);
        frameOffsetBytes =
                -(long) (mod == 1 ? (byte) bytes.at(displacement) : bytes.word(displacement));
        codes.add(new UnwindCode.SetFrame(0));
        at = displacement + (mod == 1 ? 1 : 4);
    }

    /** 58+r; 41 58+r. */
    private boolean pop() {
        boolean extended = bytes.at(at) == 0x41;
        int opcode = bytes.at(extended ? at + 1 : at);
        if (opcode < 0x58 || opcode > 0x5f || (!extended && opcode == 0x58 + RSP)) {
            return false;
        }
        int register = extended ? 8 + opcode - 0x58 : DWARF[opcode - 0x58];
        codes.add(new UnwindCode.Push(0, register));
        at += extended ? 2 : 1;
        return true;
    }

    /** C3; C2 iw; F3 C3. */
    private boolean isReturn() {
        return bytes.at(at) == 0xc3 || bytes.at(at) == 0xc2 || bytes.has(at, 0xf3, 0xc3);
    }

    /** FF /4 through memory at rip, perhaps with REX.W; with REX.W through a register. */
    private boolean isIndirectJump() {
        boolean wide = (bytes.at(at) & 0xf8) == 0x48 && bytes.isPresent(at);
        int opcode = wide ? at + 1 : at;
        if (bytes.at(opcode) != 0xff || !bytes.isPresent(opcode + 1)) {
            return false;
        }
        int modRm = bytes.at(opcode + 1);
        return modRm == 0x25 || (wide && (modRm & 0xf8) == 0xe0);
    }
}
