package dev.mortem.analyze.casefile;

import dev.mortem.base.snapshot.LoadedModule;

import java.util.OptionalLong;

/** Where a module's symbol lies in the process. */
@FunctionalInterface
public interface SymbolAddresses {
    /** The symbol's address in the process; empty where the module has none of that name. */
    OptionalLong addressOf(LoadedModule module, String symbolName);

    /** No symbols at all. */
    static SymbolAddresses none() {
        return (module, symbolName) -> OptionalLong.empty();
    }
}
