package dev.mortem.base.kernel;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A lock on a file and who waits for it (proc_locks(5)).
 *
 * @param kind "flock" (flock(2)), "posix" (fcntl(2), F_SETLK), "ofd" (F_OFD_SETLK) or "lease"
 * @param exclusive a write lock; else others may hold read locks beside it
 * @param start first byte
 * @param end last byte; empty for the end of the file, wherever that is
 * @param holder empty for an OFD lock: it belongs to an open file, which processes may share
 * @param waiters as far as they could be seen
 */
public record FileLock(
        String kind,
        boolean exclusive,
        FileId file,
        long start,
        OptionalLong end,
        Optional<ProcessName> holder,
        List<ProcessName> waiters) {
    public FileLock {
        waiters = List.copyOf(waiters);
    }
}
