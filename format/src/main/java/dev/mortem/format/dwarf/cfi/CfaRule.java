package dev.mortem.format.dwarf.cfi;

import dev.mortem.format.dwarf.expression.DwarfExpression;

/**
 * How the canonical frame address follows from the registers of a frame (DWARF 5, 6.4.2.2): on our CPUs
 * it is the caller's stack pointer, unless a rule for that register says otherwise.
 */
public sealed interface CfaRule {
    /** cfa = register + offset. */
    record RegisterOffset(int register, long offset) implements CfaRule {}

    /** cfa = the expression's value. */
    record Computed(DwarfExpression expression) implements CfaRule {}
}
