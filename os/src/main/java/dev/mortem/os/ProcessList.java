package dev.mortem.os;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The processes of this machine that we may see. Safe for any thread. */
public interface ProcessList {
    /** The list of the system that we run on. */
    static ProcessList ofThisMachine() {
        return Platform.ofThisMachine().processList();
    }

    /**
     * All processes by ascending pid, without kernel threads and zombies. One that ends while it is read
     * is left out.
     *
     * @param cpuWindow how long CPU use is measured: the call takes that much longer. Zero measures none
     *     and leaves {@link ProcessEntry#cpuPercent} absent
     */
    List<ProcessEntry> list(Duration cpuWindow);

    /**
     * Those that fit, as {@link #entry} tells of them, by ascending pid. On a machine of many processes
     * this is much cheaper than {@link #list}.
     *
     * @param fits sees of each its parent, name, executable, command line, unit and container; all else
     *     may be absent
     * @param byPort whether it sees the ports too, which are looked for among all open files
     */
    default List<ProcessEntry> find(Predicate<ProcessEntry> fits, boolean byPort) {
        return list(Duration.ZERO).stream().filter(fits).toList();
    }

    /**
     * One process, without its CPU use, and with its anonymous memory for its private, which costs the
     * kernel nothing to tell; empty when there is none, or it is a thread's id.
     */
    Optional<ProcessEntry> entry(long pid);
}
