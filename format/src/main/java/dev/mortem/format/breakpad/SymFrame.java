package dev.mortem.format.breakpad;

import java.util.Optional;

/**
 * A function at an address, and where in it.
 *
 * @param name empty where the file does not name it
 * @param inlined whether its code stands in the function behind it in the list
 * @param source for a function that another was inlined into, the line of that call; empty where the
 *     file does not tell
 */
public record SymFrame(Optional<String> name, boolean inlined, Optional<Source> source) {
    /**
     * @param file as its FILE record has it
     * @param line from 1
     */
    public record Source(String file, int line) {}
}
