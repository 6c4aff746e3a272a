package dev.mortem.format.dwarf.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.SplittableRandom;

class DwarfExpressionTest {
    /** r7 = 0x1000, r16 = 0x4015; the word at 0x1008 is 0x1122334455667788. */
    private static final ExpressionInputs INPUTS = new ExpressionInputs() {
        @Override
        public OptionalLong register(int number) {
            return switch (number) {
                case 7 -> OptionalLong.of(0x1000);
                case 16 -> OptionalLong.of(0x4015);
                default -> OptionalLong.empty();
            };
        }

        @Override
        public OptionalLong memory(long address, int sizeBytes) {
            long word = 0x1122_3344_5566_7788L;
            return address != 0x1008
                    ? OptionalLong.empty()
                    : OptionalLong.of(sizeBytes == 8 ? word : word & ((1L << (8 * sizeBytes)) - 1));
        }

        @Override
        public long addressOf(long svma) {
            return svma + 0x10_0000;
        }
    };

    /** DWARF 5, section 2.5.1, in the order of its tables. */
    @ParameterizedTest
    @CsvSource({
        "lit5, 35, 5",
        "addr, 03 78 56 34 12 00 00 00 00, 0x12445678",
        "const1u, 08 ff, 0xff",
        "const1s, 09 ff, -1",
        "const2u, 0a fe ff, 0xfffe",
        "const2s, 0b fe ff, -2",
        "const4u, 0c fd ff ff ff, 0xfffffffd",
        "const4s, 0d fd ff ff ff, -3",
        "const8u, 0e 01 00 00 00 00 00 00 80, -0x7fffffffffffffff",
        "const8s, 0f fc ff ff ff ff ff ff ff, -4",
        "constu, 10 e5 8e 26, 624485",
        "consts, 11 80 7f, -128",
        "breg7+8, 77 08, 0x1008",
        "bregx 16-5, 92 10 7b, 0x4010",
        "dup, 33 12 22, 6",
        "drop, 33 34 13, 3",
        "pick, 31 32 33 15 02, 1",
        "over, 31 32 14, 1",
        "swap, 31 35 16 1c, 4",
        "rot: the top is third, 31 32 33 17 13 13, 3",
        "rot: the third is second, 31 32 33 17 13, 1",
        "rot: the second is on top, 31 32 33 17, 2",
        "deref, 77 08 06, 0x1122334455667788",
        "deref_size, 77 08 94 02, 0x7788",
        "xderef, 30 77 08 18, 0x1122334455667788",
        "xderef_size, 30 77 08 95 01, 0x88",
        "abs, 09 f0 19, 16",
        "and, 3c 3a 1a, 8",
        "div, 09 f1 32 1b, -7",
        "minus, 33 35 1c, -2",
        "mod, 3b 34 1d, 3",
        "mul, 09 fe 33 1e, -6",
        "neg, 35 1f, -5",
        "not, 30 20, -1",
        "or, 3c 33 21, 15",
        "plus, 33 34 22, 7",
        "plus_uconst, 33 23 80 01, 131",
        "shl, 31 34 24, 16",
        "shl all out, 31 08 40 24, 0",
        "shr, 09 ff 08 3c 25, 15",
        "shra, 09 f0 32 26, -4",
        "shra all out, 09 f0 08 ff 26, -1",
        "xor, 3c 3a 27, 6",
        "le, 09 ff 30 2c, 1",
        "ge, 09 ff 30 2a, 0",
        "eq, 33 33 29, 1",
        "lt, 30 30 2d, 0",
        "gt, 31 09 ff 2b, 1",
        "ne, 31 32 2e, 1",
        "skip, 31 2f 01 00 32, 1",
        "bra taken, 31 31 28 01 00 32, 1",
        "bra not taken, 31 30 28 01 00 32, 2",
        "nop, 96 31 96, 1",
        "stack_value, 77 00 9f, 0x1000"
    })
    void operations(String name, String bytes, String expected) throws MalformedException {
        assertThat(expression(bytes, 8).evaluate(INPUTS, Limits.defaults()))
                .as(name)
                .isEqualTo(new Evaluation.Value(Long.decode(expected)));
    }

    @Test
    void theExpressionOfALinkageTable() throws MalformedException {
        // rsp + 8 + ((rip & 15) >= 11) * 8, at an entry's offset 5 and 11
        DwarfExpression linkage = expression("77 08 80 00 3f 1a 3b 2a 33 24 22", 8);
        assertThat(linkage.evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(0x1008));
    }

    @Test
    void aLoopCountsDown() throws MalformedException {
        // 10; again: 1, minus, dup, bra again
        assertThat(expression("3a 31 1c 12 28 fa ff", 8).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(0));
    }

    @Test
    void addressesOfFourBytesWrap() throws MalformedException {
        assertThat(expression("09 ff", 4).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(0xffff_ffffL));
        assertThat(expression("09 fe 31 26", 4).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(0xffff_ffffL));
        assertThat(expression("09 ff 30 2d", 4).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(1));
    }

