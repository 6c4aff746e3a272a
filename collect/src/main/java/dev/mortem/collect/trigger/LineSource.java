package dev.mortem.collect.trigger;

import java.nio.file.Path;

/** Where lines are read. */
public sealed interface LineSource {
    /** As the user writes it. */
    String text();

    /** A file that others append to; need not exist yet, may be rotated. */
    record OfFile(Path path) implements LineSource {
        @Override
        public String text() {
            return path.toString();
        }
    }

    /** The systemd journal: what the target's unit writes, or the target itself where it has none. */
    record OfJournal() implements LineSource {
        @Override
        public String text() {
            return "journal";
        }
    }

    /** The standard error of a target that we launched. */
    record OfStandardError() implements LineSource {
        @Override
        public String text() {
            return "stderr";
        }
    }
}
