package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.nio.file.Path;

/** Files that a store has in cabinets. */
final class Unpacking {
    private Unpacking() {}

    /** Puts the one file of a cabinet in the cabinet's place. */
    static Answer inPlace(Path cabinet, Limits limits) throws IOException {
        return new Answer.Refused("packed files are not read");
    }
}
