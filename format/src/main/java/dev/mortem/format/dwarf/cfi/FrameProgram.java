package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.expression.DwarfExpression;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The call frame instructions of one FDE, run row by row (DWARF 5, 6.4.2 and 6.4.3). Belongs to one
 * thread.
 *
 * <p>A program has no loops: it ends because every instruction takes at least a byte.
 */
public final class FrameProgram {
    /** Instructions of one FDE with its CIE. */
    public static final Limit PROGRAM_SIZE_MAX = new Limit(
            "call frame instructions",
            1 << 20,
            "bytes",
            "the largest functions of browsers have some 20 KB; every byte may be a row that a"
                    + " lookup passes over");

    /** DW_CFA_remember_state without a DW_CFA_restore_state. */
    public static final Limit REMEMBERED_MAX = new Limit(
            "remembered states",
            64,
            "states",
            "compilers nest at most a few; each copies all rules");

    private final Fde fde;
    private final FrameState state;
    private final FrameState initial;
    private final Deque<FrameState> remembered = new ArrayDeque<>();
    private final int rememberedMax;
    private final ByteCursor code;
    private long location;
    private boolean ended;

    private FrameProgram(Fde fde, Limits limits) throws MalformedException {
        ByteSource initialCode = fde.cie().initialInstructions();
        long size = initialCode.sizeBytes() + fde.instructions().sizeBytes();
        if (!limits.allows(PROGRAM_SIZE_MAX, size)) {
            throw fde.instructions()
                    .malformed(
                            "instructions",
                            0,
                            size + " bytes",
                            "at most " + limits.max(PROGRAM_SIZE_MAX));
        }
        this.fde = fde;
        this.rememberedMax = limits.maxInt(REMEMBERED_MAX);
        this.location = fde.range().start();
        this.state = new FrameState();
        // What DW_CFA_restore goes back to: empty while the CIE's own instructions define it.
        this.initial = new FrameState();
        ByteCursor initialCursor = initialCode.cursor(0);
        while (!initialCursor.atEnd()) {
            step(initialCursor);
        }
        initial.copyFrom(state);
        this.code = fde.instructions().cursor(0);
    }

    /**
     * The row for a pc.
     *
     * @return empty where {@code svma} lies outside the FDE
     * @throws MalformedException when an instruction up to that row is broken
     */
    public static Optional<FrameRow> rowAt(Fde fde, long svma, Limits limits)
            throws MalformedException {
        if (!fde.range().contains(svma)) {
            return Optional.empty();
        }
        FrameProgram program = new FrameProgram(fde, limits);
        while (!program.ended) {
            long start = program.location;
            program.runToNextRow();
            if (program.ended || Long.compareUnsigned(svma, program.location) < 0) {
                return Optional.of(program.row(start));
            }
        }
        return Optional.empty();
    }

    /** All rows of the FDE by ascending pc; those that cover no address are left out. */
    public static List<FrameRow> rows(Fde fde, Limits limits) throws MalformedException {
        FrameProgram program = new FrameProgram(fde, limits);
        List<FrameRow> rows = new ArrayList<>();
        while (!program.ended) {
            long start = program.location;
            program.runToNextRow();
            rows.add(program.row(start));
        }
        return rows;
    }

    private FrameRow row(long start) throws MalformedException {
        long end = ended ? fde.range().end() : location;
        return state.row(start, end, fde);
    }

    /** Runs up to the instruction that advances the location, or to the end. */
    private void runToNextRow() throws MalformedException {
        long start = location;
        while (!code.atEnd()) {
            step(code);
            if (location != start) {
                return;
            }
        }
        ended = true;
    }

