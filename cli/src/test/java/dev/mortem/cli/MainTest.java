package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.json.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class MainTest {
    @Test
    void helpNamesEveryCommandAndGoesToStandardOutput() {
        CommandRun help = CommandRun.of("--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .contains(
                        "ps",
                        "dump",
                        "analyze",
                        "convert",
                        "strip",
                        "doctor",
                        "demo",
                        "Exit codes");
        assertThat(help.err()).isEmpty();
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ps", "dump", "analyze", "convert", "strip", "doctor", "demo"})
    void everyCommandHasHelpWithinTheWidth(String command) {
        CommandRun help = CommandRun.of(command, "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("--json", "--verbose", "--help");
        assertThat(help.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void wrongWordsExitWith2AndSayWhatIsAllowed() {
        assertWrong("dmup", CommandRun.of("dmup"));
        assertWrong("--no-such", CommandRun.of("ps", "--no-such"));
        assertWrong("--max-pause", CommandRun.of("dump", "1", "--max-pause", "10"));
        assertWrong("TARGET", CommandRun.of("dump"));
        assertWrong("PREFER", CommandRun.of("dump", "1", "--snapshot", "sometimes"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rule", "triage", "postmortem"})
    void aCommandThatIsNotBuiltYetSaysSo(String command) {
        assertWrong("not built yet", CommandRun.of(command, "anything", "--at-all"));
    }

    @Test
    void aSymbolPathThatCannotBeUsedHereSaysSo(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("a.core"));
        assertWrong(
                "a Windows share",
                CommandRun.of("analyze", "--symbols", "srv*\\\\server\\symbols", "" + file));
    }

    @Test
    void aTargetThatIsNoneExitsWith3() {
        CommandRun run = CommandRun.of("dump", "no-such-program-runs-here");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("no-such-program-runs-here").contains("mortem ps");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void whatIsNoDumpExitsWith7(@TempDir Path folder) throws IOException {
        Path text =
                Files.writeString(folder.resolve("notes.txt"), "hello, this is no dump at all\n");
        for (Path input : List.of(
                text, folder, folder.resolve("none"), Files.createFile(folder.resolve("empty")))) {
            CommandRun run = CommandRun.of("analyze", input.toString());
            assertThat(run.exitCode()).as(input.toString()).isEqualTo(7);
            assertThat(run.err()).startsWith("mortem analyze: ").doesNotContain("\tat ");
            assertThat(run.out()).isEmpty();
        }
    }

    @Test
    void psListsThisVeryProcess() {
        long pid = ProcessHandle.current().pid();
        CommandRun table = CommandRun.of("ps", Long.toString(pid), "--window", "0s");
        assertThat(table.exitCode()).isZero();
        assertThat(table.out()).contains("PID").contains(Long.toString(pid)).contains("jvm");
        CommandRun json = CommandRun.of("ps", "--json", Long.toString(pid), "--window", "0s");
        JsonObject document =
                JsonObject.parse(json.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
        assertThat(document.objects("processes"))
                .anyMatch(entry -> entry.number("pid").orElse(0) == pid);
    }

    @Test
    void aConfigurationFileSetsDefaultsAndTheCommandLineWins(@TempDir Path folder)
            throws IOException {
        Path machine = Files.writeString(folder.resolve("a.yaml"), "dump:\n  max-pause: 10\n");
        CommandRun wrongValue =
                CommandRun.withConfig(List.of(machine), "dump", "no-such-program-runs-here");
        assertWrong("'10' is not a duration", wrongValue);
        CommandRun overridden = CommandRun.withConfig(
                List.of(machine), "dump", "--max-pause", "2s", "no-such-program-runs-here");
        assertThat(overridden.exitCode()).isEqualTo(3);
        Path user = Files.writeString(folder.resolve("b.yaml"), "dump:\n  max-pause: 3s\n");
        assertThat(CommandRun.withConfig(
                                List.of(machine, user), "dump", "no-such-program-runs-here")
                        .exitCode())
                .isEqualTo(3);
    }

    /** Options that several commands share are each command's own in the file. */
    @ParameterizedTest
    @ValueSource(strings = {"dump", "watch", "convert", "strip"})
    void sharedOptionsAreSetByCommand(String command, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.yaml"), command + ":\n  keep-free: much\n");
        assertWrong("'much'", CommandRun.withConfig(List.of(file), command, "x", "-o", "y.dmp"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dmup:\n  x: 1\n",
                "dump:\n  no-such: 1\n",
                "dump: [1]\n",
                "dump: {\n",
                "- a\n"
            })
    void aWrongConfigurationFileIsNamedWithWhatIsAllowed(String text, @TempDir Path folder)
            throws IOException {
        Path file = Files.writeString(folder.resolve("mortem.yaml"), text);
        assertWrong("mortem.yaml", CommandRun.withConfig(List.of(file), "ps"));
    }

    private static void assertWrong(String what, CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(what);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void theDoctorNamesTheCacheOfSymbols() {
        CommandRun doctor = CommandRun.of("doctor", "--verbose");
        assertThat(doctor.out()).contains("symbol_cache", "mortem/symbols", "--symbol-cache-size");
    }

    @Test
    void aCacheOfNothingIsRefused(@TempDir Path folder) throws IOException {
        Path dump = Files.createFile(folder.resolve("empty.core"));
        CommandRun run = CommandRun.of(
                "analyze",
                dump.toString(),
                "--symbols",
                "http://127.0.0.1:1",
                "--symbol-cache-size",
                "0");
        assertThat(run.exitCode()).isEqualTo(ExitCode.WRONG_USAGE.number());
        assertThat(run.err()).contains("--symbol-cache-size");
    }
}
