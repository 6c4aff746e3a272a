package dev.mortem.format.dwarf.expression;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.OptionalLong;

/**
 * A DWARF expression (DWARF 5, section 2.5) of the generic type: every value is an integer of the size
 * of an address, signed where the operation says so. Immutable, safe for any thread.
 *
 * @param bytes the operations
 * @param addressSizeBytes 4 or 8
 */
public record DwarfExpression(ByteSource bytes, int addressSizeBytes) {
    /** Operations executed. */
    public static final Limit STEPS_MAX = new Limit(
            "DWARF expression steps",
            10_000,
            "operations",
            "the longest in real frame information, of signal trampolines and linkage tables, take"
                    + " under 20; DW_OP_skip can go backwards and would not end");

    /** Values on the stack. */
    public static final Limit STACK_MAX = new Limit(
            "DWARF expression stack",
            256,
            "values",
            "compilers use under 10; DW_OP_dup in a loop would fill the heap");

    /**
     * Evaluates from an empty stack, as DW_CFA_def_cfa_expression does.
     *
     * @throws MalformedException when the bytes are no expression, or it exceeds a limit
     */
    public Evaluation evaluate(ExpressionInputs inputs, Limits limits) throws MalformedException {
        return new Machine(this, inputs, limits).run();
    }

    /** Evaluates with one value on the stack: the CFA, as DW_CFA_expression puts it there. */
    public Evaluation evaluate(long initial, ExpressionInputs inputs, Limits limits)
            throws MalformedException {
        Machine machine = new Machine(this, inputs, limits);
        machine.push(initial);
        return machine.run();
    }

    /**
     * The value of a variable of the size of an address whose location this is (DWARF 5, section 2.6):
     * what a register or memory holds, or the value itself. Variables in pieces are unsupported.
     */
    public Evaluation variable(ExpressionInputs inputs, Limits limits) throws MalformedException {
        OptionalLong register = register();
        if (register.isPresent()) {
            int number = (int) Math.min(register.getAsLong(), Integer.MAX_VALUE);
            OptionalLong value = inputs.register(number);
            return value.isPresent()
                    ? new Evaluation.Value(value.getAsLong())
                    : new Evaluation.NoRegister(number);
        }
        if (bytes.sizeBytes() == 0) {
            return new Evaluation.Unsupported(0); // the variable is nowhere
        }
        Machine machine = new Machine(this, inputs, limits);
        Evaluation found = machine.run();
        return found instanceof Evaluation.Value(long address) && !machine.isValue
                ? machine.variableAt(address)
                : found;
    }

    /** The register that the expression names and does nothing else (section 2.6.1.1.3). */
    public OptionalLong register() throws MalformedException {
        if (bytes.sizeBytes() == 0) {
            return OptionalLong.empty();
        }
        ByteCursor code = bytes.cursor(0);
        int opcode = code.u1("DW_OP");
        long number = (long) opcode - DwarfOp.REG0;
        if (opcode == DwarfOp.REGX) {
            number = code.uleb("DW_OP_regx") & Long.MAX_VALUE;
        } else if (opcode < DwarfOp.REG0 || opcode > DwarfOp.REG31) {
            return OptionalLong.empty();
        }
        return code.atEnd() ? OptionalLong.of(number) : OptionalLong.empty();
    }

    /** One evaluation. */
    private static final class Machine {
        private final ByteCursor code;
        private final int addressSizeBytes;
        private final ExpressionInputs inputs;
        private final int stepsMax;
        private final long[] stack;
        private int depth;

        /** Whether what is on the stack is the variable, and not its address. */
        private boolean isValue;

        Machine(DwarfExpression expression, ExpressionInputs inputs, Limits limits)
                throws MalformedException {
            this.code = expression.bytes.cursor(0);
            this.addressSizeBytes = expression.addressSizeBytes;
            this.inputs = inputs;
            this.stepsMax = limits.maxInt(STEPS_MAX);
            this.stack = new long[limits.maxInt(STACK_MAX)];
        }

        Evaluation run() throws MalformedException {
            for (int steps = 0; !code.atEnd(); steps++) {
                if (steps == stepsMax) {
                    throw code.malformed("DW_OP", "no end", "at most " + stepsMax + " operations");
                }
                int opcode = code.u1("DW_OP");
                if (opcode == DwarfOp.STACK_VALUE) {
                    isValue = true;
                    break; // ends a description of a value: the value is on the stack
                }
                if (reads(opcode)) {
                    Evaluation lacking = read(opcode);
                    if (!(lacking instanceof Evaluation.Value)) {
                        return lacking;
                    }
                } else if (!constant(opcode) && !order(opcode) && !arithmetic(opcode)) {
                    return new Evaluation.Unsupported(opcode);
                }
            }
            return new Evaluation.Value(pop());
        }

        Evaluation variableAt(long address) {
            OptionalLong value = inputs.memory(address, addressSizeBytes);
            return value.isPresent()
                    ? new Evaluation.Value(value.getAsLong())
                    : new Evaluation.NoMemory(address);
        }

