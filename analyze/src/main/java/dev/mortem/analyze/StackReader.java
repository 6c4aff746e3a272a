package dev.mortem.analyze;

import dev.mortem.analyze.casefile.SymbolAddresses;
import dev.mortem.analyze.wait.ArgumentValues;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.SymbolizedStack;

import java.util.List;

/** Reads threads' stacks, with names, and arguments on them, and finds symbols. Safe for any thread. */
interface StackReader extends SymbolAddresses, ArgumentValues {
    /** The stacks in the threads' order; several are read at a time. */
    List<SymbolizedStack> stacks(List<ThreadSnapshot> threads, AnalysisOptions.Progress progress);
}