    private void step(ByteCursor cursor) throws MalformedException {
        int opcode = cursor.u1("DW_CFA");
        int operand = opcode & 0x3f;
        switch (opcode & 0xc0) {
            case CfaOp.ADVANCE_LOC -> advance(operand, cursor);
            case CfaOp.OFFSET -> state.set(operand, factoredOffset(cursor), cursor);
            case CfaOp.RESTORE -> restore(operand, cursor);
            default -> {
                if (!location(opcode, cursor)
                        && !cfa(opcode, cursor)
                        && !register(opcode, cursor)
                        && !other(opcode, cursor)) {
                    throw cursor.malformed(
                            "DW_CFA",
                            "the unknown instruction 0x" + Integer.toHexString(opcode),
                            "DWARF 5's, and GNU's, MIPS's and AArch64's");
                }
            }
        }
    }

    /** Row creation instructions (6.4.2.1). */
    private boolean location(int opcode, ByteCursor cursor) throws MalformedException {
        switch (opcode) {
            case CfaOp.SET_LOC -> setLocation(cursor);
            case CfaOp.ADVANCE_LOC1 -> advance(cursor.u1("DW_CFA_advance_loc1"), cursor);
            case CfaOp.ADVANCE_LOC2 -> advance(cursor.u2("DW_CFA_advance_loc2"), cursor);
            case CfaOp.ADVANCE_LOC4 -> advance(cursor.u4("DW_CFA_advance_loc4"), cursor);
            case CfaOp.MIPS_ADVANCE_LOC8 -> advance(cursor.u8("DW_CFA_MIPS_advance_loc8"), cursor);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void setLocation(ByteCursor cursor) throws MalformedException {
        cursor.skip("DW_CFA_set_loc", fde.cie().segmentSizeBytes());
        long to = fde.cie()
                .pointers()
                .read(cursor, fde.instructionBases(cursor), location, "DW_CFA_set_loc");
        if (Long.compareUnsigned(to, location) <= 0) {
            throw cursor.malformed(
                    "DW_CFA_set_loc", "a location that is not further", "ascending locations");
        }
        location = to;
    }

    private void advance(long delta, ByteCursor cursor) throws MalformedException {
        long to = fde.bases().cut(location + delta * fde.cie().codeAlignment());
        if (Long.compareUnsigned(to, location) < 0) {
            throw cursor.malformed(
                    "DW_CFA_advance_loc", "a location beyond all addresses", "ascending ones");
        }
        location = to;
    }

    /** CFA definition instructions (6.4.2.2). */
    private boolean cfa(int opcode, ByteCursor cursor) throws MalformedException {
        switch (opcode) {
            case CfaOp.DEF_CFA -> {
                int register = number(cursor);
                state.defineCfa(register, cursor.uleb("DW_CFA_def_cfa"));
            }
            case CfaOp.DEF_CFA_SF -> {
                int register = number(cursor);
                state.defineCfa(register, factored(cursor.sleb("DW_CFA_def_cfa_sf")));
            }
            // Both keep what the other set, as GCC's unwinder does behind an expression as well.
            case CfaOp.DEF_CFA_REGISTER -> state.defineCfa(number(cursor), state.cfaOffset());
            case CfaOp.DEF_CFA_OFFSET ->
                state.defineCfa(state.cfaRegister(), cursor.uleb("DW_CFA_def_cfa_offset"));
            case CfaOp.DEF_CFA_OFFSET_SF ->
                state.defineCfa(
                        state.cfaRegister(), factored(cursor.sleb("DW_CFA_def_cfa_offset_sf")));
            case CfaOp.DEF_CFA_EXPRESSION -> state.defineCfa(expression(cursor));
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Register rule instructions (6.4.2.3). */
    private boolean register(int opcode, ByteCursor cursor) throws MalformedException {
        if (!CfaOp.isRegisterRule(opcode)) {
            return false;
        }
        int register = number(cursor);
        if (opcode == CfaOp.RESTORE_EXTENDED) {
            restore(register, cursor);
            return true;
        }
        RegisterRule rule = switch (opcode) {
            case CfaOp.UNDEFINED -> new RegisterRule.Undefined();
            case CfaOp.SAME_VALUE -> new RegisterRule.SameValue();
            case CfaOp.OFFSET_EXTENDED -> factoredOffset(cursor);
            case CfaOp.OFFSET_EXTENDED_SF ->
                new RegisterRule.Offset(factored(cursor.sleb("DW_CFA_offset_extended_sf")));
            // The offset is subtracted: an old GCC's PowerPC code (LSB Core, 10.5.2).
            case CfaOp.GNU_NEGATIVE_OFFSET_EXTENDED ->
                new RegisterRule.Offset(
                        -factored(cursor.uleb("DW_CFA_GNU_negative_offset_extended")));
            case CfaOp.VAL_OFFSET ->
                new RegisterRule.ValOffset(factored(cursor.uleb("DW_CFA_val_offset")));
            case CfaOp.VAL_OFFSET_SF ->
                new RegisterRule.ValOffset(factored(cursor.sleb("DW_CFA_val_offset_sf")));
            case CfaOp.REGISTER -> new RegisterRule.InRegister(number(cursor));
            case CfaOp.EXPRESSION -> new RegisterRule.Expression(expression(cursor));
            case CfaOp.VAL_EXPRESSION -> new RegisterRule.ValExpression(expression(cursor));
            default -> throw new IllegalStateException("DW_CFA " + opcode);
        };
        state.set(register, rule, cursor);
        return true;
    }

    /** Row state (6.4.2.4), padding (6.4.2.5) and vendors' own. */
    private boolean other(int opcode, ByteCursor cursor) throws MalformedException {
        switch (opcode) {
            case CfaOp.REMEMBER_STATE -> remember(cursor);
            case CfaOp.RESTORE_STATE -> restoreState(cursor);
            case CfaOp.NOP -> {
                // fills space
            }
            // Arguments on the stack matter to a landing pad only: the CFA counts them already.
            case CfaOp.GNU_ARGS_SIZE -> cursor.uleb("DW_CFA_GNU_args_size");
            // On SPARC the first is DW_CFA_GNU_window_save; we read no stacks of SPARC.
            case CfaOp.AARCH64_NEGATE_RA_STATE, CfaOp.AARCH64_NEGATE_RA_STATE_WITH_PC ->
                state.toggleReturnAddressSigned();
            default -> {
                return false;
            }
        }
        return true;
    }

    private void remember(ByteCursor cursor) throws MalformedException {
        if (remembered.size() == rememberedMax) {
            throw cursor.malformed(
                    "DW_CFA_remember_state", "a stack that is full", "at most " + rememberedMax);
        }
        FrameState copy = new FrameState();
        copy.copyFrom(state);
        remembered.push(copy);
    }

    private void restoreState(ByteCursor cursor) throws MalformedException {
        FrameState last = remembered.poll();
        if (last == null) {
            throw cursor.malformed(
                    "DW_CFA_restore_state", "nothing remembered", "DW_CFA_remember_state before");
        }
        state.copyFrom(last);
    }

    private void restore(int register, ByteCursor cursor) throws MalformedException {
        Optional<RegisterRule> rule = initial.rule(register);
        if (rule.isPresent()) {
            state.set(register, rule.get(), cursor);
        } else {
            state.unset(register);
        }
    }

    private RegisterRule.Offset factoredOffset(ByteCursor cursor) throws MalformedException {
        return new RegisterRule.Offset(factored(cursor.uleb("DW_CFA_offset")));
    }

    private long factored(long offset) {
        return offset * fde.cie().dataAlignment();
    }

    private static int number(ByteCursor cursor) throws MalformedException {
        long number = cursor.uleb("register");
        if (Long.compareUnsigned(number, FrameState.REGISTER_MAX) > 0) {
            throw cursor.malformed(
                    "register",
                    Long.toUnsignedString(number),
                    "a DWARF register number up to " + FrameState.REGISTER_MAX);
        }
        return (int) number;
    }

    private DwarfExpression expression(ByteCursor cursor) throws MalformedException {
        long size = cursor.uleb("DW_FORM_block");
        return new DwarfExpression(cursor.take("expression", size), fde.cie().addressSizeBytes());
    }
}
