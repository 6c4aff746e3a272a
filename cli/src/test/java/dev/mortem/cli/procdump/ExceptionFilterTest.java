package dev.mortem.cli.procdump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class ExceptionFilterTest {
    private static ExceptionFilter including(String... words) {
        return new ExceptionFilter(List.of(words), List.of(), false);
    }

    @ParameterizedTest
    @CsvSource({
        "0xc0000005, SIGSEGV, false, true",
        "C0000005, SIGSEGV, true, false",
        "0xC00000FD, SIGSEGV, true, true",
        "c00000fd, SIGSEGV, false, false",
        "C00000FD.STACK_OVERFLOW, SIGSEGV, true, true",
        "access_violation, SIGSEGV, false, true",
        "SIGSEGV, SIGSEGV, true, true",
        "SEGV, SIGSEGV, false, true",
        "SEGV, SIGBUS, false, false",
        "c0000094, SIGFPE, false, true",
        "80000003, SIGTRAP, false, true",
        "0xc000001d, SIGILL, false, true",
        "0xC0000409, SIGABRT, false, true",
        "E0434352, SIGABRT, false, true",
        "C*FPE, SIGFPE, false, false",
        "C*OVERFLOW, SIGFPE, false, true",
        "*, SIGSYS, false, true",
        "., SIGSEGV, false, true",
        "S.GSEGV, SIGSEGV, false, false"
    })
    void wordsOfWindowsFitSignals(String word, String signal, boolean overflow, boolean fits) {
        assertThat(including(word).wantsSignal(signal, overflow)).isEqualTo(fits);
        ExceptionFilter without = new ExceptionFilter(List.of(), List.of(word), false);
        assertThat(without.wantsSignal(signal, overflow)).isEqualTo(!fits);
    }

    @Test
    void strangersAreThoseThatFitNoSignal() {
        assertThat(including("System.Net.WebException", "SIGSEGV", "NotFound", "0xc00000fd")
                        .strangers())
                .containsExactly("System.Net.WebException", "NotFound");
    }

    @Test
    void signalsAreShownAsWindowsWould() {
        assertThat(ExceptionCode.shown("SIGSEGV", false)).isEqualTo("C0000005.ACCESS_VIOLATION");
        assertThat(ExceptionCode.shown("SIGSEGV", true)).isEqualTo("C00000FD.STACK_OVERFLOW");
        assertThat(ExceptionCode.shown("SIGABRT", false))
                .isEqualTo("C0000409.STACK_BUFFER_OVERRUN");
        assertThat(ExceptionCode.shown("SIGSYS", false)).isEqualTo("0000001F.SIGSYS");
    }
}
