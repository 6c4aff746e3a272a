package dev.mortem.os.linux.call;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * posix_spawn(3): a child whose waiting nobody else in this JVM does, so that it can be traced.
 *
 * <p>The child gets a process group or a session of its own, an empty signal mask and default
 * dispositions: a JVM thread blocks SIGQUIT and ignores SIGPIPE, and a child would inherit both. A JVM
 * opens its files without O_CLOEXEC: none of them is left to the child, which would keep the reading end of
 * a pipe open that its own output goes into, and wait for ever on it when we have ended.
 * Safe for any thread.
 */
public final class Spawn {
    /**
     * glibc's posix_spawnattr_t has 336 bytes, musl's as many; posix_spawn_file_actions_t less; room to
     * grow.
     */
    private static final int ATTRIBUTES_BYTES = 1024;

    /** Behind standard input, output and error. */
    private static final int FIRST_OTHER = 3;

    /** asm-generic/fcntl.h. */
    private static final int O_RDWR = 2;

    /** sigset_t of glibc and musl. */
    private static final int SIGNAL_SET_BYTES = 128;

    /** spawn.h: POSIX_SPAWN_SETPGROUP | SETSIGDEF | SETSIGMASK. */
    private static final short FLAGS = 0x02 | 0x04 | 0x08;

    /** The same with SETSID in place of SETPGROUP: a session's first process has a group of its own. */
    private static final short SESSION_FLAGS = 0x80 | 0x04 | 0x08;

    private static final NativeFunction SPAWN = function("posix_spawn");
    private static final NativeFunction INIT = function("posix_spawnattr_init");
    private static final NativeFunction DESTROY = function("posix_spawnattr_destroy");
    private static final NativeFunction SET_FLAGS = function("posix_spawnattr_setflags");
    private static final NativeFunction SET_MASK = function("posix_spawnattr_setsigmask");
    private static final NativeFunction SET_DEFAULTS = function("posix_spawnattr_setsigdefault");

    private static final NativeFunction FILES_INIT = function("posix_spawn_file_actions_init");
    private static final NativeFunction FILES_ADD_OPEN =
            function("posix_spawn_file_actions_addopen");
    private static final NativeFunction FILES_ADD_DUP2 =
            function("posix_spawn_file_actions_adddup2");
    private static final NativeFunction FILES_ADD_CLOSE =
            function("posix_spawn_file_actions_addclose");

    /** glibc 2.34; musl has none. */
    private static final Optional<NativeFunction> FILES_ADD_CLOSE_FROM =
            NativeFunction.find("posix_spawn_file_actions_addclosefrom_np");

    private static final NativeFunction FILES_DESTROY =
            function("posix_spawn_file_actions_destroy");

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
        return start(path, arguments, environment, FLAGS, files -> files.closeFrom(FIRST_OTHER));
    }

    /** The same for a child that hears and says nothing: its standard files are /dev/null. */
    public static long startSilent(String path, List<String> arguments, List<String> environment) {
        return start(path, arguments, environment, FLAGS, files -> {
            for (int descriptor = 0; descriptor <= 2; descriptor++) {
                files.open(descriptor, "/dev/null");
            }
            files.closeFrom(FIRST_OTHER);
        });
    }

    /**
     * The same for a child in a session of its own, which neither our terminal's keys nor its end reach.
     *
     * @param descriptors pairs: one of ours, and the number that it has in the child, in this order
     */
    public static long startInSession(
            String path,
            List<String> arguments,
            List<String> environment,
            Map<Long, Integer> descriptors) {
        int most =
                descriptors.values().stream().mapToInt(number -> number).max().orElse(0);
        return start(path, arguments, environment, SESSION_FLAGS, files -> {
            descriptors.forEach(files::copy);
            files.closeFrom(Math.max(most + 1, FIRST_OTHER));
        });
    }

    /** What a child has open beside what it inherits. */
    private record ChildFiles(Arena arena, long address) {
        void open(int descriptor, String path) {
            long name = arena.allocateFrom(path).address();
            FILES_ADD_OPEN.call(address, descriptor, name, O_RDWR, 0, 0);
        }

        void copy(long ours, int inChild) {
            FILES_ADD_DUP2.call(address, ours, inChild, 0, 0, 0);
        }

        /** Nothing from that number on. */
        void closeFrom(int first) {
            if (FILES_ADD_CLOSE_FROM.isPresent()) {
                FILES_ADD_CLOSE_FROM.get().call(address, first, 0, 0, 0, 0);
                return;
            }
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                open.map(file -> Integer.parseInt(String.valueOf(file.getFileName())))
                        .filter(number -> number >= first)
                        .forEach(number -> FILES_ADD_CLOSE.call(address, number, 0, 0, 0, 0));
            } catch (IOException hidden) {
                // where /proc is not to be read nothing else of ours works
            }
        }
    }

    private static long start(
            String path,
            List<String> arguments,
            List<String> environment,
            short flags,
            Consumer<ChildFiles> addFiles) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 16);
            MemorySegment none = arena.allocate(SIGNAL_SET_BYTES, 16);
            MemorySegment all = arena.allocate(SIGNAL_SET_BYTES, 16).fill((byte) 0xff);
            long of = attributes.address();
            INIT.call(of, 0, 0, 0, 0, 0);
            SET_FLAGS.call(of, flags, 0, 0, 0, 0);
            SET_MASK.call(of, none.address(), 0, 0, 0, 0);
            SET_DEFAULTS.call(of, all.address(), 0, 0, 0, 0);
            MemorySegment files = arena.allocate(ATTRIBUTES_BYTES, 16);
            FILES_INIT.call(files.address(), 0, 0, 0, 0, 0);
            addFiles.accept(new ChildFiles(arena, files.address()));
            MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
            int error = (int) SPAWN.call(
                    pid.address(),
                    arena.allocateFrom(path).address(),
                    files.address(),
                    of,
                    strings(arena, arguments).address(),
                    strings(arena, environment).address());
            FILES_DESTROY.call(files.address(), 0, 0, 0, 0, 0);
            DESTROY.call(of, 0, 0, 0, 0, 0);
            return error != 0 ? -(long) error : pid.get(ValueLayout.JAVA_INT, 0);
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

    private static NativeFunction function(String name) {
        return NativeFunction.find(name).orElseThrow();
    }
}
