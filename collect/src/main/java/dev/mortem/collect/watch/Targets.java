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

    /** From now on each process that arrives and seems to be meant is seized first; released if it is not. */
    default void seizeWith(SeizedArrivals seized) {
        // who sees no arrivals has none to seize
    }
}
