package dev.mortem.base.snapshot;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What the process ran on.
 *
 * @param name as people call it: "x86-64", "s390x"
 * @param cpu empty for a CPU whose registers and stacks we do not read; it is then only described
 * @param pointerSizeBytes 4 or 8; 4 with {@link Cpu#X86_64} is the x32 ABI
 */
public record Machine(String name, Optional<Cpu> cpu, int pointerSizeBytes, ByteOrder order) {
    public Machine {
        if (pointerSizeBytes != 4 && pointerSizeBytes != 8) {
            throw new IllegalArgumentException("a pointer of " + pointerSizeBytes + " bytes");
        }
    }

    /** The usual machine of a CPU: its own pointer size, little endian. */
    public static Machine of(Cpu cpu) {
        return new Machine(
                cpu.label(), Optional.of(cpu), cpu.registerSizeBytes(), ByteOrder.LITTLE_ENDIAN);
    }
}
