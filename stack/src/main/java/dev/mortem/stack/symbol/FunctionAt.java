package dev.mortem.stack.symbol;

import dev.mortem.base.snapshot.LoadedModule;

/**
 * The function at an address.
 *
 * @param raw as the symbol table has it, without the version that linkers append ("@@GLIBC_2.2.5");
 *     "puts@plt" for a stub of the procedure linkage table
 * @param display demangled where {@code raw} is mangled, else {@code raw}
 * @param address where the function starts in the process
 * @param sizeBytes as the symbol says; 0 where it does not
 * @param offsetBytes from the start to the address that was asked for
 */
public record FunctionAt(
        LoadedModule module,
        String raw,
        String display,
        long address,
        long sizeBytes,
        long offsetBytes) {}
