package dev.mortem.stack.fetch;

import java.nio.file.Path;

/** What came of asking for one file. Each answer names who was asked. */
public sealed interface Lookup {
    /** Completes "asked …": "https://symbols.example: 404", several answers with semicolons between. */
    String answer();

    /**
     * The file is there: whole, and the right one as far as that can be told.
     *
     * @param file on this machine; it may be removed at any time, so open it soon
     */
    record Found(Path file, String answer) implements Lookup {}

    /** Nobody who was asked has it. */
    record NotFound(String answer) implements Lookup {}

    /** It may not be had: the server wants to know who asks, or no connection may be opened. */
    record Denied(String answer) implements Lookup {}

    /** No whole answer came: too slow, not reachable, cut off. Later it may be otherwise. */
    record TimedOut(String answer) implements Lookup {}

    /** The answer is not what was asked for: another build, a web page, a circle of redirections. */
    record Malformed(String answer) implements Lookup {}

    /** What was asked or answered goes beyond what is built or allowed here: too large, another protocol. */
    record Unsupported(String answer) implements Lookup {}
}