        private static boolean reads(int opcode) {
            return switch (opcode) {
                case DwarfOp.FBREG,
                        DwarfOp.CALL_FRAME_CFA,
                        DwarfOp.ADDRX,
                        DwarfOp.CONSTX,
                        DwarfOp.GNU_ADDR_INDEX,
                        DwarfOp.GNU_CONST_INDEX,
                        DwarfOp.ENTRY_VALUE,
                        DwarfOp.GNU_ENTRY_VALUE,
                        DwarfOp.DEREF,
                        DwarfOp.DEREF_SIZE,
                        DwarfOp.XDEREF,
                        DwarfOp.XDEREF_SIZE,
                        DwarfOp.BREGX -> true;
                default -> opcode >= DwarfOp.BREG0 && opcode <= DwarfOp.BREG31;
            };
        }

        /** Operations that look at a register or at memory (2.5.1.2, 2.5.1.3). */
        private Evaluation read(int opcode) throws MalformedException {
            return switch (opcode) {
                case DwarfOp.DEREF -> load(addressSizeBytes);
                case DwarfOp.DEREF_SIZE -> load(loadSize());
                // The second entry names an address space; the CPUs we read have one only.
                case DwarfOp.XDEREF -> {
                    swap();
                    pop();
                    yield load(addressSizeBytes);
                }
                case DwarfOp.XDEREF_SIZE -> {
                    swap();
                    pop();
                    yield load(loadSize());
                }
                case DwarfOp.BREGX -> {
                    long register = code.uleb("DW_OP_bregx");
                    yield based(register, code.sleb("DW_OP_bregx"));
                }
                case DwarfOp.FBREG -> {
                    long offset = code.sleb("DW_OP_fbreg");
                    yield ofFrame(opcode, inputs.frameBase(), offset);
                }
                case DwarfOp.CALL_FRAME_CFA -> ofFrame(opcode, inputs.frameAddress(), 0);
                case DwarfOp.ADDRX, DwarfOp.GNU_ADDR_INDEX -> {
                    OptionalLong svma = inputs.indexed(code.uleb("DW_OP_addrx"));
                    yield ofFrame(
                            opcode,
                            svma.isPresent()
                                    ? OptionalLong.of(inputs.addressOf(svma.getAsLong()))
                                    : svma,
                            0);
                }
                case DwarfOp.CONSTX, DwarfOp.GNU_CONST_INDEX ->
                    ofFrame(opcode, inputs.indexed(code.uleb("DW_OP_constx")), 0);
                case DwarfOp.ENTRY_VALUE, DwarfOp.GNU_ENTRY_VALUE -> {
                    long size = code.uleb("DW_OP_entry_value");
                    ByteSource block = code.source().slice("entry value", code.position(), size);
                    code.skip("DW_OP_entry_value", size);
                    yield ofFrame(
                            opcode,
                            inputs.entryValue(new DwarfExpression(block, addressSizeBytes)),
                            0);
                }
                default -> based(opcode - DwarfOp.BREG0, code.sleb("DW_OP_breg"));
            };
        }

        /** Operations on what is known of the frame and its unit (2.5.1.1, 2.5.1.2, 2.5.1.7). */
        private Evaluation ofFrame(int opcode, OptionalLong value, long offset)
                throws MalformedException {
            if (value.isEmpty()) {
                return new Evaluation.Unsupported(opcode);
            }
            push(value.getAsLong() + offset);
            return new Evaluation.Value(offset);
        }

        private int loadSize() throws MalformedException {
            int size = code.u1("DW_OP_deref_size");
            if (size < 1 || size > addressSizeBytes) {
                throw code.malformed(
                        "DW_OP_deref_size", size + " bytes", "1 to " + addressSizeBytes);
            }
            return size;
        }

        private Evaluation load(int sizeBytes) throws MalformedException {
            long address = pop();
            OptionalLong value = inputs.memory(address, sizeBytes);
            if (value.isEmpty()) {
                return new Evaluation.NoMemory(address);
            }
            push(value.getAsLong());
            return new Evaluation.Value(value.getAsLong());
        }

        private Evaluation based(long register, long offset) throws MalformedException {
            int number = (int) Math.min(register & Long.MAX_VALUE, Integer.MAX_VALUE);
            OptionalLong value = inputs.register(number);
            if (value.isEmpty()) {
                return new Evaluation.NoRegister(number);
            }
            push(value.getAsLong() + offset);
            return new Evaluation.Value(offset);
        }

        /** Literals (2.5.1.1). */
        private boolean constant(int opcode) throws MalformedException {
            String name = "DW_OP_const";
            switch (opcode) {
                case DwarfOp.ADDR ->
                    push(inputs.addressOf(code.unsigned("DW_OP_addr", addressSizeBytes)));
                case DwarfOp.CONST1U -> push(code.u1(name));
                case DwarfOp.CONST1S -> push((byte) code.u1(name));
                case DwarfOp.CONST2U -> push(code.u2(name));
                case DwarfOp.CONST2S -> push((short) code.u2(name));
                case DwarfOp.CONST4U -> push(code.u4(name));
                case DwarfOp.CONST4S -> push(code.s4(name));
                case DwarfOp.CONST8U, DwarfOp.CONST8S -> push(code.u8(name));
                case DwarfOp.CONSTU -> push(code.uleb(name));
                case DwarfOp.CONSTS -> push(code.sleb(name));
                default -> {
                    if (opcode < DwarfOp.LIT0 || opcode > DwarfOp.LIT31) {
                        return false;
                    }
                    push(opcode - DwarfOp.LIT0);
                }
            }
            return true;
        }

