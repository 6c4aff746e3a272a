package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

class DumpNamesTest {
    private static final Instant TAKEN = Instant.parse("2026-11-05T06:07:08.009Z");

    @Test
    void namesHaveTheContractsForm() {
        assertThat(DumpNames.of("worker", Optional.empty(), 42, TAKEN, "OnDemand", "core"))
                .isEqualTo("worker__PID-42__20261105T060708.009Z__OnDemand.core");
        assertThat(DumpNames.of(
                        "worker",
                        Optional.of("shop.service"),
                        42,
                        TAKEN,
                        "Signal_SIGSEGV",
                        "core.zst"))
                .isEqualTo(
                        "worker__shop.service__PID-42__20261105T060708.009Z__Signal_SIGSEGV.core.zst");
    }

    @Test
    void aNameOfAProcessCannotLeaveTheFolderOrHideTheFile() {
        assertThat(DumpNames.of("../../etc/passwd", Optional.empty(), 1, TAKEN, "OnDemand", "core"))
                .startsWith("_._.._etc_passwd__PID-1__");
        assertThat(DumpNames.of("-rf", Optional.empty(), 1, TAKEN, "OnDemand", "core"))
                .startsWith("_rf__");
        assertThat(DumpNames.of("", Optional.empty(), 1, TAKEN, "OnDemand", "core"))
                .startsWith("unknown__");
        assertThat(DumpNames.of("a b\n\u001b", Optional.empty(), 1, TAKEN, "OnDemand", "core"))
                .startsWith("a_b____PID");
        assertThat(DumpNames.of("wörker", Optional.empty(), 1, TAKEN, "OnDemand", "core"))
                .startsWith("wörker__");
    }

    @Test
    void aLongNameStillFitsIntoAFileSystem() {
        String name = DumpNames.of(
                "漢".repeat(500),
                Optional.of("u".repeat(500)),
                4_194_304,
                TAKEN,
                "x".repeat(500),
                "core.zst.json");
        assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(256);
    }
}
