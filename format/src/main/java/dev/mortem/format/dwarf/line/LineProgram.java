package dev.mortem.format.dwarf.line;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.line.LineHeader.FileEntry;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs a line number program: a state machine whose instructions append rows to a matrix (DWARF 5,
 * sections 6.2.2 and 6.2.5). Every instruction takes at least a byte, so a program ends, and has at most
 * as many rows as bytes. Belongs to one thread.
 */
public final class LineProgram {
    /** Takes the rows in the program's order. */
    @FunctionalInterface
    public interface RowSink {
        void row(LineRow row) throws MalformedException;
    }

    private static final int DW_LNS_copy = 0x01;
    private static final int DW_LNS_advance_pc = 0x02;
    private static final int DW_LNS_advance_line = 0x03;
    private static final int DW_LNS_set_file = 0x04;
    private static final int DW_LNS_set_column = 0x05;
    private static final int DW_LNS_negate_stmt = 0x06;
    private static final int DW_LNS_set_basic_block = 0x07;
    private static final int DW_LNS_const_add_pc = 0x08;
    private static final int DW_LNS_fixed_advance_pc = 0x09;
    private static final int DW_LNS_set_prologue_end = 0x0a;
    private static final int DW_LNS_set_epilogue_begin = 0x0b;
    private static final int DW_LNS_set_isa = 0x0c;
    private static final int DW_LNE_end_sequence = 0x01;
    private static final int DW_LNE_set_address = 0x02;
    private static final int DW_LNE_define_file = 0x03;

    /** The special opcode whose address advance DW_LNS_const_add_pc takes. */
    private static final int CONST_ADD_PC_OPCODE = 255;

    private final LineHeader header;
    private final RowSink sink;
    private final List<FileEntry> added = new ArrayList<>();
    private long address;
    private int opIndex;
    private int file;
    private int line;
    private int column;
    private boolean isStmt;

    public LineProgram(LineHeader header, RowSink sink) {
        this.header = header;
        this.sink = sink;
    }

    /**
     * Runs all of the program.
     *
     * @return the files that the program itself defined; they count on behind the header's
     * @throws MalformedException at the first broken instruction; the rows before it are with the sink
     */
    public List<FileEntry> run() throws MalformedException {
        ByteCursor cursor = header.program().cursor(0);
        startSequence();
        while (!cursor.atEnd()) {
            int opcode = cursor.u1("opcode");
            if (opcode >= header.opcodeBase()) {
                special(cursor, opcode);
            } else if (opcode == 0) {
                extended(cursor);
            } else {
                standard(cursor, opcode);
            }
        }
        return List.copyOf(added);
    }

    private void startSequence() {
        address = 0;
        opIndex = 0;
        file = 1;
        line = 1;
        column = 0;
        isStmt = header.defaultIsStmt();
    }

    /** Section 6.2.5.1: one byte advances both address and line and appends a row. */
    private void special(ByteCursor cursor, int opcode) throws MalformedException {
        int adjusted = opcode - header.opcodeBase();
        advance(adjusted / lineRange(cursor));
        line += header.lineBase() + adjusted % lineRange(cursor);
        append(false);
    }

    /** Section 6.2.5.2. */
    private void standard(ByteCursor cursor, int opcode) throws MalformedException {
        switch (opcode) {
            case DW_LNS_copy -> append(false);
            case DW_LNS_advance_pc -> advance(cursor.uleb("DW_LNS_advance_pc"));
            case DW_LNS_advance_line -> line += (int) cursor.sleb("DW_LNS_advance_line");
            case DW_LNS_set_file -> file = (int) cursor.uleb("DW_LNS_set_file");
            case DW_LNS_set_column -> column = (int) cursor.uleb("DW_LNS_set_column");
            case DW_LNS_negate_stmt -> isStmt = !isStmt;
            case DW_LNS_set_basic_block, DW_LNS_set_prologue_end, DW_LNS_set_epilogue_begin -> {}
            case DW_LNS_const_add_pc ->
                advance((CONST_ADD_PC_OPCODE - header.opcodeBase()) / lineRange(cursor));
            case DW_LNS_fixed_advance_pc -> {
                address += cursor.u2("DW_LNS_fixed_advance_pc");
                opIndex = 0;
            }
            case DW_LNS_set_isa -> cursor.uleb("DW_LNS_set_isa");
            default -> {
                int operands = header.operandCounts().get(opcode - 1);
                for (int operand = 0; operand < operands; operand++) {
                    cursor.uleb("operand of an unknown opcode");
                }
            }
        }
    }

    /** Section 6.2.5.3: a length, then an opcode and its operands. */
    private void extended(ByteCursor cursor) throws MalformedException {
        long length = cursor.uleb("length of an extended opcode");
        if (length == 0) {
            return; // padding behind the last sequence; there is no opcode to obey
        }
        ByteCursor operands = cursor.take("extended opcode", length).cursor(0);
        switch (operands.u1("extended opcode")) {
            case DW_LNE_end_sequence -> {
                append(true);
                startSequence();
            }
            case DW_LNE_set_address -> {
                address = setAddress(operands);
                opIndex = 0;
            }
            case DW_LNE_define_file -> {
                if (added.size() >= LineHeader.ENTRIES_MAX.defaultMax()) {
                    throw operands.malformed(
                            "DW_LNE_define_file",
                            added.size() + " files",
                            "at most " + LineHeader.ENTRIES_MAX.defaultMax());
                }
                String name = LineHeader.readFileName(operands);
                added.add(LineHeader.readOldFile(operands, name));
            }
            default -> {} // DW_LNE_set_discriminator and what vendors added: passed over
        }
    }

    private static long setAddress(ByteCursor operands) throws MalformedException {
        long size = operands.remaining();
        if (size != 2 && size != 4 && size != 8) {
            throw operands.malformed("DW_LNE_set_address", size + " bytes", "2, 4 or 8 bytes");
        }
        return operands.unsigned("DW_LNE_set_address", (int) size);
    }

    /**
     * (address', opIndex') = (address + minimumLength * ((opIndex + advance) / maximumOperations),
     * (opIndex + advance) % maximumOperations).
     */
    private void advance(long operationAdvance) {
        if (header.maximumOperations() == 1) {
            address += header.minimumInstructionLength() * operationAdvance;
            return;
        }
        long operations = opIndex + operationAdvance;
        long instructions = Long.divideUnsigned(operations, header.maximumOperations());
        address += header.minimumInstructionLength() * instructions;
        opIndex = (int) Long.remainderUnsigned(operations, header.maximumOperations());
    }

    private int lineRange(ByteCursor cursor) throws MalformedException {
        if (header.lineRange() == 0) {
            throw cursor.malformed("line_range", "0", "a divisor for special opcodes");
        }
        return header.lineRange();
    }

    private void append(boolean endSequence) throws MalformedException {
        sink.row(new LineRow(address, opIndex, file, line, column, isStmt, endSequence));
    }
}
