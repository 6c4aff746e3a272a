package dev.mortem.format.breakpad;

import java.util.List;
import java.util.Optional;

/**
 * A stretch of a function's code that came from one line.
 *
 * @param rva where it starts, in bytes from the module's start
 * @param levels the functions that it belongs to, the innermost first; the last is the one whose code it
 *     is
 */
public record SymRun(long rva, long sizeBytes, List<Level> levels) {
    public SymRun {
        levels = List.copyOf(levels);
    }

    /**
     * @param name as people read it
     * @param file where it stands: of the innermost function the line, of the others the call of the one
     *     inside; empty where that is not known
     * @param line from 1; of no meaning without a file
     */
    public record Level(String name, Optional<String> file, int line) {}
}
