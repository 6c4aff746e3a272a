package dev.mortem.analyze.instruction;

/** Facts of the 0F opcode map (Intel SDM volume 2, table A-3). */
final class X86TwoByteMap {
    private X86TwoByteMap() {}

    /** Opcodes whose legacy form works on general registers or the system. */
    static boolean isInteger(int opcode) {
        return opcode <= 0x0f
                || (opcode >= 0x18 && opcode <= 0x23)
                || (opcode >= 0x30 && opcode <= 0x37)
                || opcode == 0x77
                || (opcode >= 0xa0 && opcode <= 0xc1)
                || opcode == 0xc3
                || opcode == 0xc7
                || opcode == 0xff;
    }

    /** Opcodes of MMX, SSE and their VEX and EVEX forms that read their memory operand. */
    static boolean isVector(int opcode) {
        return (opcode >= 0x10 && opcode <= 0x17)
                || (opcode >= 0x28 && opcode <= 0x2f)
                || (opcode >= 0x41 && opcode <= 0x7f)
                || (opcode >= 0x90 && opcode <= 0x99)
                || opcode == 0xc2
                || (opcode >= 0xc4 && opcode <= 0xc6)
                || (opcode >= 0xd0 && opcode <= 0xfe);
    }

    static boolean hasImmediate(int opcode) {
        return (opcode >= 0x70 && opcode <= 0x73)
                || opcode == 0xc2
                || (opcode >= 0xc4 && opcode <= 0xc6);
    }

    /**
     * movaps, movapd, movdqa, movntps, movntdq: a misaligned address is a general protection
     * fault.
     */
    static boolean isAligned(int opcode, boolean operandSize16) {
        return switch (opcode) {
            case 0x28, 0x29, 0x2b -> true;
            case 0x6f, 0x7f, 0xe7 -> operandSize16;
            default -> false;
        };
    }
}
