package dev.mortem.cli;

import dev.mortem.os.Launcher;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs what the start-up cache is to hold, once, when the cache is made: the JVM remembers which classes
 * a run loaded. Prints nothing; its argument is a small dump.
 */
final class Rehearsal {
    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        Console console = new Console(nowhere, nowhere, false, false);
        String sample = arguments[0];
        run(console, "--help");
        run(console, "--version");
        run(console, "ps", "--window", "0s");
        run(console, "dump", "--help");
        run(console, "analyze", sample);
        run(console, "analyze", "--json", sample);
        run(console, "analyze", "--format", "html", sample);
        dumpAChild(console);
    }

    private static void run(Console console, String... command) {
        Main.run(console, List.of(), command);
    }

    /** A child of our own is stopped and dumped, into a folder that is removed again. */
    private static void dumpAChild(Console console) throws IOException {
        Path folder = Files.createTempDirectory("mortem-rehearsal-");
        Launcher.Program program = new Launcher.Program(
                List.of("sleep", "30"), Map.of(), folder, folder.resolve("log"), false);
        try (Launcher.Child child = Launcher.ofThisMachine().start(program)) {
            String pid = Long.toString(child.pid());
            EarlyRehearsal.begin("dump", pid).get().rehearse();
            run(console, "dump", pid, "-o", folder.toString(), "--keep-free", "0");
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }
}
