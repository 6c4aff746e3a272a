package dev.mortem.cli;

/** What a script learns from the process's end. The numbers are a contract. */
public enum ExitCode {
    DONE(0),
    DEFECT(1),
    WRONG_USAGE(2),
    TARGET_NOT_FOUND(3),
    NOT_PERMITTED(4),
    /** Ended without the dump asked for: the target exited, the trigger was never met. */
    NO_DUMP(5),
    STORAGE(6),
    NOT_A_DUMP(7),
    SOME_FAILED(8),
    INTERRUPTED(130);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
