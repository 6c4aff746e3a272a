package dev.mortem.format.elf.core;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.format.elf.ElfClass;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ElfMachine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What the layouts of core notes depend on.
 *
 * @param elfClass of the process: the kernel writes a 32-bit process's core in its own, "compat",
 *     layout
 * @param machine e_machine
 * @param cpu empty where the registers are not read
 */
public record CoreAbi(ElfClass elfClass, ByteOrder order, int machine, Optional<Cpu> cpu) {
    public static CoreAbi of(ElfHeader header) {
        return new CoreAbi(
                header.elfClass(),
                header.order(),
                header.machine(),
                ElfMachine.of(header).cpu());
    }

    /** The ABI of a machine; empty for one that no ELF file names. */
    public static Optional<CoreAbi> of(Machine machine) {
        ElfClass elfClass =
                machine.pointerSizeBytes() == 8 ? ElfClass.ELFCLASS64 : ElfClass.ELFCLASS32;
        return ElfMachine.number(machine).stream()
                .mapToObj(number -> new CoreAbi(elfClass, machine.order(), number, machine.cpu()))
                .findFirst();
    }

    int wordSizeBytes() {
        return elfClass.wordSizeBytes();
    }

    /** A view of a note that is written. */
    ByteBuffer wrap(byte[] note) {
        return ByteBuffer.wrap(note).order(order);
    }

    /** Puts an unsigned long of the process. */
    void putWord(ByteBuffer target, int offset, long value) {
        if (elfClass == ElfClass.ELFCLASS64) {
            target.putLong(offset, value);
        } else {
            target.putInt(offset, (int) value);
        }
    }
}
