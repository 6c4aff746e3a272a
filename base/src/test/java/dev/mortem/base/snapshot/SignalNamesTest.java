package dev.mortem.base.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SignalNamesTest {
    @ParameterizedTest
    @CsvSource({
        "1,SIGHUP",
        "11,SIGSEGV",
        "16,SIGSTKFLT",
        "19,SIGSTOP",
        "31,SIGSYS",
        "34,SIGRTMIN",
        "40,SIGRTMIN+6",
        "64,SIGRTMIN+30",
        "0,signal 0",
        "33,signal 33",
        "65,signal 65",
        "-1,signal -1"
    })
    void names(int number, String name) {
        assertThat(SignalNames.name(number)).isEqualTo(name);
    }

    @Test
    void numbersOfNamesAreThose() {
        for (int number = 1; number <= 31; number++) {
            assertThat(SignalNames.number(SignalNames.name(number))).hasValue(number);
        }
        assertThat(SignalNames.number("SEGV")).isEmpty();
        assertThat(SignalNames.number("")).isEmpty();
    }
}
