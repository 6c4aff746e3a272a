package dev.mortem.cli.procdump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

class ProcDumpHelpTest {
    @Test
    void noLineIsWiderThanATerminal() {
        assertThat(ProcDumpHelp.lines())
                .filteredOn(line -> !line.startsWith("Without a counterpart"))
                .allMatch(line -> line.length() <= 100);
    }

    @ParameterizedTest
    @EnumSource(ProcDumpOption.class)
    void helpAndManualListEachOption(ProcDumpOption option) throws IOException {
        String help = String.join("\n", ProcDumpHelp.lines());
        assertThat(help)
                .contains(option.isRefused() ? " " + option.text() : "\n  " + option.form() + " ");
        String manual = Files.readString(project().resolve("docs").resolve("procdump.md"));
        assertThat(manual).contains("\n| `" + option.form() + "` | ");
        assertThat(manual.contains("\n| `" + option.form() + "` | refused"))
                .isEqualTo(option.isRefused());
    }

    private static Path project() {
        return Path.of(Objects.requireNonNull(
                System.getProperty("mortem.project"), "the build sets mortem.project"));
    }
}
