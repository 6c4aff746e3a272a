package dev.mortem.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The machine's own log: who dumped what must be found where administrators look. Safe for any thread.
 *
 * <p>On Linux syslog(3), facility LOG_DAEMON, priority LOG_NOTICE (POSIX.1-2017, syslog.h; Linux
 * {@code <sys/syslog.h>}); where no log daemon listens, the line is lost without an error, as for every
 * program.
 */
public final class SystemLog {
    private static final int LOG_NOTICE = 5;
    private static final int LOG_DAEMON = 3 << 3;

    private final Optional<MethodHandle> syslog;

    private SystemLog(Optional<MethodHandle> syslog) {
        this.syslog = syslog;
    }

    /** The log of the system that we run on; one that keeps nothing where there is none. */
    @SuppressWarnings("restricted") // the one call is declared as in <syslog.h>
    public static SystemLog ofThisMachine() {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor declaration = FunctionDescriptor.ofVoid(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
        return new SystemLog(linker.defaultLookup()
                .find("syslog")
                .map(function -> linker.downcallHandle(
                        function, declaration, Linker.Option.firstVariadicArg(2))));
    }

    /** Adds one line; the log itself adds time, host and process. */
    public void write(String line) {
        syslog.ifPresent(call -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment format = arena.allocateFrom("mortem: %s");
                MemorySegment text = arena.allocateFrom(line.replace('\0', ' '));
                call.invokeExact(LOG_NOTICE | LOG_DAEMON, format, text);
            } catch (Throwable failure) {
                throw new IllegalStateException("syslog(3) cannot be called", failure);
            }
        });
    }
}
