package dev.mortem.cli.procdump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.LocalDateTime;
import java.util.Optional;
import java.util.Set;

class DumpFileNameTest {
    private static final LocalDateTime TIME = LocalDateTime.of(2026, 7, 9, 3, 4, 5);

    private static String at(DumpFileName name, String process) {
        return name.at(process, 4711, Optional.of("C0000005"), TIME, taken -> false);
    }

    @ParameterizedTest
    @CsvSource({
        "w3wp-PID-perf.dmp, w3wp-4711-perf.dmp, true",
        "PROCESSNAME_EXCEPTIONCODE.DMP, shop_C0000005.dmp, true",
        "YYMMDD-HHMMSS, 260709-030405.core, false",
        "a.core, a.core, false",
        "a.b, a.b.core, false",
        ".dmp, .dmp.core, false"
    })
    void wordsStandForWhatTheySay(String given, String expected, boolean minidump) {
        DumpFileName name = DumpFileName.of(given);
        assertThat(at(name, "shop")).isEqualTo(expected);
        assertThat(name.isMinidump()).isEqualTo(minidump);
    }

    @Test
    void withoutANameThereIsProcDumps() {
        assertThat(at(DumpFileName.usual(), "shop")).isEqualTo("shop_260709_030405.core");
        assertThat(at(DumpFileName.usual(), "my PID/shop$1\n"))
                .isEqualTo("my_PID_shop_1__260709_030405.core");
        assertThat(at(DumpFileName.usual(), "é".repeat(100)))
                .isEqualTo("é".repeat(50) + "_260709_030405.core");
        assertThat(at(DumpFileName.usual(), "")).isEqualTo("unknown_260709_030405.core");
    }

    @Test
    void aNameThatIsTakenGetsANumber() {
        Set<String> taken = Set.of("a.dmp", "a-1.dmp");
        assertThat(DumpFileName.of("a.dmp").at("x", 1, Optional.empty(), TIME, taken::contains))
                .isEqualTo("a-2.dmp");
        assertThat(DumpFileName.of("EXCEPTIONCODE.dmp")
                        .at("x", 1, Optional.empty(), TIME, name -> false))
                .isEqualTo("00000000.dmp");
    }
}
