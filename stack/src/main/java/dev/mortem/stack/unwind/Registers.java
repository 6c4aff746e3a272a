package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.OptionalLong;

/** The registers of the frame that a walk has come to. Changed in place; belongs to one thread. */
final class Registers {
    private final Cpu cpu;
    private final long[] values;
    private long known;

    Registers(Cpu cpu) {
        this.cpu = cpu;
        this.values = new long[cpu.registerNames().size()];
    }

    static Registers of(RegisterContext context) {
        Registers registers = new Registers(context.cpu());
        for (int index = 0; index < registers.values.length; index++) {
            if (context.isKnown(index)) {
                registers.set(index, context.get(index).orElseThrow());
            }
        }
        return registers;
    }

    Cpu cpu() {
        return cpu;
    }

    boolean isKnown(int register) {
        return register >= 0 && register < values.length && (known >>> register & 1) != 0;
    }

    OptionalLong get(int register) {
        return isKnown(register) ? OptionalLong.of(values[register]) : OptionalLong.empty();
    }

    /** The value of a register that {@link #isKnown}. */
    long value(int register) {
        if (!isKnown(register)) {
            throw new IllegalStateException(cpu.registerNames().get(register) + " is not known");
        }
        return values[register];
    }

    long pc() {
        return value(cpu.pc());
    }

    long sp() {
        return value(cpu.sp());
    }

    void set(int register, long value) {
        values[register] = cpu.registerSizeBytes() == 4 ? value & 0xffff_ffffL : value;
        known |= 1L << register;
    }

    void forget(int register) {
        known &= ~(1L << register);
    }

    /** Becomes {@code other}, of which only the registers with a bit in {@code mask} are known. */
    void copyFrom(Registers other, long mask) {
        System.arraycopy(other.values, 0, values, 0, values.length);
        known = other.known & mask;
    }

    /** These registers as a value, of those with a bit in {@code mask}. */
    RegisterContext context(long mask) {
        return RegisterContext.of(cpu, values, known & mask);
    }
}
