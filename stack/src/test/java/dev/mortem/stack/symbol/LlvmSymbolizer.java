package dev.mortem.stack.symbol;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What llvm-symbolizer says of addresses of a file: all of them in one process of its. */
final class LlvmSymbolizer {
    private static final long SECONDS_MAX = 600;

    private LlvmSymbolizer() {}

    /**
     * One function of a chain, innermost first.
     *
     * @param function mangled; empty where it is not known
     * @param file empty where it is not known
     * @param line 0 where it is not known
     */
    record Place(String function, String file, int line) {}

    /** The chain at each svma, in their order. */
    static List<List<Place>> chains(Tool llvm, Path file, long[] svmas, Path folder)
            throws IOException {
        Path questions = folder.resolve("addresses.txt");
        Path answers = folder.resolve("answers.json");
        StringBuilder text = new StringBuilder();
        for (long svma : svmas) {
            text.append("0x").append(Long.toHexString(svma)).append('\n');
        }
        Files.writeString(questions, text);
        Process process = new ProcessBuilder(
                        llvm.program().toString(),
                        "--obj=" + file,
                        "--inlines",
                        "--functions=linkage",
                        "--no-demangle",
                        "--output-style=JSON")
                .redirectInput(questions.toFile())
                .redirectOutput(answers.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("llvm-symbolizer did not end: " + file);
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
        List<List<Place>> chains = new ArrayList<>(svmas.length);
        try (BufferedReader lines = Files.newBufferedReader(answers, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    chains.add(chain(line));
                }
            }
        }
        return chains;
    }

    private static List<Place> chain(String line) throws IOException {
        JsonObject answer = JsonObject.parse(line.getBytes(StandardCharsets.ISO_8859_1))
                .orElseThrow(() -> new IOException("no JSON: " + line));
        return answer.objects("Symbol").stream()
                .map(place -> new Place(
                        place.text("FunctionName").orElse(""),
                        place.text("FileName").orElse(""),
                        (int) place.number("Line").orElse(0)))
                .toList();
    }
}
