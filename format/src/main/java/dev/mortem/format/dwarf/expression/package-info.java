/**
 * DWARF expressions: the small stack machine that computes an address or a value (DWARF 5, section
 * 2.5).
 *
 * <p>It serves call frame information, and parameters that are pointers, so it knows the generic type
 * only: typed operations and location descriptions in pieces are answered as unsupported. It reads no
 * file and no process: registers, memory and what the unit and the callers know come through an {@link
 * dev.mortem.format.dwarf.expression.ExpressionInputs}.
 *
 * <p>Reading order: {@link dev.mortem.format.dwarf.expression.DwarfExpression}, {@link
 * dev.mortem.format.dwarf.expression.ExpressionInputs}, {@link
 * dev.mortem.format.dwarf.expression.Evaluation}; {@code DwarfOp} names the operations.
 */
package dev.mortem.format.dwarf.expression;
