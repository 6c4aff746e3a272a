package dev.mortem.dump;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.memory.FileSnapshot;

import java.util.Optional;

/** A dump file that is open. Closing it closes the snapshot and removes what was unpacked. */
public final class OpenDump implements AutoCloseable {
    private final FileSnapshot snapshot;
    private final String format;
    private final Optional<String> container;
    private final long sizeBytes;

    OpenDump(FileSnapshot snapshot, String format, Optional<String> container, long sizeBytes) {
        this.snapshot = snapshot;
        this.format = format;
        this.container = container;
        this.sizeBytes = sizeBytes;
    }

    /** The process; usable until this dump is closed. */
    public ProcessSnapshot snapshot() {
        return snapshot;
    }

    /** As the report names it: "elfCore". */
    public String format() {
        return format;
    }

    /** Whether the file ends before what its headers promise. */
    public boolean truncated() {
        return snapshot.truncated();
    }

    /** How much of the promised memory is in the file, from 0 to 100. */
    public int presentPercent() {
        return snapshot.presentPercent();
    }

    /** "gz", "bz2", "xz", "lz4" or "zst"; empty for a dump that is not compressed. */
    public Optional<String> container() {
        return container;
    }

    /** The size of the file that was opened, compressed or not. */
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
