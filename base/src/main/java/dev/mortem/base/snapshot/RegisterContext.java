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
    private final Cpu cpu;
    private final long[] values;
    private final long validity;

    private RegisterContext(Cpu cpu, long[] values, long validity) {
        this.cpu = cpu;
        this.values = values;
        this.validity = validity;
    }

    /** No register known. */
    public static RegisterContext none(Cpu cpu) {
        return new RegisterContext(cpu, new long[cpu.registerNames().size()], 0);
    }

    public Cpu cpu() {
        return cpu;
    }

    /** The register's value; empty when unknown or when the CPU has no such register. */
    public OptionalLong get(int register) {
        return isKnown(register) ? OptionalLong.of(values[register]) : OptionalLong.empty();
    }

    public OptionalLong get(String name) {
        return get(cpu.register(name).orElse(-1));
    }

    public boolean isKnown(int register) {
        return register >= 0 && register < values.length && (validity >>> register & 1) != 0;
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
        long[] changed = values.clone();
        changed[register] = cpu.registerSizeBytes() == 4 ? value & 0xffff_ffffL : value;
        return new RegisterContext(cpu, changed, validity | 1L << register);
    }

    public RegisterContext with(String name, long value) {
        return with(cpu.register(name).orElseThrow(), value);
    }

    /** These registers with one of them unknown. */
    public RegisterContext without(int register) {
        return new RegisterContext(cpu, values, validity & ~(1L << register));
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof RegisterContext that)
                || cpu != that.cpu
                || validity != that.validity) {
            return false;
        }
        for (int register = 0; register < values.length; register++) {
            if (isKnown(register) && values[register] != that.values[register]) {
                return false;
            }
        }
        return true;
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
        for (int register = 0; register < values.length; register++) {
            if (isKnown(register)) {
                text.append(' ')
                        .append(cpu.registerNames().get(register))
                        .append('=')
                        .append(Addresses.hex(values[register]));
            }
        }
        return text.toString();
    }
}
