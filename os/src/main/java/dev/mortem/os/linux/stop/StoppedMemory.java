package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.os.linux.call.ProcessMemory;

import java.util.Objects;
import java.util.concurrent.locks.StampedLock;

/**
 * The memory of a process that stands, read from /proc/PID/mem. Once {@link #shut}, reads answer 0
 * bytes: the process runs, and what its memory holds is of another moment.
 */
final class StoppedMemory implements MemoryReader {
    private final Machine machine;
    private final long descriptor;
    private final StampedLock open = new StampedLock();
    private boolean shut;

    /** @param descriptor an open /proc/PID/mem; whoever opened it closes it, after {@link #shut} */
    StoppedMemory(Machine machine, long descriptor) {
        this.machine = machine;
        this.descriptor = descriptor;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        Objects.checkFromIndexSize(targetOffset, sizeBytes, target.length);
        long stamp = open.readLock();
        try {
            return shut
                    ? 0
                    : ProcessMemory.read(descriptor, address, target, targetOffset, sizeBytes);
        } finally {
            open.unlockRead(stamp);
        }
    }

    /** Ends all reading; returns when no read is under way any more. */
    void shut() {
        long stamp = open.writeLock();
        shut = true;
        open.unlockWrite(stamp);
    }
}
