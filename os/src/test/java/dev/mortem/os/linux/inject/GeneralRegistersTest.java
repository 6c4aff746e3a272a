package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.snapshot.Cpu;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

class GeneralRegistersTest {
    private static final long NANOSLEEP = 35;

    @ParameterizedTest
    @ValueSource(longs = {-512, -513, -514, -516})
    void aCallThatTheKernelWouldMakeAgainIsMadeAgain(long code) {
        GeneralRegisters before = Sets.inCall(NANOSLEEP, code);
        byte[] after = before.asReturned(false).bytes();
        assertThat(Sets.at(after, Sets.RAX)).isEqualTo(NANOSLEEP);
        assertThat(Sets.at(after, Sets.RIP)).isEqualTo(before.pc() - 2);
        assertThat(Sets.at(after, Sets.ORIG_RAX)).isEqualTo(-1);
        assertOthersEqual(before.bytes(), after, List.of(Sets.RAX, Sets.RIP, Sets.ORIG_RAX));
    }

    private static void assertOthersEqual(byte[] before, byte[] after, List<Integer> changed) {
        for (int offset = 0; offset < before.length; offset += Long.BYTES) {
            if (!changed.contains(offset)) {
                assertThat(Sets.at(after, offset))
                        .as("register at " + offset)
                        .isEqualTo(Sets.at(before, offset));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 7, -1, -11, -511, -515, -517})
    void anyOtherResultStays(long result) {
        GeneralRegisters before = Sets.inCall(NANOSLEEP, result);
        assertThat(before.asReturned(true).bytes()).isEqualTo(before.bytes());
        assertThat(before.isInterrupted()).isFalse();
    }

    @Test
    void eintrIsMadeAgainOnlyWhereThatIsAskedFor() {
        GeneralRegisters before = Sets.inCall(232, -4);
        assertThat(before.isInterrupted()).isTrue();
        assertThat(before.asReturned(false).bytes()).isEqualTo(before.bytes());
        assertThat(Sets.at(before.asReturned(true).bytes(), Sets.RAX)).isEqualTo(232);
        byte[] restarting = before.restarting().bytes();
        assertThat(Sets.at(restarting, Sets.RAX)).isEqualTo(-514);
        assertOthersEqual(before.bytes(), restarting, List.of(Sets.RAX));
    }

    @ParameterizedTest
    @ValueSource(longs = {-4, -512, -513, -514, -516})
    void outsideOfACallTheResultIsJustARegister(long value) {
        GeneralRegisters before = Sets.inCall(-1, value);
        assertThat(before.asReturned(true).bytes()).isEqualTo(before.bytes());
        assertThat(before.isInterrupted()).isFalse();
    }

    @Test
    void aCallHasItsNumberItsArgumentsAndNothingOfTheOneBefore() {
        GeneralRegisters before = Sets.inCall(NANOSLEEP, -514);
        byte[] calling =
                before.calling(0x40_0000, 0x7fff_0000, 56, List.of(1L, 2L, 3L)).bytes();
        assertThat(Sets.at(calling, Sets.RIP)).isEqualTo(0x40_0000);
        assertThat(Sets.at(calling, Sets.RSP)).isEqualTo(0x7fff_0000);
        assertThat(Sets.at(calling, Sets.RAX)).isEqualTo(56);
        assertThat(Sets.at(calling, Sets.ORIG_RAX)).isEqualTo(-1);
        assertThat(Sets.at(calling, Sets.RDI)).isEqualTo(1);
        assertThat(Sets.at(calling, Sets.RSI)).isEqualTo(2);
        assertThat(Sets.at(calling, Sets.RDX)).isEqualTo(3);
        assertThat(Sets.at(calling, Sets.R10)).isZero();
        assertOthersEqual(
                before.bytes(),
                calling,
                List.of(
                        Sets.RIP,
                        Sets.RSP,
                        Sets.RAX,
                        Sets.ORIG_RAX,
                        Sets.RDI,
                        Sets.RSI,
                        Sets.RDX,
                        Sets.R10,
                        64,
                        72));
    }

    @Test
    void theBytesAreACopyBothWays() {
        byte[] set = Sets.distinct();
        GeneralRegisters registers = new GeneralRegisters(InjectionTable.X86_64, set);
        set[Sets.RIP] ^= 1;
        registers.bytes()[Sets.RSP] ^= 1;
        assertThat(registers.pc()).isEqualTo(0x1000 + Sets.RIP);
        assertThat(registers.sp()).isEqualTo(0x1000 + Sets.RSP);
    }

    @Test
    void aThreadThatRuns32BitCodeIsSeen() {
        byte[] set = Sets.distinct();
        assertThat(new GeneralRegisters(InjectionTable.X86_64, set).isWide()).isTrue();
        ByteBuffer.wrap(set).order(ByteOrder.LITTLE_ENDIAN).putLong(Sets.CS, 0x23);
        assertThat(new GeneralRegisters(InjectionTable.X86_64, set).isWide()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 68, 215, 217})
    void aSetOfAnotherSizeIsRefused(int sizeBytes) {
        assertThatThrownBy(() -> new GeneralRegisters(InjectionTable.X86_64, new byte[sizeBytes]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Integer.toString(sizeBytes));
    }

    /** The number of an interrupted call is not in its set: nothing there is taken for one. */
    @Test
    void onArmNoCallIsKnown() {
        GeneralRegisters registers =
                new GeneralRegisters(InjectionTable.ARM64, new byte[34 * Long.BYTES]);
        assertThat(InjectionTable.ARM64.cpu()).isEqualTo(Cpu.ARM64);
        assertThat(registers.interruptedCall()).isEqualTo(-1);
        assertThat(registers.isWide()).isTrue();
        assertThat(registers.asReturned(true)).isSameAs(registers);
    }
}
