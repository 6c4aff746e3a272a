package dev.mortem.base.address;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

class AddressOrderTest {
    @Test
    void addressesAreUnsignedAndEqualOnesKeepTheirOrder() {
        long[] addresses = {-1, 5, 0, 5, Long.MIN_VALUE, Long.MAX_VALUE, 99};
        assertThat(AddressOrder.ascending(addresses, 6)).containsExactly(2, 1, 3, 5, 4, 0);
    }

    @Test
    void nothingIsSorted() {
        assertThat(AddressOrder.ascending(new long[4], 0)).isEmpty();
    }

    /** Few and many are sorted by digits of different lengths. */
    @ParameterizedTest
    @ValueSource(ints = {2_000, 20_000})
    void orderEqualsThatOfTheLibrarysSort(int count) {
        SplittableRandom random = new SplittableRandom(7);
        for (int bound = 4; bound < 64; bound += 7) {
            int shift = 64 - bound;
            long[] addresses = random.longs(count).map(value -> value >>> shift).toArray();
            int[] expected = IntStream.range(0, addresses.length)
                    .boxed()
                    .sorted(Comparator.comparing(index -> addresses[index], Long::compareUnsigned))
                    .mapToInt(Integer::intValue)
                    .toArray();
            assertThat(AddressOrder.ascending(addresses, addresses.length)).isEqualTo(expected);
        }
    }
}
