package dev.mortem.format.dwarf.expression;

import java.util.OptionalLong;

/** What an expression may look at. Empty means unknown or absent, never zero. */
public interface ExpressionInputs {
    /** A register by its DWARF number in the frame that the expression belongs to. */
    OptionalLong register(int number);

    /** An unsigned number of 1 to 8 bytes of the process's memory. */
    OptionalLong memory(long address, int sizeBytes);

    /** The address in the process of an operand of DW_OP_addr, which is an svma. */
    long addressOf(long svma);
}
