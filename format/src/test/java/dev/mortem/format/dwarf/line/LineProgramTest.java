package dev.mortem.format.dwarf.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Programs written byte by byte, judged against the sentences of DWARF 5, section 6.2.5. */
class LineProgramTest {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    /** minimum_instruction_length, maximum_operations_per_instruction, line_base, line_range. */
    private record Machine(int minimumLength, int maximumOperations, int lineBase, int lineRange) {}

    private static final Machine USUAL = new Machine(1, 1, -5, 14);

    @Test
    void aSpecialOpcodeAdvancesAddressAndLine() throws MalformedException {
        // DWARF 5, section 6.2.5.1: opcode = (line increment - line_base) + line_range * advance
        // + opcode_base
        LineBytes program = LineBytes.little().setAddress(0x100).u1((3 + 5) + 14 * 2 + 13);
        assertThat(rows(USUAL, program.endSequence()))
                .containsExactly(row(0x102, 1, 4), end(0x102, 4));
    }

    @Test
    void constAddPcAdvancesAsOpcode255Does() throws MalformedException {
        LineBytes program = LineBytes.little().u1(8).u1(1).endSequence();
        long advance = (255 - 13) / 14;
        assertThat(rows(USUAL, program)).containsExactly(row(advance, 1, 1), end(advance, 1));
    }

    @Test
    void advancePcCountsInstructionsAndFixedAdvancePcBytes() throws MalformedException {
        Machine fixedLength = new Machine(4, 1, -5, 14);
        LineBytes program = LineBytes.little().u1(2, 3).u1(1).u1(9).u2(2).u1(1).endSequence();
        assertThat(rows(fixedLength, program))
                .containsExactly(row(12, 1, 1), row(14, 1, 1), end(14, 1));
    }

    @Test
    void aVliwMachineCountsOperations() throws MalformedException {
        // 3 operations to an instruction of 16 bytes: 4 operations on are 1 instruction and 1 more
        Machine vliw = new Machine(16, 3, -5, 14);
        LineBytes program = LineBytes.little().u1(2, 4).u1(1).u1(2, 2).u1(1).endSequence();
        assertThat(rows(vliw, program))
                .containsExactly(
                        new LineRow(16, 1, 1, 1, 0, true, false), row(32, 1, 1), end(32, 1));
    }

    @Test
    void registersAreSetAndKeptUntilTheSequenceEnds() throws MalformedException {
        LineBytes program = LineBytes.little()
                .u1(4, 2) // file
                .u1(5, 30) // column
                .u1(6) // negate_stmt
                .u1(7, 10, 11) // basic block, prologue end, epilogue begin: no operands
                .u1(12, 3) // isa
                .u1(1)
                .endSequence()
                .u1(1);
        assertThat(rows(USUAL, program))
                .containsExactly(
                        new LineRow(0, 0, 2, 1, 30, false, false),
                        new LineRow(0, 0, 2, 1, 30, false, true),
                        row(0, 1, 1));
    }

    @Test
    void unknownOpcodesArePassedOverByTheirOperands() throws MalformedException {
        LineBytes program = LineBytes.little()
                .u1(0, 4, 0x80, 1, 2, 3) // a vendor's extended opcode
                .u1(0, 2, 4, 9) // DW_LNE_set_discriminator
                .u1(13, 0x81, 0x01, 5) // standard opcode 13 of a later version, two operands
                .u1(1)
                .u1(0, 0) // padding
                .endSequence();
        byte[] table = table(4, USUAL, 14, program, false, LITTLE);
        assertThat(rows(table, LITTLE)).containsExactly(row(0, 1, 1), end(0, 1));
    }

    @Test
    void theLongFormAndTheOtherByteOrderReadTheSame() throws MalformedException {
        ByteOrder big = ByteOrder.BIG_ENDIAN;
        LineBytes program =
                new LineBytes(big).setAddress(0x1122334455667788L).u1(1).endSequence();
        for (int version = 2; version <= 4; version++) {
            byte[] table = table(version, USUAL, 13, program, true, big);
            assertThat(rows(table, big)).first().isEqualTo(row(0x1122334455667788L, 1, 1));
        }
    }

