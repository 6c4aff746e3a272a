package dev.mortem.format.dwarf.line;

/**
 * Where code came from.
 *
 * @param file directory and name as the compiler recorded them
 * @param line from 1
 * @param column from 1; 0 where it is not known
 */
public record SourceLine(String file, int line, int column) {}
