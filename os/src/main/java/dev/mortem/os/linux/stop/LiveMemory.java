package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.ProcFolder;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.StampedLock;

/**
 * The memory of a process that stands, or of a frozen copy, read from /proc/PID/mem. Once {@link #close
 * closed}, reads answer 0 bytes: the process runs, and what its memory holds is of another moment.
 */
final class LiveMemory implements MemoryReader, AutoCloseable {
    private final Kernel kernel;
    private final Machine machine;
    private final long descriptor;
    private final Unforked kept;
    private final StampedLock open = new StampedLock();
    private boolean shut;

    private LiveMemory(Kernel kernel, Machine machine, long descriptor, Unforked kept) {
        this.kernel = kernel;
        this.machine = machine;
        this.descriptor = descriptor;
        this.kept = kept;
    }

    /**
     * Opens the memory of a process; closed by the thread that traces it.
     *
     * @param livingTid a thread that has not ended: /proc shows the memory through it
     * @param kept what is to be read from there instead
     * @throws TargetException EXITED, NOT_PERMITTED
     */
    static LiveMemory open(
            ProcFolder proc,
            Kernel kernel,
            Machine machine,
            long pid,
            long livingTid,
            Unforked kept)
            throws TargetException {
        Path file = proc.task(pid, livingTid).resolve("mem");
        long descriptor = kernel.openForReading(file);
        if (descriptor < 0) {
            throw new TargetException(
                    descriptor == -Errno.ENOENT || descriptor == -Errno.ESRCH
                            ? Kind.EXITED
                            : Kind.NOT_PERMITTED,
                    "the memory of process %d cannot be opened: %s: %s"
                            .formatted(pid, file, Errno.name((int) -descriptor)));
        }
        return new LiveMemory(kernel, machine, descriptor, kept);
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        Objects.checkFromIndexSize(targetOffset, sizeBytes, target.length);
        return read(
                address,
                sizeBytes,
                (at, offset, size) ->
                        ProcessMemory.read(descriptor, at, target, targetOffset + offset, size),
                MemorySegment.ofArray(target).asSlice(targetOffset, sizeBytes));
    }

    @Override
    public int read(long address, MemorySegment target) {
        if (!target.isNative()) {
            return MemoryReader.super.read(address, target);
        }
        return read(
                address,
                (int) target.byteSize(),
                (at, offset, size) -> (int)
                        ProcessMemory.readNative(descriptor, at, target.asSlice(offset, size)),
                target);
    }

    /** Reads a part of what is wanted; how many bytes. */
    @FunctionalInterface
    private interface Part {
        int read(long address, int offset, int sizeBytes);
    }

    private int read(long address, int sizeBytes, Part part, MemorySegment target) {
        long stamp = open.readLock();
        try {
            int done = 0;
            boolean whole = !shut;
            while (whole && done < sizeBytes) {
                int left = sizeBytes - done;
                int elsewhere = kept.absentBytes(address + done, left);
                int read = elsewhere > 0
                        ? part.read(address + done, done, elsewhere)
                        : kept.copy(address + done, target.asSlice(done));
                done += read;
                whole = read > 0 && read >= elsewhere;
            }
            return done;
        } finally {
            open.unlockRead(stamp);
        }
    }

    /** Ends all reading; returns when no read is under way any more. */
    @Override
    public void close() {
        long stamp = open.writeLock();
        shut = true;
        open.unlockWrite(stamp);
        kernel.close(descriptor);
    }
}