    @Test
    void theCfaIsOnTheStackOfARegistersRule() throws MalformedException {
        assertThat(expression("23 10", 8).evaluate(0x7000, INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(0x7010));
    }

    @Test
    void whatIsNotThereIsSaid() throws MalformedException {
        assertThat(expression("08 99 06", 8).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.NoMemory(0x99));
        assertThat(expression("73 00", 8).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.NoRegister(3));
        assertThat(expression("9c", 8).evaluate(INPUTS, Limits.defaults()))
                .isEqualTo(new Evaluation.Unsupported(0x9c));
    }

    @ParameterizedTest
    @CsvSource({
        "nothing left, ''",
        "one operand, 31 22",
        "division by zero, 31 30 1b",
        "remainder by zero, 31 30 1d",
        "a jump outside, 31 2f 00 70",
        "a jump before the start, 31 2f 00 80",
        "an operand that is cut, 0c 01",
        "pick too deep, 31 15 01",
        "deref of nine bytes, 31 94 09"
    })
    void brokenOnesAreMalformed(String name, String bytes) {
        assertThatThrownBy(() -> expression(bytes, 8).evaluate(INPUTS, Limits.defaults()))
                .as(name)
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void loopsEndAtTheLimitOfStepsAndOfTheStack() {
        assertThatThrownBy(() -> expression("2f fd ff", 8).evaluate(INPUTS, Limits.defaults()))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("10000 operations");
        assertThatThrownBy(() -> expression("31 2f fc ff", 8).evaluate(INPUTS, Limits.defaults()))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("256 values");
    }

    @Test
    void noBytesAtAllBreakIt() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            DwarfExpression expression = new DwarfExpression(
                    ByteSource.ofBytes("random", bytes, ByteOrder.LITTLE_ENDIAN), 8);
            try {
                assertThat(expression.evaluate(INPUTS, Limits.defaults())).isNotNull();
            } catch (MalformedException allowed) {
                assertThat(allowed.source()).isEqualTo("random");
            }
        }
    }

    private static DwarfExpression expression(String hex, int addressSizeBytes) {
        byte[] bytes = hex.isEmpty() ? new byte[0] : HexFormat.ofDelimiter(" ").parseHex(hex);
        return new DwarfExpression(
                ByteSource.ofBytes("expression", bytes, ByteOrder.LITTLE_ENDIAN), addressSizeBytes);
    }

    /** What variables need: the frame's base is 0x1000, its canonical address 0x1010. */
    private static final ExpressionInputs FRAME = new ExpressionInputs() {
        @Override
        public OptionalLong register(int number) {
            return INPUTS.register(number);
        }

        @Override
        public OptionalLong memory(long address, int sizeBytes) {
            return INPUTS.memory(address, sizeBytes);
        }

        @Override
        public long addressOf(long svma) {
            return INPUTS.addressOf(svma);
        }

        @Override
        public OptionalLong indexed(long index) {
            return index == 2 ? OptionalLong.of(0x2000) : OptionalLong.empty();
        }

        @Override
        public OptionalLong frameBase() {
            return OptionalLong.of(0x1000);
        }

        @Override
        public OptionalLong frameAddress() {
            return OptionalLong.of(0x1010);
        }

        @Override
        public OptionalLong entryValue(DwarfExpression atEntry) throws MalformedException {
            return atEntry.register().equals(OptionalLong.of(5))
                    ? OptionalLong.of(0x77)
                    : OptionalLong.empty();
        }
    };

    /** A register's, memory's, and a value of its own (DWARF 5, sections 2.5.1.7 and 2.6.1). */
    @ParameterizedTest
    @CsvSource({
        "reg7, 57, 0x1000",
        "regx 16, 90 10, 0x4015",
        "fbreg+8, 91 08, 0x1122334455667788",
        "call_frame_cfa-8, 9c 38 1c, 0x1122334455667788",
        "breg7+1 as a value, 77 01 9f, 0x1001",
        "entry value of reg5, a3 01 55 9f, 0x77",
        "GNU's entry value of reg5 and 4, f3 01 55 23 04 9f, 0x7b",
        "addrx 2 as a value, a1 02 9f, 0x102000",
        "constx 2 as a value, a2 02 9f, 0x2000",
        "GNU's addr_index 2, fb 02 9f, 0x102000",
    })
    void variablesHaveTheirValue(String name, String code, String value) throws MalformedException {
        assertThat(expression(code, 8).variable(FRAME, Limits.defaults()))
                .isEqualTo(new Evaluation.Value(Long.decode(value)));
    }

    @ParameterizedTest
    @CsvSource({
        "a register that is lost, 55",
        "memory that is not there, 91 00",
        "another register at entry, a3 01 54 9f",
        "an address that the table does not have, a1 03 9f",
        "in two pieces, 57 93 04 58 93 04",
    })
    void variablesThatAreNotThereHaveNone(String name, String code) throws MalformedException {
        assertThat(expression(code, 8).variable(FRAME, Limits.defaults()))
                .isNotInstanceOf(Evaluation.Value.class);
    }

    @Test
    void aVariableWithoutAPlaceHasNoValue() throws MalformedException {
        assertThat(expression("", 8).variable(FRAME, Limits.defaults()))
                .isInstanceOf(Evaluation.Unsupported.class);
    }

    @Test
    void anEntryValueEndsWithinTheExpression() {
        assertThatThrownBy(() -> expression("a3 05 55 9f", 8).variable(FRAME, Limits.defaults()))
                .isInstanceOf(MalformedException.class);
    }
}
