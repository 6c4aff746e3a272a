package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * A function of the C library that takes integers and addresses and returns one. Safe for any thread.
 *
 * <p>All are called through one method handle, as if each took seven 64-bit integers, the first fixed: a
 * handle for each signature takes this JVM some 5 ms to make. The calling conventions of x86-64 (System V
 * ABI, 3.2.3) and arm64 (AAPCS64, 6.8) pass the first six or eight integers in registers whatever the
 * declaration says, narrower ones in the lower halves, and a function does not look at those that it
 * does not have.
 */
@SuppressWarnings("restricted") // native calls are this package's purpose
public final class NativeFunction {
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET =
            CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(1));

    private final MemorySegment address;

    private NativeFunction(MemorySegment address) {
        this.address = address;
    }

    /** The function of that name; empty where the C library has none. */
    public static Optional<NativeFunction> find(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).map(NativeFunction::new);
    }

    /** Where it is, for a function that is handed to the system. */
    long address() {
        return address.address();
    }

    /** Where a call leaves errno; belongs to one thread. */
    static MemorySegment newErrno(Arena arena) {
        return arena.allocate(CAPTURE);
    }

    /** What the last call left there. */
    static int errno(MemorySegment captured) {
        return captured.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    /** A call whose errno nobody wants. */
    public long call(long a, long b, long c, long d, long e, long f) {
        try (Arena arena = Arena.ofConfined()) {
            return call(newErrno(arena), a, b, c, d, e, f, 0);
        }
    }

    /** @param captured of {@link #newErrno} */
    long call(MemorySegment captured, long a, long b, long c, long d, long e, long f, long g) {
        try {
            return (long) CALL.invokeExact(address, captured, a, b, c, d, e, f, g);
        } catch (Throwable impossible) {
            throw new IllegalStateException("the C library could not be called", impossible);
        }
    }
}
