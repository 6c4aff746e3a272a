package dev.mortem.testkit.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;

class LayoutTest {
    @Test
    void labelsMayBeUsedBeforeTheyAreKnown() {
        Label later = Label.unset();
        Layout layout = new Layout(ByteOrder.BIG_ENDIAN, 4, Label.of(0x1000));
        layout.word(later.plus(1)).u2(0x1234).mark(later);
        assertThat(layout.build()).containsExactly(0, 0, 0x10, 0x07, 0x12, 0x34);
    }

    @Test
    void aLabelNeverSetIsAMistake() {
        Layout layout = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0));
        layout.word(Label.unset());
        assertThatThrownBy(layout::build).isInstanceOf(IllegalStateException.class);
    }

    /** The examples of DWARF 5, figures C.1 and C.2. */
    @Test
    void leb128() {
        Layout layout = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0));
        layout.uleb(127).uleb(128).uleb(12857).sleb(-2).sleb(127).sleb(-128).sleb(-129);
        byte[] expected = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0))
                .hex("7f 80 01 b9 64 7e ff 00 80 7f ff 7e")
                .build();
        assertThat(layout.build()).isEqualTo(expected);
    }

    @Test
    void textIsCutOrFilled() {
        Layout layout = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0));
        layout.text("abc", 2).text("d", 3).align(8);
        assertThat(layout.build()).containsExactly('a', 'b', 'd', 0, 0, 0, 0, 0);
    }
}
