package dev.mortem.format.pdb;

/**
 * Where code came from.
 *
 * @param file as the compiler recorded it
 * @param line from 1
 * @param column from 1; 0 where it is not known
 */
public record PdbLine(String file, int line, int column) {}
