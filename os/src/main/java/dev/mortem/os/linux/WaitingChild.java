package dev.mortem.os.linux;

import dev.mortem.os.Launcher;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.Kernel.Pipe;
import dev.mortem.os.linux.call.Spawn;
import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A child that waits in a shell's {@code read} for a line of ours before it becomes the program.
 *
 * <p>A pipe and no SIGSTOP: should we die, the read ends and so does the child, while a stopped one would
 * stand for ever. PTRACE_TRACEME is for the child itself to call, and no program does.
 */
final class WaitingChild implements Launcher.Waiting {
    /**
     * What a JVM changed for itself and a child would inherit is set back to what our own parent has: $1 the
     * limit of open files, $2 the filter of core dumps. Descriptor 3 is the pipe.
     */
    private static final String SCRIPT =
            "read -r go <&3 || exit 125; exec 3<&-; ulimit -Sn \"$1\" 2>/dev/null; "
                    + "echo \"$2\" 2>/dev/null >/proc/self/coredump_filter; shift 2; exec \"$@\"";

    /**
     * Standard error goes through a process that outlives us, so that the program does not lose it when we
     * end. It is deaf to what would end it before its input does. A tee whose outputs are all gone ends; the
     * program would then be killed by SIGPIPE, or wait for ever, where a closed terminal alone only refuses
     * what it writes: so the rest is read and dropped.
     */
    private static final String TEE = "trap '' PIPE INT QUIT HUP TERM; tee /dev/fd/3 2>/dev/null; "
            + "exec cat >/dev/null 2>&1 3>&-";

    private static final int GO = 3;
    private static final int STANDARD_ERROR = 2;

    private static final Duration TEE_ENDS = Duration.ofSeconds(5);

    private final Launcher.Child child;
    private final OutputStream go;
    private boolean decided;

    private WaitingChild(Launcher.Child child, OutputStream go) {
        this.child = child;
        this.go = go;
    }

    static WaitingChild start(Launcher.Watched program) throws IOException {
        Kernel kernel = new Kernel();
        Map<Long, Integer> descriptors = new LinkedHashMap<>();
        try (Ends ends = new Ends(kernel, new ArrayList<>())) {
            Pipe wait = ends.open();
            descriptors.put(wait.readEnd(), GO);
            if (program.errorLines().isPresent()) {
                Pipe errors = ends.open();
                descriptors.put(errors.writeEnd(), STANDARD_ERROR);
                listen(kernel, errors, program.errorLines().get());
            }
            List<String> arguments =
                    new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", openFiles(), coreFilter()));
            arguments.addAll(program.command());
            long pid = Spawn.startInSession(
                    "/bin/sh",
                    arguments,
                    PosixLauncher.environment(program.environment()),
                    descriptors);
            if (pid < 0) {
                throw new IOException("%s cannot be started: %s"
                        .formatted(program.command().getFirst(), Errno.name((int) -pid)));
            }
            OutputStream go = Files.newOutputStream(ours(wait.writeEnd()));
            return new WaitingChild(PosixLauncher.child(pid), go);
        }
    }

    /** Our own ends of pipes, which the children have copies of. */
    private record Ends(Kernel kernel, List<Pipe> pipes) implements AutoCloseable {
        Pipe open() throws IOException {
            Pipe pipe = kernel.openPipe()
                    .orElseThrow(() ->
                            new IOException("no pipe can be opened: too many files are open"));
            pipes.add(pipe);
            return pipe;
        }

        @Override
        public void close() {
            for (Pipe pipe : pipes) {
                kernel.close(pipe.readEnd());
                kernel.close(pipe.writeEnd());
            }
        }
    }

    /** A descriptor of ours, to be opened as a file. */
    private static Path ours(long descriptor) {
        return Path.of("/proc/self/fd", Long.toString(descriptor));
    }

    private static void listen(Kernel kernel, Pipe errors, Consumer<String> lines)
            throws IOException {
        try (Ends ends = new Ends(kernel, new ArrayList<>())) {
            Pipe copied = ends.open();
            Map<Long, Integer> descriptors = new LinkedHashMap<>();
            descriptors.put(errors.readEnd(), 0);
            descriptors.put((long) STANDARD_ERROR, 1);
            descriptors.put(copied.writeEnd(), GO);
            long pid = Spawn.startInSession(
                    "/bin/sh",
                    List.of("sh", "-c", TEE),
                    PosixLauncher.environment(Map.of()),
                    descriptors);
            if (pid < 0) {
                throw new IOException(
                        "standard error cannot be read: sh: " + Errno.name((int) -pid));
            }
            InputStream copy = Files.newInputStream(ours(copied.readEnd()));
            Thread.ofPlatform()
                    .name("mortem-stderr-" + pid)
                    .daemon()
                    .start(() -> pass(copy, lines, PosixLauncher.child(pid)));
        }
    }

    private static void pass(InputStream copy, Consumer<String> lines, Launcher.Child tee) {
        try (copy) {
            new LineSplitter(lines).readAll(copy);
        } catch (IOException ended) {
            // a pipe that cannot be read has ended
        }
        tee.awaitExit(TEE_ENDS);
    }

    /** The soft limit of whoever started us: a JVM raises its own to the hard limit. */
    private static String openFiles() {
        return parent().flatMap(folder -> ProcFolder.text(folder.resolve("limits")))
                .flatMap(text -> text.lines()
                        .filter(line -> line.startsWith("Max open files"))
                        .map(line -> line.substring("Max open files".length())
                                .trim()
                                .split("\\s+", 2)[0])
                        .findFirst())
                .orElse("");
    }

    private static String coreFilter() {
        return "0x"
                + parent().flatMap(folder -> ProcFolder.text(folder.resolve("coredump_filter")))
                        .map(String::trim)
                        .orElse("33");
    }

    private static Optional<Path> parent() {
        return ProcessHandle.current()
                .parent()
                .map(handle -> Path.of("/proc", Long.toString(handle.pid())));
    }

    @Override
    public Launcher.Child child() {
        return child;
    }

    @Override
    public synchronized void go() {
        decide(true);
    }

    @Override
    public synchronized void close() {
        decide(false);
    }

    private void decide(boolean wanted) {
        if (decided) {
            return;
        }
        decided = true;
        try (go) {
            if (wanted) {
                go.write('\n');
            }
        } catch (IOException ended) {
            // nobody reads: it was killed while it waited, which its exit status tells
        }
    }
}
