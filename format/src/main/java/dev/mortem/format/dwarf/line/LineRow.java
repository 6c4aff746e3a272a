package dev.mortem.format.dwarf.line;

/**
 * One row of the line matrix (DWARF 5, section 6.2.2).
 *
 * @param address the svma of an instruction
 * @param opIndex which operation of a VLIW instruction; 0 elsewhere
 * @param file index as the program has it: see {@link LineHeader#path}
 * @param line from 1; 0 where the instruction has no source line
 * @param column from 1; 0 for the line as a whole
 * @param isStmt whether a breakpoint may stand here
 * @param endSequence whether the address is the first behind the sequence; the row then says no more
 */
public record LineRow(
        long address,
        int opIndex,
        int file,
        int line,
        int column,
        boolean isStmt,
        boolean endSequence) {}
