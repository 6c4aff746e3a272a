package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The examples of "Parsing C command-line arguments" (Microsoft Learn), and what they leave open. */
class WindowsArgumentsTest {
    /** The table of the page; its arguments are separated by | here. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"a b c\" d e; a b c|d|e",
                "\"ab\\\"c\" \"\\\\\" d; ab\"c|\\|d",
                "a\\\\\\b d\"e f\"g h; a\\\\\\b|de fg|h",
                "a\\\\\\\"b c d; a\\\"b|c|d",
                "a\\\\\\\\\"b c\" d e; a\\\\b c|d|e",
                "a\"b\"\" c d; ab\" c d"
            })
    void theDocumentedExamplesHold(String line, String arguments) {
        assertThat(WindowsArguments.split("program " + line).stream().skip(1))
                .containsExactly(arguments.split("\\|", -1));
    }

    @Test
    void theProgramsNameHasNoEscapes() {
        assertThat(WindowsArguments.split("C:\\a\\b.exe x")).containsExactly("C:\\a\\b.exe", "x");
        assertThat(WindowsArguments.split("\"C:\\Program Files\\\" x"))
                .containsExactly("C:\\Program Files\\", "x");
        assertThat(WindowsArguments.split("\"C:\\a b\"\\c.exe\tx"))
                .containsExactly("C:\\a b\\c.exe", "x");
        assertThat(WindowsArguments.split("\"never closed x")).containsExactly("never closed x");
        assertThat(WindowsArguments.split(" x")).containsExactly("", "x");
    }

    @Test
    void nothingAndBlanksAreNoArguments() {
        assertThat(WindowsArguments.split("")).isEmpty();
        assertThat(WindowsArguments.split("a")).containsExactly("a");
        assertThat(WindowsArguments.split("a \t  ")).containsExactly("a");
        assertThat(WindowsArguments.split("a \"\" b")).containsExactly("a", "", "b");
        assertThat(WindowsArguments.split("a b\nc")).containsExactly("a", "b\nc");
        assertThat(WindowsArguments.split("a \\")).containsExactly("a", "\\");
    }

    /** Quoting by the same page's rules comes back as it was. */
    @Test
    void whatIsQuotedByTheRulesComesBack() {
        SplittableRandom random = new SplittableRandom(7);
        String letters = "ab \t\\\\\"\"";
        for (int round = 0; round < 20_000; round++) {
            List<String> arguments = new ArrayList<>(List.of("p.exe"));
            StringBuilder line = new StringBuilder("p.exe");
            for (int count = random.nextInt(4); count > 0; count--) {
                StringBuilder argument = new StringBuilder();
                for (int length = random.nextInt(8); length > 0; length--) {
                    argument.append(letters.charAt(random.nextInt(letters.length())));
                }
                arguments.add(argument.toString());
                line.append(' ').append(quoted(argument.toString()));
            }
            assertThat(WindowsArguments.split(line.toString()))
                    .as(line.toString())
                    .isEqualTo(arguments);
        }
    }

    private static String quoted(String argument) {
        StringBuilder out = new StringBuilder("\"");
        int backslashes = 0;
        for (char letter : argument.toCharArray()) {
            if (letter == '\\') {
                backslashes++;
            } else {
                out.repeat('\\', letter == '"' ? 2 * backslashes + 1 : backslashes)
                        .append(letter);
                backslashes = 0;
            }
        }
        return out.repeat('\\', 2 * backslashes).append('"').toString();
    }
}
