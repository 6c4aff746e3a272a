package dev.mortem.base.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.Function;

class AddressRangeTest {
    private static final AddressRange TOP = new AddressRange(-4096, 4096);

    @Test
    void aRangeMayEndAtTheTopButNotWrap() {
        assertThat(TOP.end()).isZero();
        assertThat(TOP.contains(-1)).isTrue();
        assertThat(TOP.contains(0)).isFalse();
        assertThatThrownBy(() -> new AddressRange(-4096, 4097))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(AddressRange.ofSize(-4096, Long.MAX_VALUE)).isEqualTo(TOP);
        assertThat(AddressRange.ofSize(0, -1).sizeBytes()).isEqualTo(-1);
    }

    @Test
    void comparesUnsigned() {
        AddressRange upperHalf = new AddressRange(0x8000_0000_0000_0000L, 16);
        assertThat(upperHalf.contains(0x8000_0000_0000_000fL)).isTrue();
        assertThat(upperHalf.contains(0x7fff_ffff_ffff_ffffL)).isFalse();
        assertThat(new AddressRange(1, 1)).isLessThan(upperHalf);
    }

    @Test
    void intersects() {
        AddressRange ten = new AddressRange(10, 10);
        assertThat(ten.intersection(new AddressRange(15, 100))).isEqualTo(new AddressRange(15, 5));
        assertThat(ten.intersection(new AddressRange(20, 1)).isEmpty()).isTrue();
        assertThat(ten.overlaps(new AddressRange(15, 0))).isFalse();
        assertThat(ten.contains(new AddressRange(10, 10))).isTrue();
        assertThat(ten.contains(new AddressRange(10, 11))).isFalse();
        assertThat(AddressRange.between(5, 3).isEmpty()).isTrue();
    }

    @Test
    void aMapFindsTheRangeAndItsNeighbours() {
        AddressRange low = new AddressRange(100, 10);
        AddressRange high = new AddressRange(-200, 10);
        AddressMap<AddressRange> map = AddressMap.of(List.of(high, low), Function.identity());
        assertThat(map.at(109)).contains(low);
        assertThat(map.at(110)).isEmpty();
        assertThat(map.at(-195)).contains(high);
        assertThat(map.nextAbove(100)).contains(high);
        assertThat(map.lastAtOrBelow(5000)).contains(low);
        assertThat(map.lastAtOrBelow(99)).isEmpty();
        assertThat(map.values()).containsExactly(low, high);
    }

    @Test
    void anInnerRangeWinsOverTheOneAroundIt() {
        AddressRange outer = new AddressRange(0, 1000);
        AddressRange inner = new AddressRange(100, 10);
        AddressMap<AddressRange> map = AddressMap.of(List.of(outer, inner), Function.identity());
        assertThat(map.at(105)).contains(inner);
        assertThat(map.at(110)).contains(outer);
    }
}
