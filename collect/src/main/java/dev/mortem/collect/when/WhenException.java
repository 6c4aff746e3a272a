package dev.mortem.collect.when;

/** A condition cannot be read; the message names column, what was found and what is allowed. */
public final class WhenException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int column;

    WhenException(int column, String found, String allowed) {
        super("column %d: found %s; allowed: %s".formatted(column, found, allowed));
        this.column = column;
    }

    /** From 1. */
    public int column() {
        return column;
    }
}