    @Test
    void aDivisionByZeroIsRefused() {
        Machine broken = new Machine(1, 1, -5, 0);
        assertThatThrownBy(() -> rows(broken, LineBytes.little().u1(200)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("line_range");
    }

    /** An address of 50 bytes, of which a list of directories may have one. */
    @Test
    void aSizeThatNoAddressHasIsRefused() {
        byte[] table = LineBytes.little()
                .u2(5)
                .u1(50, 0) // address_size, segment_selector_size
                .u4(12)
                .u1(1, 1, 1, 0xfb, 14, 1)
                .u1(1, 1, 0x01) // one format: DW_LNCT_path as DW_FORM_addr
                .u1(1, 0, 0)
                .raw(new byte[64])
                .asUnit()
                .toArray();
        assertThatThrownBy(() -> rows(table, LITTLE))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("address_size");
    }

    @Test
    void filesThatTheProgramDefinesCountOn() throws MalformedException {
        LineBytes program = LineBytes.little().u1(0, 9, 3).text("new.c").u1(0, 0);
        program.u1(0).u1(1).endSequence();
        LineBytes whole = LineBytes.little().u1(0, 10, 3).text("new.c").u1(0, 0, 0);
        byte[] table = table(4, USUAL, 13, whole, false, LITTLE);
        LineHeader header = LineHeader.read(sections(table, LITTLE), 0, Limits.defaults());
        List<LineHeader.FileEntry> added = new LineProgram(header, row -> {}).run();
        assertThat(added).containsExactly(new LineHeader.FileEntry("new.c", 0));
        assertThat(header.path(2, Optional.of("/dir"), added)).contains("/dir/new.c");
        assertThat(header.path(1, Optional.of("/dir"), added)).contains("/dir/one.c");
        assertThat(header.path(3, Optional.of("/dir"), added)).isEmpty();
        assertThat(header.path(0, Optional.of("/dir"), added)).isEmpty();
    }

    @Test
    void theUnitsOwnDirectoryIsNotJoinedTwice() throws MalformedException {
        LineHeader header = new LineHeader(
                5,
                4,
                1,
                1,
                true,
                -5,
                14,
                13,
                List.of(),
                List.of("./stdlib", "../include"),
                List.of(
                        new LineHeader.FileEntry("rand.c", 0),
                        new LineHeader.FileEntry("stdlib.h", 1)),
                ByteSource.ofBytes("none", new byte[0], LITTLE));
        assertThat(header.path(0, Optional.of("./stdlib"), List.of())).contains("./stdlib/rand.c");
        assertThat(header.path(1, Optional.of("./stdlib"), List.of()))
                .contains("./stdlib/../include/stdlib.h");
    }

    private static LineRow row(long address, int file, int line) {
        return new LineRow(address, 0, file, line, 0, true, false);
    }

    private static LineRow end(long address, int line) {
        return new LineRow(address, 0, 1, line, 0, true, true);
    }

    private static List<LineRow> rows(Machine machine, LineBytes program)
            throws MalformedException {
        return rows(table(4, machine, 13, program, false, LITTLE), LITTLE);
    }

    private static List<LineRow> rows(byte[] table, ByteOrder order) throws MalformedException {
        LineHeader header = LineHeader.read(sections(table, order), 0, Limits.defaults());
        List<LineRow> rows = new ArrayList<>();
        new LineProgram(header, rows::add).run();
        return rows;
    }

    private static DwarfSections sections(byte[] line, ByteOrder order) {
        return new DwarfSections(
                "test",
                section -> section == DwarfSection.LINE
                        ? Optional.of(ByteSource.ofBytes("test", line, order))
                        : Optional.empty());
    }

    private static byte[] table(
            int version,
            Machine machine,
            int opcodeBase,
            LineBytes program,
            boolean longForm,
            ByteOrder order) {
        LineBytes tables = new LineBytes(order).u1(machine.minimumLength);
        if (version >= 4) {
            tables.u1(machine.maximumOperations);
        }
        tables.u1(1, machine.lineBase & 0xff, machine.lineRange, opcodeBase);
        tables.u1(SmallDwarf.OPERANDS);
        if (opcodeBase == 14) {
            tables.u1(2);
        }
        tables.u1(0).text("one.c").u1(0, 0, 0).u1(0);
        LineBytes unit = new LineBytes(order).u2(version);
        if (longForm) {
            unit.u8(tables.size());
        } else {
            unit.u4(tables.size());
        }
        unit.add(tables).add(program);
        return (longForm ? unit.asUnit64() : unit.asUnit()).toArray();
    }
}
