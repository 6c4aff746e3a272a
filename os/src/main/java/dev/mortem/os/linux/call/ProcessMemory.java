package dev.mortem.os.linux.call;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Reads an open /proc/PID/mem (proc(5)) straight into Java arrays: nothing is copied twice and nothing
 * is allocated. Safe for any thread.
 *
 * <p>A FileChannel would do as well but for two things: a thread that is interrupted closes it under all
 * others, and it copies everything through a buffer of its own.
 */
@SuppressWarnings("restricted") // native calls are this package's purpose
public final class ProcessMemory {
    /**
     * A call into a Java array holds up this JVM's garbage collector: 256 KiB take 40 us, or, with every
     * page swapped out, some milliseconds.
     */
    private static final int CHUNK_BYTES_MAX = 256 * 1024;

    private static final MethodHandle PREAD = handle("pread", Linker.Option.critical(true));
    private static final MethodHandle PREAD_NATIVE = handle("pread");
    private static final MethodHandle PWRITE = handle("pwrite", Linker.Option.critical(true));

    private ProcessMemory() {}

    /** How many bytes came, from 0 on; short where a page cannot be read. */
    public static int read(
            long descriptor, long address, byte[] target, int targetOffset, int sizeBytes) {
        if (address < 0) {
            return 0; // pread(2) takes no such offset; only [vsyscall] lies there, unreadable
        }
        MemorySegment array = MemorySegment.ofArray(target).asSlice(targetOffset, sizeBytes);
        int done = 0;
        while (done < sizeBytes) {
            int wanted = Math.min(sizeBytes - done, CHUNK_BYTES_MAX);
            long read = pread((int) descriptor, array.asSlice(done, wanted), address + done);
            if (read <= 0) {
                break;
            }
            done += (int) read;
        }
        return done;
    }

    /** The same into native memory, the whole of {@code target}; holds nobody up. */
    public static long readNative(long descriptor, long address, MemorySegment target) {
        long done = 0;
        while (address >= 0 && done < target.byteSize()) {
            long read;
            try {
                MemorySegment rest = target.asSlice(done);
                read = (long) PREAD_NATIVE.invokeExact(
                        (int) descriptor, rest, rest.byteSize(), address + done);
            } catch (Throwable impossible) {
                throw new IllegalStateException("pread could not be called", impossible);
            }
            if (read <= 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    /** Writes all bytes into an open /proc/PID/mem; false where not all of them could be. */
    public static boolean write(long descriptor, long address, byte[] bytes) {
        MemorySegment source = MemorySegment.ofArray(bytes);
        try {
            long written =
                    (long) PWRITE.invokeExact((int) descriptor, source, source.byteSize(), address);
            return written == bytes.length;
        } catch (Throwable impossible) {
            throw new IllegalStateException("pwrite could not be called", impossible);
        }
    }

    private static MethodHandle handle(String function, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor descriptor = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG);
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(function), descriptor, options);
    }

    private static long pread(int descriptor, MemorySegment target, long offset) {
        try {
            return (long) PREAD.invokeExact(descriptor, target, target.byteSize(), offset);
        } catch (Throwable impossible) {
            throw new IllegalStateException("pread could not be called", impossible);
        }
    }
}
