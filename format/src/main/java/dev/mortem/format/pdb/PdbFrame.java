package dev.mortem.format.pdb;

import java.util.Optional;

/**
 * A function at an address, and where in it.
 *
 * @param name undecorated; empty where the file does not name it
 * @param inlined whether its code stands in the function behind it in the list
 * @param source for a function that another was inlined into, the line of that call; empty where the
 *     file does not tell
 */
public record PdbFrame(Optional<String> name, boolean inlined, Optional<PdbLine> source) {}
