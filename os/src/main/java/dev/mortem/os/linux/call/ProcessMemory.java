package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Reads and writes an open /proc/PID/mem or /proc/PID/pagemap (proc(5)). Safe for any thread: each has a
 * buffer of its own.
 *
 * <p>A FileChannel would do as well but for one thing: a thread that is interrupted closes it under all
 * others.
 */
public final class ProcessMemory {
    /** What goes through a buffer at once: large against a call, small against a processor's caches. */
    private static final int CHUNK_BYTES = 64 * 1024;

    private static final ThreadLocal<ProcessMemory> OF_THREAD =
            ThreadLocal.withInitial(ProcessMemory::new);

    private final Kernel kernel = new Kernel();
    private final MemorySegment memory = Arena.ofAuto().allocate(CHUNK_BYTES, 4096);
    private final long address = memory.address();
    private final ByteBuffer buffer = memory.asByteBuffer();

    private ProcessMemory() {}

    /** How many bytes came, from 0 on; short where a page cannot be read. */
    public static int read(
            long descriptor, long address, byte[] target, int targetOffset, int sizeBytes) {
        ProcessMemory own = OF_THREAD.get();
        int done = 0;
        // pread(2) takes no negative offset; only [vsyscall] lies there, unreadable
        while (address >= 0 && done < sizeBytes) {
            int wanted = Math.min(sizeBytes - done, CHUNK_BYTES);
            long read = own.kernel.pread(descriptor, own.address, wanted, address + done);
            if (read <= 0) {
                break;
            }
            own.buffer.get(0, target, targetOffset + done, (int) read);
            done += (int) read;
        }
        return done;
    }

    /**
     * One pread(2) from the start: what the kernel makes of a small file of proc(5) at that moment, as far
     * as {@code target} goes. How many bytes came, or minus an errno.
     */
    public static int readSmall(long descriptor, byte[] target) {
        ProcessMemory own = OF_THREAD.get();
        int wanted = Math.min(target.length, CHUNK_BYTES);
        long read = own.kernel.pread(descriptor, own.address, wanted, 0);
        if (read > 0) {
            own.buffer.get(0, target, 0, (int) read);
        }
        return (int) read;
    }

    /** As {@link #read}, into native memory, the whole of {@code target}, without a copy between. */
    public static long readNative(long descriptor, long address, MemorySegment target) {
        Kernel kernel = OF_THREAD.get().kernel;
        long done = 0;
        while (address >= 0 && done < target.byteSize()) {
            long read = kernel.pread(
                    descriptor, target.address() + done, target.byteSize() - done, address + done);
            if (read <= 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    /** Writes all bytes; false where not all of them could be. */
    public static boolean write(long descriptor, long address, byte[] bytes) {
        ProcessMemory own = OF_THREAD.get();
        int done = 0;
        while (address >= 0 && done < bytes.length) {
            int wanted = Math.min(bytes.length - done, CHUNK_BYTES);
            own.buffer.put(0, bytes, done, wanted);
            long written = own.kernel.pwrite(descriptor, own.address, wanted, address + done);
            if (written <= 0) {
                return false;
            }
            done += (int) written;
        }
        return done == bytes.length;
    }
}
