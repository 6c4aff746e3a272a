package dev.mortem.format.dwarf.cfi;

import dev.mortem.format.dwarf.expression.DwarfExpression;

/** How the caller's value of one register is found (DWARF 5, 6.4.1). */
public sealed interface RegisterRule {
    /** It is lost; for the return address: there is no caller. */
    record Undefined() implements RegisterRule {}

    /** The frame has not changed it. */
    record SameValue() implements RegisterRule {}

    /** It is saved at cfa + offset. */
    record Offset(long offset) implements RegisterRule {}

    /** It is cfa + offset. */
    record ValOffset(long offset) implements RegisterRule {}

    /** It is in another register of this frame. */
    record InRegister(int register) implements RegisterRule {}

    /** It is saved at the address that the expression computes from the CFA. */
    record Expression(DwarfExpression expression) implements RegisterRule {}

    /** It is what the expression computes from the CFA. */
    record ValExpression(DwarfExpression expression) implements RegisterRule {}
}
