package dev.mortem.stack.symbol;

import dev.mortem.base.snapshot.LoadedModule;

/**
 * Where a named function or variable is in the process.
 *
 * @param raw the name as the symbol table has it, with its version where it has one
 * @param sizeBytes as the symbol says; 0 where it does not
 */
public record NamedAddress(LoadedModule module, String raw, long address, long sizeBytes) {}
