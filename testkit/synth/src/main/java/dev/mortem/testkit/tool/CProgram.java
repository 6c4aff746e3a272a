package dev.mortem.testkit.tool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** Small C programs of this package's resources, for tests that need a process that does something. */
public final class CProgram {
    private CProgram() {}

    /** Compiles one; empty where there is no C compiler. */
    public static Optional<Path> compile(Path folder, String name) throws IOException {
        Optional<Tool> compiler = Tool.find("gcc").or(() -> Tool.find("cc"));
        if (compiler.isEmpty()) {
            return Optional.empty();
        }
        Path source = folder.resolve(name + ".c");
        try (InputStream content = CProgram.class.getResourceAsStream(name + ".c")) {
            if (content == null) {
                throw new IOException("no program " + name);
            }
            Files.copy(content, source, StandardCopyOption.REPLACE_EXISTING);
        }
        Path program = folder.resolve(name);
        Tool.Output output = compiler.get()
                .run(List.of(
                        "-g",
                        "-O1",
                        "-w",
                        "-pthread",
                        "-o",
                        program.toString(),
                        source.toString(),
                        "-ldl"));
        if (output.exitCode() != 0) {
            throw new IOException(output.text());
        }
        return Optional.of(program);
    }
}
