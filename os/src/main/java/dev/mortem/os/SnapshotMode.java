package dev.mortem.os;

/** Whether a process is copied, so that it runs while its dump is written, or stands meanwhile. */
public enum SnapshotMode {
    /** A frozen copy, or nothing. */
    REQUIRE,
    /** A frozen copy where that is possible; else the process stands, if not for too long. */
    PREFER,
    /** The process stands while its memory is read. */
    NEVER
}
