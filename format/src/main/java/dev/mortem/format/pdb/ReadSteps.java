package dev.mortem.format.pdb;

/**
 * Bounds the reading of a module whose procedures share their lines and records: each of a million lines
 * for each of a million procedures would take days. Belongs to one thread.
 */
final class ReadSteps {
    /** The largest modules have some 300,000 records and lines, each read once. */
    private static final long MAX = 50_000_000;

    private long left = MAX;

    void take() {
        left--;
    }

    boolean areLeft() {
        return left > 0;
    }
}
