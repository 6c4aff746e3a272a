package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.address.Addresses;

import java.util.Arrays;
import java.util.Optional;

/**
 * One row of the table that call frame information describes: the rules for the pcs from {@link #start}
 * up to, not including, {@link #end} (svma). A register without a rule is as the CPU's calling
 * convention has it. Immutable.
 */
public final class FrameRow {
    private final long start;
    private final long end;
    private final CfaRule cfa;
    private final boolean returnAddressSigned;
    private final int[] registers;
    private final RegisterRule[] rules;

    FrameRow(
            long start,
            long end,
            CfaRule cfa,
            boolean returnAddressSigned,
            int[] registers,
            RegisterRule[] rules) {
        this.start = start;
        this.end = end;
        this.cfa = cfa;
        this.returnAddressSigned = returnAddressSigned;
        this.registers = registers;
        this.rules = rules;
    }

    public long start() {
        return start;
    }

    public long end() {
        return end;
    }

    public CfaRule cfa() {
        return cfa;
    }

    /** Whether the saved return address carries a pointer authentication code (AArch64). */
    public boolean isReturnAddressSigned() {
        return returnAddressSigned;
    }

    public boolean contains(long svma) {
        return Long.compareUnsigned(svma, start) >= 0 && Long.compareUnsigned(svma, end) < 0;
    }

    /** How many registers have a rule. */
    public int ruleCount() {
        return registers.length;
    }

    /** DWARF number of the register of a rule, {@code index} from 0 to {@link #ruleCount}, ascending. */
    public int register(int index) {
        return registers[index];
    }

    public RegisterRule rule(int index) {
        return rules[index];
    }

    /** The rule of a register by its DWARF number; empty where the row says nothing of it. */
    public Optional<RegisterRule> ruleOf(int register) {
        int index = Arrays.binarySearch(registers, register);
        return index < 0 ? Optional.empty() : Optional.of(rules[index]);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(Addresses.hex(start))
                .append("..")
                .append(Addresses.hex(end))
                .append(" cfa=")
                .append(cfa);
        for (int index = 0; index < registers.length; index++) {
            text.append(" r").append(registers[index]).append('=').append(rules[index]);
        }
        return text.toString();
    }
}
