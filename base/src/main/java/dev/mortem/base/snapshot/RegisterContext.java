package dev.mortem.base.snapshot;

import dev.mortem.base.address.Addresses;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The general registers of one frame of one thread, each known or not. Immutable.
 *
 * <p>Registers are named by the index that {@link Cpu} gives them. One class serves all CPUs: what
 * differs between them is the table in {@link Cpu}, not the code.
 */
public final class RegisterContext {
    private static final long[] NO_VALUES = {};

    private final Cpu cpu;
    // The known ones only, by ascending index: a deep stack keeps a context for each of its frames.
    private final long[] values;
    private final long validity;

    private RegisterContext(Cpu cpu, long[] values, long validity) {
        this.cpu = cpu;
        this.values = values;
        this.validity = validity;
    }

    /** No register known. */
    public static RegisterContext none(Cpu cpu) {
        return new RegisterContext(cpu, NO_VALUES, 0);
    }

    /**
     * The registers whose bits in {@code validity} are set, bit 0 for index 0.
     *
     * @param byIndex a value for each index of the CPU; copied, and cut to the size of its registers
     */
    public static RegisterContext of(Cpu cpu, long[] byIndex, long validity) {
        long[] values = new long[Long.bitCount(validity)];
        long left = validity;
        for (int slot = 0; slot < values.length; slot++) {
            values[slot] = cut(cpu, byIndex[Long.numberOfTrailingZeros(left)]);
            left &= left - 1;
        }
        return new RegisterContext(cpu, values, validity);
    }

    public Cpu cpu() {
        return cpu;
    }

    /** The register's value; empty when unknown or when the CPU has no such register. */
    public OptionalLong get(int register) {
        return isKnown(register) ? OptionalLong.of(values[slot(register)]) : OptionalLong.empty();
    }

    public OptionalLong get(String name) {
        return get(cpu.register(name).orElse(-1));
    }

    public boolean isKnown(int register) {
        return register >= 0 && register < Long.SIZE && (validity >>> register & 1) != 0;
    }

    public OptionalLong pc() {
        return get(cpu.pc());
    }

    public OptionalLong sp() {
        return get(cpu.sp());
    }

    public OptionalLong fp() {
        return get(cpu.fp());
    }

    /** These registers with one more known; its value is cut to the size of the CPU's registers. */
    public RegisterContext with(int register, long value) {
        long[] byIndex = byIndex();
        byIndex[register] = value;
        return of(cpu, byIndex, validity | 1L << register);
    }

    public RegisterContext with(String name, long value) {
        return with(cpu.register(name).orElseThrow(), value);
    }

    /** These registers with one of them unknown. */
    public RegisterContext without(int register) {
        return of(cpu, byIndex(), validity & ~(1L << register));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RegisterContext that
                && cpu == that.cpu
                && validity == that.validity
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(new long[] {validity, pc().orElse(0), sp().orElse(0)})
                + cpu.hashCode();
    }

    /** "rax=0x0 rdx=0x1 …", the known ones only. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(cpu.label());
        for (int register = 0; register < cpu.registerNames().size(); register++) {
            if (isKnown(register)) {
                text.append(' ')
                        .append(cpu.registerNames().get(register))
                        .append('=')
                        .append(Addresses.hex(values[slot(register)]));
            }
        }
        return text.toString();
    }

    private int slot(int register) {
        return Long.bitCount(validity & ((1L << register) - 1));
    }

    private long[] byIndex() {
        long[] byIndex = new long[cpu.registerNames().size()];
        for (int register = 0; register < byIndex.length; register++) {
            if (isKnown(register)) {
                byIndex[register] = values[slot(register)];
            }
        }
        return byIndex;
    }

    private static long cut(Cpu cpu, long value) {
        return cpu.registerSizeBytes() == 4 ? value & 0xffff_ffffL : value;
    }
}
