package dev.mortem.os;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Starts child processes that may be traced. Never trace one that {@link ProcessBuilder} started: the
 * Java runtime's reaper thread waits for it and takes the tracer's stops away.
 */
public interface Launcher {
    /** The launcher of the system that we run on. */
    static Launcher ofThisMachine() {
        return Platform.ofThisMachine().launcher();
    }

    /**
     * What to start.
     *
     * @param command the program, looked up in PATH, and its arguments
     * @param environment added to, or replacing parts of, our own
     * @param folder where it runs, and where its core file goes if core_pattern is relative
     * @param output takes standard output and standard error; created or cut
     * @param coreFile whether the child may leave a core file, whatever our own limit is
     */
    record Program(
            List<String> command,
            Map<String, String> environment,
            Path folder,
            Path output,
            boolean coreFile) {
        public Program {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            if (command.isEmpty()) {
                throw new IllegalArgumentException("nothing to start");
            }
        }
    }

    /** A child that runs, or has ended; safe for any thread. */
    interface Child extends AutoCloseable {
        long pid();

        /**
         * Waits for the end.
         *
         * @return the exit status, 128 + the signal's number for one that ended it (as a shell reports
         *     it), or empty when it still runs after that time or the caller was interrupted
         */
        OptionalInt awaitExit(Duration atMost);

        /** Whether it has not ended. */
        boolean isRunning();

        /** Sends a signal to it alone; does nothing when it has ended. */
        void signal(int number);

        /** Ends it and what it started in its process group, and reaps it. */
        @Override
        void close();
    }

    /**
     * What to start for a user who wants it watched from its first instruction, and not disturbed: in a
     * session of its own, so that neither Ctrl-C nor the end of the terminal reaches it; with the default
     * signal mask and dispositions; with our working folder, standard input and output.
     *
     * @param command the program, looked up in PATH, and its arguments
     * @param environment added to, or replacing parts of, our own
     * @param errorLines is given each line that it writes to standard error, on a thread of ours;
     *     empty leaves standard error alone. What is written goes where ours goes in either case,
     *     also when we have ended
     */
    record Watched(
            List<String> command,
            Map<String, String> environment,
            Optional<Consumer<String>> errorLines) {
        public Watched {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            if (command.isEmpty()) {
                throw new IllegalArgumentException("nothing to start");
            }
        }
    }

    /**
     * A process that will be the program, and waits for its permission to; until then it is a shell. Whoever
     * watches it sees it exec, and then all that the program does.
     */
    interface Waiting extends AutoCloseable {
        /**
         * The process. {@link Child#close} ends it; leaving it open lets it run on when we end.
         */
        Child child();

        /** Lets it be the program. Does nothing the second time. */
        void go();

        /** Lets it end with status 125 without having begun, unless it was let go. */
        @Override
        void close();
    }

    /** @throws IOException when it cannot be started; a program that is not found ends with status 127 */
    Waiting startWatched(Watched program) throws IOException;

    /**
     * @throws IOException when it cannot be started. A program that is not found ends with status 127
     *     instead and says so in its output
     */
    Child start(Program program) throws IOException;
}
