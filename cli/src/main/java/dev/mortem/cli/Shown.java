package dev.mortem.cli;

import dev.mortem.base.text.Escape;

/** Text of a process, made harmless for a terminal. */
final class Shown {
    private Shown() {}

    static String oneLine(String text) {
        return Escape.visible(text);
    }

    /** At most {@code charsMax} characters, an ellipsis for what is cut. */
    static String shortened(String text, int charsMax) {
        String line = oneLine(text);
        return line.length() <= charsMax ? line : line.substring(0, charsMax - 1) + "…";
    }
}
