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
    /** A small dump of Windows: its classes are others than a core's. */
    private static final String WINDOWS_DUMP = "demo/access-violation.dmp";

    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException, CommandFailure {
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
        Path folder = Files.createTempDirectory("mortem-rehearsal-");
        // what is dumped here is no news for "dumps list"
        System.setProperty("mortem.state", folder.resolve("state").toString());
        try {
            analyzeWindows(console, folder);
            dumpAChild(console, folder);
        } finally {
            remove(folder);
        }
    }

    private static void analyzeWindows(Console console, Path folder) throws CommandFailure {
        String dump =
                Resources.copyTo(WINDOWS_DUMP, folder.resolve("windows.dmp")).toString();
        run(console, "analyze", dump);
        run(console, "analyze", "--json", "--symbols", folder.toString(), dump);
    }

    private static void run(Console console, String... command) {
        Main.run(console, List.of(), command);
    }

    /** A child of our own is stopped and dumped. */
    private static void dumpAChild(Console console, Path folder) throws IOException {
        Launcher.Program program = new Launcher.Program(
                List.of("sleep", "30"), Map.of(), folder, folder.resolve("log"), false);
        try (Launcher.Child child = Launcher.ofThisMachine().start(program)) {
            String pid = Long.toString(child.pid());
            EarlyRehearsal.begin("dump", pid).get().rehearse();
            String[] place = {"-o", folder.toString(), "--keep-free", "0"};
            run(console, "dump", pid, place[0], place[1], place[2], place[3]);
            run(
                    console,
                    "watch",
                    pid,
                    "--when",
                    "memory > 1kB",
                    "--interval",
                    "100ms",
                    "--kind",
                    "mini",
                    place[0],
                    place[1],
                    place[2],
                    place[3]);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        }
    }
}
