package dev.mortem.os.linux.call;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * posix_spawn(3): a child whose waiting nobody else in this JVM does, so that it can be traced.
 *
 * <p>The child gets a process group of its own, an empty signal mask and default dispositions: a JVM
 * thread blocks SIGQUIT and ignores SIGPIPE, and a child would inherit both. Safe for any thread.
 */
@SuppressWarnings("restricted") // native calls are this package's purpose
public final class Spawn {
    /** glibc's posix_spawnattr_t has 336 bytes, musl's as many; room for one that grows. */
    private static final int ATTRIBUTES_BYTES = 1024;

    /** sigset_t of glibc and musl. */
    private static final int SIGNAL_SET_BYTES = 128;

    /** spawn.h: POSIX_SPAWN_SETPGROUP | SETSIGDEF | SETSIGMASK. */
    private static final short FLAGS = 0x02 | 0x04 | 0x08;

    private static final MethodHandle SPAWN = handle(
            "posix_spawn",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS));
    private static final FunctionDescriptor OF_ONE_POINTER =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    private static final FunctionDescriptor OF_TWO_POINTERS =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    private static final MethodHandle INIT = handle("posix_spawnattr_init", OF_ONE_POINTER);
    private static final MethodHandle DESTROY = handle("posix_spawnattr_destroy", OF_ONE_POINTER);
    private static final MethodHandle SET_FLAGS = handle(
            "posix_spawnattr_setflags",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_SHORT));
    private static final MethodHandle SET_MASK =
            handle("posix_spawnattr_setsigmask", OF_TWO_POINTERS);
    private static final MethodHandle SET_DEFAULTS =
            handle("posix_spawnattr_setsigdefault", OF_TWO_POINTERS);

    private Spawn() {}

    /**
     * Starts a program.
     *
     * @param path of the executable
     * @param arguments its argv, the program's name first
     * @param environment NAME=value
     * @return the child's pid, or minus the error number
     */
    public static long start(String path, List<String> arguments, List<String> environment) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 16);
            MemorySegment none = arena.allocate(SIGNAL_SET_BYTES, 16);
            MemorySegment all = arena.allocate(SIGNAL_SET_BYTES, 16).fill((byte) 0xff);
            int unused = (int) INIT.invokeExact(attributes);
            unused = (int) SET_FLAGS.invokeExact(attributes, FLAGS);
            unused = (int) SET_MASK.invokeExact(attributes, none);
            unused = (int) SET_DEFAULTS.invokeExact(attributes, all);
            MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
            int error = (int) SPAWN.invokeExact(
                    pid,
                    arena.allocateFrom(path),
                    MemorySegment.NULL,
                    attributes,
                    strings(arena, arguments),
                    strings(arena, environment));
            unused = (int) DESTROY.invokeExact(attributes);
            return error != 0 ? -(long) error : pid.get(ValueLayout.JAVA_INT, 0);
        } catch (Throwable impossible) {
            throw new IllegalStateException("posix_spawn could not be called", impossible);
        }
    }

    /** An array of C strings that ends with a null pointer. */
    private static MemorySegment strings(Arena arena, List<String> strings) {
        MemorySegment array = arena.allocate(ValueLayout.ADDRESS, strings.size() + 1L);
        for (int index = 0; index < strings.size(); index++) {
            array.setAtIndex(ValueLayout.ADDRESS, index, arena.allocateFrom(strings.get(index)));
        }
        array.setAtIndex(ValueLayout.ADDRESS, strings.size(), MemorySegment.NULL);
        return array;
    }

    private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor);
    }
}
