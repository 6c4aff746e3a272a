/**
 * What one machine instruction does to memory: which operand it reads or writes, how many bytes,
 * through
 * which registers.
 *
 * <p>Enough of x86-64 to explain a fault, no disassembler: there is no text of instructions here
 * and no
 * other CPU. Read {@link dev.mortem.analyze.instruction.Instruction}, then {@link
 * dev.mortem.analyze.instruction.MemoryOperand}, then {@link
 * dev.mortem.analyze.instruction.X86Decoder}.
 */
package dev.mortem.analyze.instruction;
