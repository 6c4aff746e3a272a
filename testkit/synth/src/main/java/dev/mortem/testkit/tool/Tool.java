package dev.mortem.testkit.tool;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Another program that a test asks: gdb, readelf, cc. */
public final class Tool {
    private static final long SECONDS_MAX = 120;

    private final Path program;

    private Tool(Path program) {
        this.program = program;
    }

    /**
     * What a program printed.
     *
     * @param text standard output and standard error together
     */
    public record Output(int exitCode, String text) {}

    /** The program of that name in PATH. */
    public static Optional<Tool> find(String name) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH"))
                        .orElse("")
                        .split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Tool::new);
    }

    public Path program() {
        return program;
    }

    /** Runs it to its end; one that takes longer than two minutes is ended and fails the test. */
    public Output run(List<String> arguments) throws IOException {
        return run(Path.of("."), arguments);
    }

    public Output run(Path folder, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(arguments);
        Path output = Files.createTempFile("mortem-tool-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command + " did not end within " + SECONDS_MAX + " s");
            }
            return new Output(
                    process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(command + " was interrupted", interrupted);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Runs it, and fails with what it printed unless it ended well. */
    public String text(List<String> arguments) throws IOException {
        return text(Path.of("."), arguments);
    }

    /** The same, run in that folder. */
    public String text(Path folder, List<String> arguments) throws IOException {
        Output output = run(folder, arguments);
        if (output.exitCode() != 0) {
            throw new IOException(program + " " + arguments + " ended with " + output.exitCode()
                    + ":\n" + output.text());
        }
        return output.text();
    }
}
