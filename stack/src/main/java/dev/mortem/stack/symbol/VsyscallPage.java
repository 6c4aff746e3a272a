package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;

import java.util.List;
import java.util.Optional;

/**
 * The page that the kernel maps into every x86-64 process at one address, for programs linked before the
 * vdso was (Linux, arch/x86/include/uapi/asm/vsyscall.h, and vsyscall_emu_64.S: an entry each 1024
 * bytes). It is no ELF image; a process can fault there, called with a bad pointer.
 */
final class VsyscallPage {
    private static final AddressRange RANGE = AddressRange.ofSize(0xffff_ffff_ff60_0000L, 0x1000);
    private static final int ENTRY_BYTES = 0x400;
    private static final List<String> FUNCTIONS = List.of("gettimeofday", "time", "getcpu");

    private static final LoadedModule MODULE =
            new LoadedModule(RANGE, "[vsyscall]", List.of(), Optional.empty(), false);

    private VsyscallPage() {}

    /** The page as a module, where the address is in it. */
    static Optional<LoadedModule> moduleAt(Machine machine, long address) {
        boolean isThere = machine.cpu().filter(cpu -> cpu == Cpu.X86_64).isPresent();
        return isThere && RANGE.contains(address) ? Optional.of(MODULE) : Optional.empty();
    }

    /** Empty behind the last entry. */
    static Optional<FunctionAt> functionAt(Machine machine, long address) {
        int index = (int) ((address - RANGE.start()) / ENTRY_BYTES);
        return moduleAt(machine, address)
                .filter(page -> index < FUNCTIONS.size())
                .map(page -> {
                    long start = RANGE.start() + (long) index * ENTRY_BYTES;
                    String name = FUNCTIONS.get(index);
                    return new FunctionAt(page, name, name, start, ENTRY_BYTES, address - start);
                });
    }
}
