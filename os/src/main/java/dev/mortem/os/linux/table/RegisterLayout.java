package dev.mortem.os.linux.table;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LinuxRegisters;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The general registers as PTRACE_GETREGSET with NT_PRSTATUS gives them, see {@link LinuxRegisters}.
 * The size tells the layouts apart: a 64-bit tracer gets a 32-bit tracee's in the 32-bit form. The arm
 * rows are from the headers and have not been run.
 */
public enum RegisterLayout {
    X86_64(Cpu.X86_64),
    X86(Cpu.X86),
    ARM64(Cpu.ARM64),
    ARM(Cpu.ARM);

    private final Cpu cpu;

    RegisterLayout(Cpu cpu) {
        this.cpu = cpu;
    }

    public Cpu cpu() {
        return cpu;
    }

    public Machine machine() {
        return Machine.of(cpu);
    }

    public int sizeBytes() {
        return LinuxRegisters.sizeBytes(cpu);
    }

    /** The layout of a register set of that size; empty for none that we know. */
    public static Optional<RegisterLayout> ofSize(int sizeBytes) {
        for (RegisterLayout layout : values()) {
            if (layout.sizeBytes() == sizeBytes) {
                return Optional.of(layout);
            }
        }
        return Optional.empty();
    }

    /** The registers of a set of this layout's size. */
    public RegisterContext read(byte[] set) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("NT_PRSTATUS", set, ByteOrder.LITTLE_ENDIAN);
        return LinuxRegisters.read(source, cpu);
    }
}
