package dev.mortem.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Others' tools that judge what we read and write. */
public final class Tool {
    private static final int DEADLINE_SECONDS = 120;

    private Tool() {}

    /** Skips the test, by name, where a tool is not installed. */
    public static void require(String... names) {
        for (String name : names) {
            assumeTrue(
                    Stream.of("/usr/bin/", "/bin/", "/usr/local/bin/")
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder + name))),
                    "needs " + name);
        }
    }

    /** Standard output and error of a command that must end with 0. */
    public static String run(Path folder, String... command) throws Exception {
        Result result = result(folder, command);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }

    public record Result(int exitCode, String output) {}

    public static Result result(Path folder, String... command) throws Exception {
        Path output = Files.createTempFile(folder, "tool", ".txt");
        try {
            Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            assertThat(ended).as("%s ended; it printed %s", command[0], text).isTrue();
            return new Result(process.exitValue(), text);
        } finally {
            Files.delete(output);
        }
    }

    /** Compiles a C program with threads and symbols. */
    public static Path compile(Path folder, String name, String source) throws Exception {
        require("gcc");
        Path file = folder.resolve(name + ".c");
        Files.writeString(file, source);
        Path program = folder.resolve(name);
        run(folder, "gcc", "-g", "-O1", "-o", program.toString(), file.toString(), "-lpthread");
        return program;
    }

    /** Unpacks a file of the corpus with the tool of its kind. */
    public static Path unpacked(Path packed, Path folder) throws Exception {
        String name = String.valueOf(packed.getFileName());
        Path copy = folder.resolve(name);
        Files.copy(packed, copy);
        copy.toFile().setWritable(true);
        if (name.endsWith(".bz2")) {
            require("bzip2");
            run(folder, "bzip2", "-d", "-f", name);
        } else if (name.endsWith(".xz")) {
            require("xz");
            run(folder, "xz", "-d", "-f", name);
        }
        return folder.resolve(name.replaceAll("\\.(bz2|xz)$", ""));
    }
}
