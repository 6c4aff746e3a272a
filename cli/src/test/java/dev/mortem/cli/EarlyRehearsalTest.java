package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class EarlyRehearsalTest {
    @ParameterizedTest
    @CsvSource({
        "dump 4711, true",
        "dump worker --snapshot require -o /tmp, true",
        "dump, false",
        "dump --help, false",
        "dump worker -h, false",
        "dump worker --snapshot never, false",
        "dump worker --snapshot=NEVER, false",
        "analyze worker.core, false",
        "ps dump, false",
        "procdump -ma -h 4711, true",
        "procdump -?, false",
        "procdump, false"
    })
    void onlyACommandThatWillTakeASnapshotRehearses(String line, boolean useful) {
        assertThat(EarlyRehearsal.isUseful(List.of(line.split(" ", -1)))).isEqualTo(useful);
    }
}
