package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;
import dev.mortem.os.Doctor;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code mortem doctor}: what works here, what does not, and the command that mends it. */
@Command(
        name = "doctor",
        description =
                "Tests what Mortem needs of this machine and prints the command that mends what"
                        + " fails.",
        footer = {
            "",
            "Exit code 0 when dumps can be taken, 4 when something that they need is missing."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = ".",
            description = "The folder where dumps will be written (default: the current one).")
    Path folder = Path.of(".");

    private final Console console;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<Doctor.Check> checks = new ArrayList<>(
                Doctor.ofThisMachine().examine(folder.toAbsolutePath().normalize()));
        checks.add(SymbolServers.checkCache(System.getenv()));
        if (common.json) {
            writeJson(checks);
        } else {
            checks.forEach(this::write);
        }
        boolean missing =
                checks.stream().anyMatch(check -> check.status() == Doctor.Status.MISSING);
        return (missing ? ExitCode.NOT_PERMITTED : ExitCode.DONE).number();
    }

    private void write(Doctor.Check check) {
        String mark = switch (check.status()) {
            case OK -> "ok     ";
            case LIMITED -> "limited";
            case MISSING -> "MISSING";
        };
        console.out().println(mark + "  " + check.name() + ": " + check.found());
        if (check.status() != Doctor.Status.OK || common.verbose) {
            console.out().println("         " + check.meaning());
        }
        check.mend()
                .ifPresent(command -> console.out().println("         mend it with: " + command));
    }

    private void writeJson(List<Doctor.Check> checks) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.doctor/1")
                    .text("tool", Version.tool())
                    .beginArray("checks");
            checks.forEach(check -> json.beginObject()
                    .text("name", check.name())
                    .text("status", check.status().name().toLowerCase(java.util.Locale.ROOT))
                    .text("found", check.found())
                    .text("meaning", check.meaning())
                    .text("mend", check.mend())
                    .endObject());
            json.endArray().endObject();
        }
        console.out().println();
    }
}
