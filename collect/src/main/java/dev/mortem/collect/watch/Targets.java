package dev.mortem.collect.watch;

import dev.mortem.os.ProcessEntry;
import dev.mortem.os.TargetException;

import java.util.List;
import java.util.Optional;

/** The processes that the user means. */
public interface Targets {
    /**
     * Those that there are now.
     *
     * @throws TargetException AMBIGUOUS where several fit and one was meant
     */
    List<ProcessEntry> find() throws TargetException;

    /** One of them as it is now; empty when it is gone. */
    Optional<ProcessEntry> entry(long pid);

    /** Whether {@link #arrived} tells of processes that begin; else {@link #find} is asked more often. */
    default boolean seesArrivals() {
        return false;
    }

    /** Those that began since this was asked last; returns at once. */
    default List<ProcessEntry> arrived() {
        return List.of();
    }
}