        /** Stack operations (2.5.1.3) and control flow (2.5.1.5). */
        private boolean order(int opcode) throws MalformedException {
            switch (opcode) {
                case DwarfOp.DUP -> push(at(0));
                case DwarfOp.DROP -> pop();
                case DwarfOp.OVER -> push(at(1));
                case DwarfOp.PICK -> push(at(code.u1("DW_OP_pick")));
                case DwarfOp.SWAP -> swap();
                case DwarfOp.ROT -> rotate();
                case DwarfOp.SKIP -> jump((short) code.u2("DW_OP_skip"));
                case DwarfOp.BRA -> {
                    short offset = (short) code.u2("DW_OP_bra");
                    if (pop() != 0) {
                        jump(offset);
                    }
                }
                case DwarfOp.NOP -> {
                    // fills space
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        /** Arithmetic, logic (2.5.1.4) and comparisons (2.5.1.5). */
        private boolean arithmetic(int opcode) throws MalformedException {
            switch (opcode) {
                case DwarfOp.ABS -> push(Math.abs(signed(pop())));
                case DwarfOp.NEG -> push(-pop());
                case DwarfOp.NOT -> push(~pop());
                case DwarfOp.PLUS_UCONST -> push(pop() + code.uleb("DW_OP_plus_uconst"));
                default -> {
                    return binary(opcode);
                }
            }
            return true;
        }

        private boolean binary(int opcode) throws MalformedException {
            boolean isBinary = opcode >= DwarfOp.AND && opcode <= DwarfOp.NE;
            if (!isBinary) {
                return false;
            }
            long top = pop();
            long second = pop();
            switch (opcode) {
                case DwarfOp.AND -> push(second & top);
                case DwarfOp.OR -> push(second | top);
                case DwarfOp.XOR -> push(second ^ top);
                case DwarfOp.PLUS -> push(second + top);
                case DwarfOp.MINUS -> push(second - top);
                case DwarfOp.MUL -> push(second * top);
                case DwarfOp.DIV -> push(signed(second) / divisor(signed(top)));
                case DwarfOp.MOD -> push(Long.remainderUnsigned(second, divisor(top)));
                case DwarfOp.SHL -> push(shiftsOut(top) ? 0 : second << top);
                case DwarfOp.SHR -> push(shiftsOut(top) ? 0 : second >>> top);
                case DwarfOp.SHRA -> push(signed(second) >> (shiftsOut(top) ? 63 : top));
                case DwarfOp.EQ -> push(second == top ? 1 : 0);
                case DwarfOp.NE -> push(second != top ? 1 : 0);
                case DwarfOp.GE -> push(signed(second) >= signed(top) ? 1 : 0);
                case DwarfOp.GT -> push(signed(second) > signed(top) ? 1 : 0);
                case DwarfOp.LE -> push(signed(second) <= signed(top) ? 1 : 0);
                case DwarfOp.LT -> push(signed(second) < signed(top) ? 1 : 0);
                default -> throw new IllegalStateException("opcode " + opcode);
            }
            return true;
        }

        private long divisor(long value) throws MalformedException {
            if (value == 0) {
                throw code.malformed("DW_OP_div", "a division by zero", "another divisor");
            }
            return value;
        }

        private static boolean shiftsOut(long count) {
            return Long.compareUnsigned(count, Long.SIZE) >= 0;
        }

        private void jump(short offset) throws MalformedException {
            code.moveTo("DW_OP_skip", code.position() + offset);
        }

        private void swap() throws MalformedException {
            long top = pop();
            long second = pop();
            push(top);
            push(second);
        }

        /** The top entry becomes the third, the second the top, the third the second. */
        private void rotate() throws MalformedException {
            long top = pop();
            long second = pop();
            long third = pop();
            push(top);
            push(third);
            push(second);
        }

        void push(long value) throws MalformedException {
            if (depth == stack.length) {
                throw code.malformed(
                        "DW_OP", "the stack is full", "at most " + stack.length + " values");
            }
            stack[depth++] = addressSizeBytes == 4 ? value & 0xffff_ffffL : value;
        }

        private long pop() throws MalformedException {
            long value = at(0);
            depth--;
            return value;
        }

        private long at(int below) throws MalformedException {
            if (below >= depth) {
                throw code.malformed(
                        "DW_OP", "entry " + below + " of the stack", depth + " entries are on it");
            }
            return stack[depth - 1 - below];
        }

        private long signed(long value) {
            return addressSizeBytes == 4 ? (int) value : value;
        }
    }
}
