package dev.mortem.cli;

import dev.mortem.os.Launcher;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The bundled HTTP worker: compiled once, started for each scene. */
final class DemoWorker {
    private static final Duration COMPILE_MAX = Duration.ofSeconds(60);
    private static final Duration START_MAX = Duration.ofSeconds(10);
    private static final long POLL_NANOS = 5_000_000;
    private static final Pattern PORT = Pattern.compile("^(\\d+)\\n");

    private final Path program;
    private final Path folder;

    private DemoWorker(Path program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    /** The C compiler, where PATH has one. */
    static Optional<Path> compiler() {
        return Stream.of(Optional.ofNullable(System.getenv("PATH"))
                        .orElse("/usr/bin:/bin")
                        .split(File.pathSeparator))
                .map(folder -> Path.of(folder, "cc"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static DemoWorker compile(Console console, Path compiler, Path folder) throws CommandFailure {
        console.note("Compiling the worker …");
        Path source = Resources.copyTo("demo/worker.c", folder.resolve("worker.c"));
        Path program = folder.resolve("worker");
        Path log = folder.resolve("compile.log");
        List<String> command = List.of(
                compiler.toString(),
                "-O1",
                "-g",
                "-pthread",
                "-o",
                program.toString(),
                source.toString());
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(command, Map.of(), folder, log, false))) {
            if (!child.awaitExit(COMPILE_MAX).equals(OptionalInt.of(0))) {
                throw new CommandFailure(
                        ExitCode.NO_DUMP,
                        "the worker does not compile here:\n" + Files.readString(log));
            }
            return new DemoWorker(program, folder);
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.NO_DUMP,
                    "the worker cannot be compiled: " + failure.getMessage(),
                    failure);
        }
    }

    /** A worker that runs. */
    record Running(Launcher.Child child, int port) implements AutoCloseable {
        /** Sends a request and does not wait for its answer. */
        Socket request(String path) throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            OutputStream out = socket.getOutputStream();
            out.write(("GET " + path + " HTTP/1.0\r\nHost: demo\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return socket;
        }

        @Override
        public void close() {
            child.close();
        }
    }

    /** Starts the worker and waits until it listens. */
    Running start(String name) throws CommandFailure {
        Path output = folder.resolve(name + ".log");
        try {
            Launcher.Child child = Launcher.ofThisMachine()
                    .start(new Launcher.Program(
                            List.of(program.toString()), Map.of(), folder, output, true));
            long deadline = System.nanoTime() + START_MAX.toNanos();
            while (child.isRunning() && System.nanoTime() - deadline < 0) {
                Matcher port = PORT.matcher(Files.exists(output) ? Files.readString(output) : "");
                if (port.find()) {
                    return new Running(child, Integer.parseInt(port.group(1)));
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            child.close();
            throw new CommandFailure(
                    ExitCode.NO_DUMP, "the worker did not start:\n" + Files.readString(output));
        } catch (IOException failure) {
            throw new CommandFailure(
                    ExitCode.NO_DUMP,
                    "the worker cannot be started: " + failure.getMessage(),
                    failure);
        }
    }
}
