package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.Launcher;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A program of resources/targets that runs, started the way that targets must be: never by Java. */
final class LiveTarget implements AutoCloseable {
    static final Duration DEADLINE = Duration.ofSeconds(20);

    private final Path folder;
    private final Path output;
    private final Launcher.Child child;

    private LiveTarget(Path folder, Path output, Launcher.Child child) {
        this.folder = folder;
        this.output = output;
        this.child = child;
    }

    /** Compiles and starts it, and waits until it says that it is ready. */
    static LiveTarget start(Path folder, String program, String... arguments) throws IOException {
        Path executable = compile(folder, program);
        List<String> command = new ArrayList<>(List.of(executable.toString()));
        command.addAll(List.of(arguments));
        return startCommand(folder, command);
    }

    static LiveTarget startCommand(Path folder, List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Launcher.Child child = new PosixLauncher()
                .start(new Launcher.Program(command, Map.of(), folder, output, true));
        LiveTarget target = new LiveTarget(folder, output, child);
        await("ready", () -> target.output().contains("ready"));
        return target;
    }

    static Path compile(Path folder, String program) throws IOException {
        assumeTrue(tool("gcc"), "needs gcc");
        Path source = copy(folder, program + ".c");
        Path executable = folder.resolve(program);
        run(
                folder,
                "gcc",
                "-g",
                "-O1",
                // Binding a function at its first call saves all registers on the stack: with
                // AVX-512
                // that is more than the program "fibers" has.
                "-Wl,-z,now",
                "-w",
                "-pthread",
                "-o",
                executable.toString(),
                source.toString());
        return executable;
    }

    static Path copy(Path folder, String resource) throws IOException {
        Path file = folder.resolve(resource);
        try (InputStream content = LiveTarget.class.getResourceAsStream("/targets/" + resource)) {
            assertThat(content).as(resource).isNotNull();
            Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }

    static boolean tool(String name) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    /** Runs a tool to its end; its output, which must come with exit status 0. */
    static String run(Path folder, String... command) throws IOException {
        Path output = Files.createTempFile(folder, "tool", ".txt");
        try (Launcher.Child tool = new PosixLauncher()
                .start(new Launcher.Program(List.of(command), Map.of(), folder, output, false))) {
            assertThat(tool.awaitExit(Duration.ofSeconds(60)))
                    .as(() -> String.join(" ", command) + "\n" + read(output))
                    .hasValue(0);
        }
        return read(output);
    }

    long pid() {
        return child.pid();
    }

    Launcher.Child child() {
        return child;
    }

    Path folder() {
        return folder;
    }

    String output() {
        return read(output);
    }

    /** The address printed behind a name. */
    long address(String name) {
        return output().lines()
                .filter(line -> line.startsWith(name + " 0x"))
                .mapToLong(line -> Long.parseUnsignedLong(line.substring(name.length() + 3), 16))
                .findFirst()
                .orElseThrow();
    }

    long number(String name) {
        return output().lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** The mapping of a snapshot that an address lies in. */
    static MemoryRegion region(LiveSnapshot snapshot, long address) {
        return snapshot.regions().stream()
                .filter(region -> region.range().contains(address))
                .findFirst()
                .orElseThrow();
    }

    /** What must hold after we let go: nobody traces any of its threads, and none stands. */
    void assertUntouched() {
        assertUntouched(pid());
    }

    static void assertUntouched(long pid) {
        ProcFolder proc = new ProcFolder(Path.of("/proc"));
        for (long tid : proc.tids(pid)) {
            String status =
                    ProcFolder.text(proc.task(pid, tid).resolve("status")).orElse("");
            if (!status.isEmpty()) {
                assertThat(status).as("thread " + tid).contains("TracerPid:\t0\n");
            }
            String state = ProcFolder.text(proc.task(pid, tid).resolve("stat"))
                    .flatMap(StatFile::parse)
                    .map(StatFile::state)
                    .orElse("gone");
            assertThat(state).as("state of thread " + tid).isNotEqualTo("t").isNotEqualTo("T");
        }
    }

    /** A word of a file that the target shares with us. */
    long word(String file, int index) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file)))
                    .order(ByteOrder.nativeOrder())
                    .getLong(index * Long.BYTES);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Makes the file that the target waits for. */
    void go() throws IOException {
        go("go");
    }

    void go(String file) throws IOException {
        Files.createFile(folder.resolve(file));
    }

    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited in vain for: " + what).isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
