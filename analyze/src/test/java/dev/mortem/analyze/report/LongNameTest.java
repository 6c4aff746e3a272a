package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.SplittableRandom;

class LongNameTest {
    @Test
    void theInsideOfBracketsGoesFirstTheInnermostBeforeTheOuter() {
        String name = "a::B<std::vector<int, std::allocator<int> >, long>::f(char const*, int)";
        assertThat(fitted(name, 100)).isEqualTo(name);
        assertThat(fitted(name, 60)).isEqualTo("a::B<std::vector<…>, long>::f(char const*, int)");
        assertThat(fitted(name, 40)).isEqualTo("a::B<…>::f(char const*, int)");
        assertThat(fitted(name, 20)).isEqualTo("a::B<…>::f(…)");
        assertThat(fitted(name, 9)).isEqualTo("a::B…f(…)");
    }

    @Test
    void operatorsAndArrowsAreNoBrackets() {
        assertThat(fitted("A<int, long, char>::operator<(A<int> const&)", 30))
                .isEqualTo("A<…>::operator<(A<…> const&)");
        assertThat(fitted("operator<< <char, traits>(ostream&, int)", 38))
                .isEqualTo("operator<< <…>(ostream&, int)");
        assertThat(fitted("f<decltype(a->b), int>::operator->(int)", 30))
                .isEqualTo("f<…>::operator->(int)");
        assertThat(fitted("A::operator()(int, long, double) const", 26))
                .isEqualTo("A::operator()(…) const");
        assertThat(fitted("A<int, long>::operator<=>(int)", 25))
                .isEqualTo("A<…>::operator<=>(int)");
    }

    @Test
    void bracketsThatDoNotPairAreLeftAlone() {
        assertThat(fitted("x".repeat(20) + "<<<" + "y".repeat(20), 11)).isEqualTo("xxxxx…yyyyy");
        assertThat(fitted(">>>>>>>>>>>>", 5)).isEqualTo(">>…>>");
    }

    @Test
    void neverLongerThanAskedAndNeverHalfAPair() {
        SplittableRandom random = new SplittableRandom(11);
        String alphabet = "ab:<>()-, operator😀…";
        for (int round = 0; round < 5000; round++) {
            StringBuilder name = new StringBuilder();
            int length = random.nextInt(300);
            while (name.length() < length) {
                int at = random.nextInt(alphabet.codePointCount(0, alphabet.length()));
                name.appendCodePoint(alphabet.codePointAt(alphabet.offsetByCodePoints(0, at)));
            }
            int max = 4 + random.nextInt(60);
            String fitted = fitted(name.toString(), max);
            assertThat(fitted.length()).isLessThanOrEqualTo(max);
            assertThat(fitted.codePoints()).noneMatch(each -> each >= 0xd800 && each <= 0xdfff);
        }
        assertThat(fitted("<".repeat(100_000) + ">".repeat(100_000), 50)).hasSizeLessThan(51);
    }

    @Test
    void quantitiesReadTheSameEverywhere() {
        assertThat(Quantity.bytes(1)).isEqualTo("1 byte");
        assertThat(Quantity.bytes(1023)).isEqualTo("1,023 bytes");
        assertThat(Quantity.bytes(1024)).isEqualTo("1.0 KiB");
        assertThat(Quantity.bytes(-1)).isEqualTo("16.0 EiB");
        assertThat(Quantity.duration(Duration.ofMillis(999))).isEqualTo("999 ms");
        assertThat(Quantity.duration(Duration.ofMillis(1250))).isEqualTo("1.250 s");
        assertThat(Quantity.duration(Duration.ofSeconds(125))).isEqualTo("2 min 5 s");
        assertThat(Quantity.duration(Duration.ofMinutes(150))).isEqualTo("2 h 30 min");
        assertThat(Quantity.duration(Duration.ofHours(76))).isEqualTo("3 d 4 h");
        assertThat(Quantity.of(1, "entry", "entries")).isEqualTo("1 entry");
        assertThat(Quantity.of(2000, "thread")).isEqualTo("2,000 threads");
        assertThat(Quantity.time(Instant.MAX, ZoneOffset.ofHours(1)))
                .isEqualTo("+1000000000-12-31T23:59:59.999999999Z");
    }

    private static String fitted(String name, int max) {
        return LongName.fitted(name, max, "…");
    }
}
