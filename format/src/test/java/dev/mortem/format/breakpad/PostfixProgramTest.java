package dev.mortem.format.breakpad;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

class PostfixProgramTest {
    private static final Map<String, Long> VARIABLES = Map.of(
            "$esp", 0x7000L, "$ebp", 0x7100L, ".cbLocals", 0x20L, ".cbSavedRegs", 8L, "sp", 0x70L);

    /** Each word holds its address plus one; none below 0x1000. */
    private static final PostfixInputs INPUTS = new PostfixInputs() {
        @Override
        public OptionalLong variable(String name) {
            Long value = VARIABLES.get(name);
            return value == null ? OptionalLong.empty() : OptionalLong.of(value);
        }

        @Override
        public OptionalLong memory(long address) {
            return Long.compareUnsigned(address, 0x1000) < 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(address + 1);
        }
    };

    @ParameterizedTest
    @CsvSource({
        "5, 5",
        "$esp 8 +, 0x7008",
        "$esp -8 +, 0x6ff8",
        "sp, 0x70",
        "$esp ^, 0x7001",
        "$esp 4 - ^ 1 +, 0x6ffe",
        "3 5 -, 0xfffffffe",
        "65536 65536 *, 0",
        "-1 2 /, 0x7fffffff",
        "-1 16 %, 15",
        "$esp 7 + 16 @, 0x7000",
        "31 1 @, 31"
    })
    void valuesOfExpressions(String text, String expected) {
        assertThat(value(text, 4)).isEqualTo(new PostfixOutcome.Value(Long.decode(expected)));
    }

    @Test
    void wordsOf64BitsWrapThere() {
        assertThat(value("3 5 -", 8)).isEqualTo(new PostfixOutcome.Value(-2));
        assertThat(value("18446744073709551615 1 +", 8)).isEqualTo(new PostfixOutcome.Value(0));
        assertThat(value("-1 2 /", 8)).isEqualTo(new PostfixOutcome.Value(Long.MAX_VALUE));
    }

    @Test
    void whatIsNotKnownIsNotZero() {
        assertThat(value("$eax 4 +", 4)).isEqualTo(new PostfixOutcome.NoVariable("$eax"));
        assertThat(value(".undef", 4)).isEqualTo(new PostfixOutcome.NoVariable(".undef"));
        assertThat(value("8 ^", 4)).isEqualTo(new PostfixOutcome.NoMemory(8));
        assertThat(run("$T0 $T1 =")).isEqualTo(new PostfixOutcome.NoVariable("$T1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+",
                "1 +",
                "1 2",
                "1 0 /",
                "1 0 %",
                "1 0 @",
                "1 6 @",
                "0x10",
                "1a",
                "-",
                "+1",
                "99999999999999999999",
                "é",
                "$T0 1 =",
                "^",
                "1 $esp = 5",
                "~"
            })
    void whatIsNoExpression(String text) {
        assertThat(value(text, 4)).isInstanceOf(PostfixOutcome.class);
        assertThat(value(text, 4)).isNotInstanceOf(PostfixOutcome.Value.class);
    }

    @Test
    void programsOfAssignments() {
        assertThat(
                        run(
                                "$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + = $L $T0 .cbSavedRegs - ="))
                .isEqualTo(new PostfixOutcome.Assigned(Map.of(
                        "$T0", 0x7100L,
                        "$eip", 0x7105L,
                        "$ebp", 0x7101L,
                        "$esp", 0x7108L,
                        "$L", 0x70f8L)));
        assertThat(run("")).isEqualTo(new PostfixOutcome.Assigned(Map.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1 2 =", ".cbLocals 2 =", "esp 2 =", "= =", "$T0 5", "$T0 1 0 / =", "$eip"})
    void hostileProgramsEndAndSetNothing(String text) {
        assertThat(run(text)).isInstanceOf(PostfixOutcome.Malformed.class);
    }

    @Test
    void theLengthIsLimited() {
        int most = Limits.defaults().maxInt(PostfixProgram.WORDS_MAX);
        String sum = "1 " + "1 + ".repeat((most - 1) / 2);
        assertThat(value(sum, 4)).isEqualTo(new PostfixOutcome.Value(1 + (most - 1) / 2));
        String deep = "1 ".repeat(most);
        assertThat(value(deep, 4)).isInstanceOf(PostfixOutcome.Malformed.class);
        assertThat(value("1 " + "1 + ".repeat(most), 4).toString()).contains("too many words");
    }

    @Test
    void randomProgramsEnd() {
        SplittableRandom random = new SplittableRandom(7);
        String[] words = {
            "+",
            "-",
            "*",
            "/",
            "%",
            "@",
            "^",
            "=",
            "$T0",
            "$esp",
            "$eip",
            ".cbLocals",
            "4",
            "-1",
            "x"
        };
        int values = 0;
        for (int program = 0; program < 50_000; program++) {
            StringBuilder text = new StringBuilder();
            for (int word = random.nextInt(12); word >= 0; word--) {
                text.append(words[random.nextInt(words.length)]).append(' ');
            }
            values += value(text.toString(), 4) instanceof PostfixOutcome.Value ? 1 : 0;
            values += run(text.toString()) instanceof PostfixOutcome.Assigned ? 1 : 0;
        }
        assertThat(values).isBetween(100, 50_000);
    }

    private static PostfixOutcome value(String text, int wordBytes) {
        return PostfixProgram.parse(text, Limits.defaults()).value(INPUTS, wordBytes);
    }

    private static PostfixOutcome run(String text) {
        return PostfixProgram.parse(text, Limits.defaults()).run(INPUTS, 4);
    }
}
