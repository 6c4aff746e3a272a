package dev.mortem.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A command line run in this JVM, with what it printed. */
record CommandRun(int exitCode, String out, String err) {
    static {
        // a test's dumps are no news for the user's own "dumps list"
        if (System.getProperty("mortem.state") == null) {
            System.setProperty("mortem.state", temporaryFolder().toString());
        }
    }

    private static Path temporaryFolder() {
        try {
            Path folder = Files.createTempDirectory("mortem-state");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static CommandRun of(String... args) {
        return withConfig(List.of(), args);
    }

    static CommandRun withConfig(List<Path> files, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Console console = new Console(new PrintWriter(out), new PrintWriter(err), false, false);
        int code = Main.run(console, files, args);
        console.flush();
        return new CommandRun(code, out.toString(), err.toString());
    }
}
