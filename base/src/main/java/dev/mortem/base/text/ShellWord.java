package dev.mortem.base.text;

import java.nio.file.Path;

/** Words of a command line that a person pastes into a POSIX shell (IEEE 1003.1, 2.2 "Quoting"). */
public final class ShellWord {
    private ShellWord() {}

    /** The word as the shell has to be given it: in single quotes where a character might mean more. */
    public static String quoted(String word) {
        return word.matches("[\\p{L}\\p{N}_./:=,@%+-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    /** The file as an argument: one that begins like an option is named from its folder. */
    public static String file(Path file) {
        String name = file.toString();
        return quoted(name.startsWith("-") ? "./" + name : name);
    }
}
