package dev.mortem.analyze;

import dev.mortem.analyze.casefile.SymbolAddresses;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.SymbolizedStack;

/** Reads one thread's stack, with names, and finds symbols. Safe for any thread. */
interface StackReader extends SymbolAddresses {
    SymbolizedStack stack(ThreadSnapshot thread);
}
