/**
 * Which source line an instruction came from: the line tables of DWARF 2 to 5 (DWARF 5, section 6.2).
 *
 * <p>It knows no functions and no processes: addresses here are svmas of one file. Reading order: {@link
 * dev.mortem.format.dwarf.line.LineHeader}, {@link dev.mortem.format.dwarf.line.LineRow}, {@link
 * dev.mortem.format.dwarf.line.LineProgram}, {@link dev.mortem.format.dwarf.line.LineTable}, {@link
 * dev.mortem.format.dwarf.line.LineIndex}, {@link dev.mortem.format.dwarf.line.SourceLine}.
 */
package dev.mortem.format.dwarf.line;
