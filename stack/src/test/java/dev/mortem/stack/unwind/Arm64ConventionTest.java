package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** What of a saved return address is its authentication code, and how long vectors are. */
class Arm64ConventionTest {
    private final FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.ARM64));

    @Test
    void theKernelsMaskDecides() {
        stackBelow(1L << 39);
        thread(0x406, content(16).putLong(0x007f_ff80_0000_0000L).putLong(0x00ff_0000_0000_0000L));
        assertThat(clean(0x0033_1234_5678_9abcL)).isEqualTo(0x1234_5678_9abcL);
        assertThat(clean(0x1234_5678_9abcL)).isEqualTo(0x1234_5678_9abcL);
    }

    @Test
    void withoutItTheSizeOfTheAddressSpace() {
        assertThat(clean(0x0033_1234_5678_9abcL)).isEqualTo(0x1234_5678_9abcL);
        stackBelow(1L << 39);
        assertThat(clean(0x0033_9234_5678_9abcL)).isEqualTo(0x34_5678_9abcL);
        stackBelow(1L << 52);
        assertThat(clean(0x0033_1234_5678_9abcL)).isEqualTo(0x3_1234_5678_9abcL);
    }

    @Test
    void aNoteThatIsCutOrEmptyIsNone() {
        thread(0x406, content(8));
        thread(0x406, content(16));
        thread(0x405, content(4));
        assertThat(clean(0x0033_1234_5678_9abcL)).isEqualTo(0x1234_5678_9abcL);
        assertThat(Arm64Convention.of(snapshot).constantRegister(46)).isEmpty();
    }

    /** VG, which the frames of functions with vectors of any length are counted in. */
    @Test
    void theVectorLengthIsTheSveNotes() {
        thread(0x405, content(16).putInt(16).putInt(16).putShort((short) 32));
        assertThat(Arm64Convention.of(snapshot).constantRegister(46)).hasValue(4);
        assertThat(Arm64Convention.of(snapshot).constantRegister(47)).isEmpty();
    }

    private long clean(long value) {
        return Arm64Convention.of(snapshot).cleanReturnAddress(value);
    }

    private void stackBelow(long end) {
        snapshot.region(new MemoryRegion(
                AddressRange.between(end - 0x10000, end - 0x1000),
                "rw-",
                false,
                0,
                Optional.of("[stack]"),
                0,
                Optional.empty()));
    }

    private static ByteBuffer content(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void thread(long type, ByteBuffer content) {
        byte[] bytes = new byte[content.capacity()];
        content.get(0, bytes);
        RawNote raw = new RawNote("LINUX", type, bytes);
        snapshot.thread(ThreadSnapshot.of(1, Optional.empty(), List.of(raw)));
    }
}
