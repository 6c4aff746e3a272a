package dev.mortem.os;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Tries what Mortem needs of this machine, and says what to do where it fails. Safe for any thread. */
public interface Doctor {
    /** The doctor of the system that we run on. */
    static Doctor ofThisMachine() {
        return Platform.ofThisMachine().doctor();
    }

    /** What a check came to. */
    enum Status {
        /** Works. */
        OK,
        /** Works in part, or is only information. */
        LIMITED,
        /** Does not work. */
        MISSING
    }

    /**
     * One thing that was tried.
     *
     * @param name short and stable: "ptrace", "core_pattern"
     * @param found what was seen, as it was seen
     * @param meaning what works or does not because of it
     * @param mend the command that changes it; empty where nothing needs changing or no command can
     */
    record Check(String name, Status status, String found, String meaning, Optional<String> mend) {
        /** What works, and needs no mending. */
        public static Check ok(String name, String found, String meaning) {
            return new Check(name, Status.OK, found, meaning, Optional.empty());
        }

        /** @param mend empty where no command can */
        public static Check limited(String name, String found, String meaning, String mend) {
            return new Check(
                    name,
                    Status.LIMITED,
                    found,
                    meaning,
                    mend.isEmpty() ? Optional.empty() : Optional.of(mend));
        }
    }

    /**
     * Runs all checks: takes a second at most, changes nothing, leaves nothing behind.
     *
     * @param dumpFolder where dumps will be written; need not exist
     */
    List<Check> examine(Path dumpFolder);
}
