package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({
        "250ms,250",
        "10s,10000",
        "1.5s,1500",
        "5m,300000",
        "2h,7200000",
        "1d,86400000",
        "0s,0"
    })
    void readsDurations(String text, long millis) {
        assertThat(Quantities.duration(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"100,100", "100MB,100000000", "2GiB,2147483648", "1.5 kB,1500", "7b,7"})
    void readsSizes(String text, long sizeBytes) {
        assertThat(Quantities.sizeBytes(text)).isEqualTo(sizeBytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10", "ten s", "-1s", "10 parsecs", "1e9s", "99999999999999999999s"})
    void refusesWhatIsNoDuration(String text) {
        assertThatThrownBy(() -> Quantities.duration(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("250ms");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 bytes",
        "999,999 bytes",
        "1000,1.00 kB",
        "12345,12.3 kB",
        "999499,999 kB",
        "999500,1.00 MB",
        "1073741824,1.07 GB",
        "9223372036854775807,9.22 EB"
    })
    void printsSizes(long sizeBytes, String text) {
        assertThat(Quantities.size(sizeBytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 ms",
        "999,999 ms",
        "1400,1.4 s",
        "185000,3 min 5 s",
        "7800000,2 h 10 min",
        "356400000,4 d 3 h"
    })
    void printsTimes(long millis, String text) {
        assertThat(Quantities.time(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "1,0.1 ms",
        "340000,0.3 ms",
        "1000000,1 ms",
        "4349000,4.3 ms",
        "9949000,9.9 ms",
        "9950000,10 ms",
        "10900000,10 ms"
    })
    void printsTheTenthsOfAFewMilliseconds(long nanos, String text) {
        assertThat(Quantities.time(Duration.ofNanos(nanos))).isEqualTo(text);
    }

    @Test
    void aHugeSizeIsRefusedAndDoesNotWrap() {
        assertThatThrownBy(() -> Quantities.sizeBytes("9000000000TB"))
                .isInstanceOf(TypeConversionException.class);
    }
}
