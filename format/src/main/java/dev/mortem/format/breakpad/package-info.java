/**
 * Breakpad's text symbol files ({@code .sym}): functions, inlined functions, lines, and how to unwind
 * (Breakpad documentation, "Symbol Files").
 *
 * <p>Only where records begin is kept in memory, in sorted arrays of numbers; records are read from the
 * file when they are asked for. {@link dev.mortem.format.breakpad.SymFileWriter} writes such files, of {@link
 * dev.mortem.format.breakpad.SymRun} and {@link dev.mortem.format.breakpad.WinFrameRecord}. It finds no
 * files, demangles nothing and reads no process's memory.
 * Reading order: {@link dev.mortem.format.breakpad.SymFile}, {@link
 * dev.mortem.format.breakpad.SymModule}, {@link dev.mortem.format.breakpad.SymFunction}, {@link
 * dev.mortem.format.breakpad.SymFrame}; for unwinding {@link dev.mortem.format.breakpad.CfiRules},
 * {@link dev.mortem.format.breakpad.WinFrame}, {@link dev.mortem.format.breakpad.PostfixProgram}; then
 * how: {@code SymIndexer}, {@code RecordIndex}, {@code SymLines}, {@code SymFields}.
 */
package dev.mortem.format.breakpad;
