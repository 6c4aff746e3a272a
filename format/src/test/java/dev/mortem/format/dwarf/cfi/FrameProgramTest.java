package dev.mortem.format.dwarf.cfi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Optional;

/** Each call frame instruction (DWARF 5, 6.4.2) behind the CIE of x86-64. */
class FrameProgramTest {
    private static final long START = 0x1000;

    @ParameterizedTest
    @CsvSource({
        "offset, 83 02, Offset[offset=-16]",
        "offset_extended, 05 03 03, Offset[offset=-24]",
        "offset_extended_sf, 11 03 7e, Offset[offset=16]",
        "GNU_negative_offset_extended, 2f 03 02, Offset[offset=16]",
        "undefined, 07 03, Undefined[]",
        "same_value, 08 03, SameValue[]",
        "register, 09 03 0c, InRegister[register=12]",
        "val_offset, 14 03 02, ValOffset[offset=-16]",
        "val_offset_sf, 15 03 7f, ValOffset[offset=8]",
        "restored to no rule, 83 02 c3, none",
        "restore_extended, 83 02 06 03, none",
        "state restored, 83 02 0a 83 04 0b, Offset[offset=-16]",
        "ignored args_size, 83 02 2e 10, Offset[offset=-16]"
    })
    void registerRules(String name, String instructions, String expected)
            throws MalformedException {
        FrameRow row = rows(instructions).getLast();
        assertThat(row.ruleOf(3).map(Object::toString).orElse("none")).as(name).isEqualTo(expected);
        assertThat(row.ruleOf(16)).contains(new RegisterRule.Offset(-8));
    }

    @Test
    void expressionsKeepTheirBytes() throws MalformedException {
        FrameRow row = rows("10 03 02 77 10 16 04 01 30 0f 01 31").getLast();
        assertThat(row.ruleOf(3).orElseThrow())
                .isInstanceOfSatisfying(
                        RegisterRule.Expression.class,
                        rule -> assertThat(rule.expression().bytes().sizeBytes())
                                .isEqualTo(2));
        assertThat(row.ruleOf(4).orElseThrow()).isInstanceOf(RegisterRule.ValExpression.class);
        assertThat(row.cfa()).isInstanceOf(CfaRule.Computed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "def_cfa, 0c 06 10, 6, 16",
        "def_cfa_sf, 12 06 7e, 6, 16",
        "def_cfa_register, 0d 06, 6, 8",
        "def_cfa_offset, 0e 20, 7, 32",
        "def_cfa_offset_sf, 13 7c, 7, 32",
        "state restored, 0a 0c 06 10 0b, 7, 8",
        "register behind an expression, 0f 01 30 0d 06, 6, 8"
    })
    void cfaRules(String name, String instructions, int register, long offset)
            throws MalformedException {
        assertThat(rows(instructions).getLast().cfa())
                .as(name)
                .isEqualTo(new CfaRule.RegisterOffset(register, offset));
    }

    @ParameterizedTest
    @CsvSource({
        "advance_loc, 44 0e 10, 0x1004",
        "advance_loc1, 02 80 0e 10, 0x1080",
        "advance_loc2, 03 00 01 0e 10, 0x1100",
        "advance_loc4, 04 00 02 00 00 0e 10, 0x1200",
        "MIPS_advance_loc8, 1d 00 03 00 00 00 00 00 00 0e 10, 0x1300"
    })
    void rowsBeginWhereTheLocationAdvances(String name, String instructions, String start)
            throws MalformedException {
        List<FrameRow> rows = rows(instructions);
        assertThat(rows).as(name).hasSize(2);
        long second = Long.decode(start);
        assertThat(rows.getFirst().start()).isEqualTo(START);
        assertThat(rows.getFirst().end()).isEqualTo(second);
        assertThat(rows.getLast().end()).isEqualTo(START + 0x1000);
        assertThat(rows.getFirst().cfa()).isEqualTo(new CfaRule.RegisterOffset(7, 8));
        assertThat(rows.getLast().cfa()).isEqualTo(new CfaRule.RegisterOffset(7, 16));
        Fde fde = fde(instructions);
        assertThat(rowAt(fde, second - 1).orElseThrow().start()).isEqualTo(START);
        assertThat(rowAt(fde, second).orElseThrow().start()).isEqualTo(second);
        assertThat(rowAt(fde, START - 1)).isEmpty();
        assertThat(rowAt(fde, START + 0x1000)).isEmpty();
    }

    @Test
    void aSetLocationIsAPointerOfTheCie() throws MalformedException {
        // The operand lies behind CIE (22 bytes), length, pointer, range, size, opcode.
        long operand = FrameBytes.SECTION + new FrameBytes().cieOfAmd64() + 22 + 18;
        byte[] relative = new byte[4];
        FrameBytes.into(relative).putInt((int) (0x1400 - operand));
        String hex = "01 %02x %02x %02x %02x 0e 10"
                .formatted(relative[0], relative[1], relative[2], relative[3]);
        assertThat(rows(hex).getLast().start()).isEqualTo(0x1400);
    }

    @Test
    void returnAddressesThatAreSigned() throws MalformedException {
        List<FrameRow> rows = rows("44 2d 44 2d 44 2c");
        assertThat(rows)
                .extracting(FrameRow::isReturnAddressSigned)
                .containsExactly(false, true, false, true);
    }

    @ParameterizedTest
    @CsvSource({
        "unknown, 3f",
        "cut operand, 0e",
        "cut expression, 0f 05 30",
        "nothing remembered, 0b",
        "register number, 05 80 10 01",
        "location goes back, 01 d0 ef ff ff"
    })
    void brokenInstructionsAreMalformed(String name, String instructions) {
        assertThatThrownBy(() -> rows(instructions))
                .as(name)
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void aBrokenInstructionBehindTheRowDoesNoHarm() throws MalformedException {
        Fde fde = fde("44 0e 10 44 3f");
        assertThat(rowAt(fde, START + 4)).isPresent();
        assertThatThrownBy(() -> rowAt(fde, START + 8)).isInstanceOf(MalformedException.class);
    }

    @Test
    void rememberedStatesAndInstructionsAreLimited() {
        int max = (int) FrameProgram.REMEMBERED_MAX.defaultMax();
        assertThatThrownBy(() -> rows("0a ".repeat(max + 1)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("at most 64");
        assertThatThrownBy(() -> FrameProgram.rows(
                        fde("00 ".repeat(100)),
                        Limits.defaults().with(FrameProgram.PROGRAM_SIZE_MAX, 50)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("at most 50");
    }

    private static List<FrameRow> rows(String instructions) throws MalformedException {
        return FrameProgram.rows(fde(instructions), Limits.defaults());
    }

    private static Optional<FrameRow> rowAt(Fde fde, long svma) throws MalformedException {
        return FrameProgram.rowAt(fde, svma, Limits.defaults());
    }

    private static Fde fde(String instructions) throws MalformedException {
        FrameBytes bytes = new FrameBytes();
        int cie = bytes.cieOfAmd64();
        int fde = bytes.fde(cie, START, 0x1000, instructions);
        return FrameBytes.section(bytes.build()).fdeAt(fde);
    }
}
