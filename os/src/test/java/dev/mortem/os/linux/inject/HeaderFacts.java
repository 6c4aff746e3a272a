package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.Launcher;
import dev.mortem.os.Launcher.Program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the system's own headers say, told by programs that gcc compiles with them. */
final class HeaderFacts {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Map<String, Long> values;

    private HeaderFacts(Map<String, Long> values) {
        this.values = values;
    }

    /**
     * Asks for the value of each expression.
     *
     * @param preamble what stands before main
     * @param expressions integers in C
     */
    static HeaderFacts of(Path folder, String preamble, List<String> expressions)
            throws IOException {
        StringBuilder source =
                new StringBuilder(preamble).append("\n#include <stdio.h>\nint main(void) {\n");
        for (String expression : expressions) {
            source.append("printf(\"%lld\\n\", (long long)(").append(expression).append("));\n");
        }
        Path program = compile(folder, source.append("return 0;\n}\n").toString());
        List<String> lines = run(folder, List.of(program.toString())).lines().toList();
        assertThat(lines).hasSameSizeAs(expressions);
        Map<String, Long> values = new HashMap<>();
        for (int index = 0; index < lines.size(); index++) {
            values.put(expressions.get(index), Long.valueOf(lines.get(index)));
        }
        return new HeaderFacts(values);
    }

    /** Of one of the expressions. */
    long get(String expression) {
        return Optional.ofNullable(values.get(expression)).orElseThrow();
    }

    int offset(String expression) {
        return Math.toIntExact(get(expression));
    }

    /** Skips the test by assumption where there is no gcc. */
    static Path compile(Path folder, String source) throws IOException {
        boolean found = false;
        for (String place : System.getenv("PATH").split(":", -1)) {
            found |= Files.isExecutable(Path.of(place, "gcc"));
        }
        assumeTrue(found, "needs gcc");
        Path file = Files.createTempFile(folder, "facts", ".c");
        Files.writeString(file, source);
        Path program = Path.of(file.toString().replace(".c", ""));
        run(folder, List.of("gcc", "-w", "-o", program.toString(), file.toString()));
        return program;
    }

    /** The program's output, which must come with exit status 0. */
    static String run(Path folder, List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "said", ".txt");
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Program(command, Map.of(), folder, output, false))) {
            assertThat(child.awaitExit(DEADLINE)).as("%s", command).hasValue(0);
        }
        return Files.readString(output);
    }
}
