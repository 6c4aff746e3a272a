package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.Firing;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.util.Optional;

/** Does something about a process whose trigger fired: takes the dump. Called by the loop's thread. */
public interface Actor {
    /**
     * Why, about whom.
     *
     * @param number of this act among those of the firing, from 1
     * @param count how many acts the firing has
     * @param standing how a snapshot is had of a process that is traced already, or stands at its end; empty
     *     where it is taken as ever
     */
    record Occasion(
            ProcessEntry entry,
            Firing firing,
            int number,
            int count,
            Optional<Standing> standing) {}

    /** A process that somebody holds for us. */
    interface Standing {
        /** The snapshot; whoever asked for it closes it. */
        LiveSnapshot snapshot(SnapshotOptions options) throws TargetException;
    }

    /** What came of it. */
    enum Outcome {
        DONE,
        /** What fired was not what is wanted, after all: neither done nor failed. */
        NOT_WANTED,
        /** Somebody else has the process just now: worth another try. */
        BUSY,
        /** Failed, and was told. */
        FAILED,
        /** Failed in a way that will not change: watching ends. */
        HOPELESS
    }

    Outcome act(Occasion occasion);
}
