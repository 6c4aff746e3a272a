package dev.mortem.format.dwarf.expression;

import dev.mortem.base.bytes.MalformedException;

import java.util.OptionalLong;

/**
 * What an expression may look at. Empty means unknown or absent, never zero. What only descriptions of
 * variables need is absent unless it is given.
 */
public interface ExpressionInputs {
    /** A register by its DWARF number in the frame that the expression belongs to. */
    OptionalLong register(int number);

    /** An unsigned number of 1 to 8 bytes of the process's memory. */
    OptionalLong memory(long address, int sizeBytes);

    /** The address in the process of an operand of DW_OP_addr, which is an svma. */
    long addressOf(long svma);

    /** What .debug_addr of the unit has at an index, as it stands there (DWARF 5, section 7.27). */
    default OptionalLong indexed(long index) throws MalformedException {
        return OptionalLong.empty();
    }

    /** What the function says that its variables' places count from (DWARF 5, section 3.3.5). */
    default OptionalLong frameBase() throws MalformedException {
        return OptionalLong.empty();
    }

    /** The canonical frame address (DWARF 5, section 6.4). */
    default OptionalLong frameAddress() {
        return OptionalLong.empty();
    }

    /**
     * What an expression gave when the function was entered (DWARF 5, section 2.5.1.7).
     *
     * @param atEntry a register, or an expression of what the caller had prepared
     */
    default OptionalLong entryValue(DwarfExpression atEntry) throws MalformedException {
        return OptionalLong.empty();
    }
}
