package dev.mortem.os;

import dev.mortem.os.linux.call.NativeFunction;

import java.lang.foreign.Arena;
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

    private final Optional<NativeFunction> syslog;

    private SystemLog(Optional<NativeFunction> syslog) {
        this.syslog = syslog;
    }

    /** The log of the system that we run on; one that keeps nothing where there is none. */
    public static SystemLog ofThisMachine() {
        return new SystemLog(NativeFunction.find("syslog"));
    }

    /** Adds one line; the log itself adds time, host and process. */
    public void write(String line) {
        syslog.ifPresent(call -> {
            try (Arena arena = Arena.ofConfined()) {
                long format = arena.allocateFrom("mortem: %s").address();
                long text = arena.allocateFrom(line.replace('\0', ' ')).address();
                call.call(LOG_NOTICE | LOG_DAEMON, format, text, 0, 0, 0);
            }
        });
    }
}
