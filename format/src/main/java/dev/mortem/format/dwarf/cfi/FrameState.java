package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.expression.DwarfExpression;

import java.util.Arrays;
import java.util.Optional;

/** The rules in force while a program runs. Belongs to one thread. */
final class FrameState {
    /** Larger than any psABI's number of a register that is ever saved; bounds a row's size. */
    static final int REGISTER_MAX = 1023;

    private static final int NO_REGISTER = -1;

    private int cfaRegister = NO_REGISTER;
    private long cfaOffset;
    private Optional<DwarfExpression> cfaExpression = Optional.empty();
    private boolean returnAddressSigned;

    // By ascending register. A row has under 20 as a rule, so shifting beats anything cleverer.
    private int[] registers = new int[8];
    private RegisterRule[] rules = new RegisterRule[8];
    private int count;

    int cfaRegister() {
        return cfaRegister;
    }

    long cfaOffset() {
        return cfaOffset;
    }

    void defineCfa(int register, long offset) {
        cfaRegister = register;
        cfaOffset = offset;
        cfaExpression = Optional.empty();
    }

    void defineCfa(DwarfExpression expression) {
        cfaExpression = Optional.of(expression);
    }

    void toggleReturnAddressSigned() {
        returnAddressSigned = !returnAddressSigned;
    }

    Optional<RegisterRule> rule(int register) {
        int index = find(register);
        return index < 0 ? Optional.empty() : Optional.of(rules[index]);
    }

    void set(int register, RegisterRule rule, ByteCursor place) throws MalformedException {
        int index = find(register);
        if (index >= 0) {
            rules[index] = rule;
            return;
        }
        if (register > REGISTER_MAX) {
            throw place.malformed("register", "number " + register, "up to " + REGISTER_MAX);
        }
        if (count == registers.length) {
            registers = Arrays.copyOf(registers, 2 * count);
            rules = Arrays.copyOf(rules, 2 * count);
        }
        int at = -index - 1;
        System.arraycopy(registers, at, registers, at + 1, count - at);
        System.arraycopy(rules, at, rules, at + 1, count - at);
        registers[at] = register;
        rules[at] = rule;
        count++;
    }

    void unset(int register) {
        int index = find(register);
        if (index >= 0) {
            count--;
            System.arraycopy(registers, index + 1, registers, index, count - index);
            System.arraycopy(rules, index + 1, rules, index, count - index);
        }
    }

    void copyFrom(FrameState other) {
        cfaRegister = other.cfaRegister;
        cfaOffset = other.cfaOffset;
        cfaExpression = other.cfaExpression;
        returnAddressSigned = other.returnAddressSigned;
        registers = other.registers.clone();
        rules = other.rules.clone();
        count = other.count;
    }

    FrameRow row(long start, long end, Fde fde) throws MalformedException {
        if (cfaRegister == NO_REGISTER && cfaExpression.isEmpty()) {
            throw fde.instructions()
                    .malformed("instructions", 0, "a row without a CFA", "DW_CFA_def_cfa before");
        }
        CfaRule cfa = cfaExpression
                .<CfaRule>map(CfaRule.Computed::new)
                .orElseGet(() -> new CfaRule.RegisterOffset(cfaRegister, cfaOffset));
        return new FrameRow(
                start,
                end,
                cfa,
                returnAddressSigned,
                Arrays.copyOf(registers, count),
                Arrays.copyOf(rules, count));
    }

    private int find(int register) {
        return Arrays.binarySearch(registers, 0, count, register);
    }
}
