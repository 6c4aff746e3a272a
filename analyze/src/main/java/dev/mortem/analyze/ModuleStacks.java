package dev.mortem.analyze;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.symbol.Argument;
import dev.mortem.stack.symbol.SymbolizedStack;
import dev.mortem.stack.symbol.Symbolizer;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.StackUnwinder;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/** Stacks unwound and named with the modules' files. */
final class ModuleStacks implements StackReader {
    private final StackUnwinder unwinder;
    private final Symbolizer symbolizer;

    ModuleStacks(
            ProcessSnapshot snapshot, ModuleImages images, Limits limits, Diagnostics diagnostics) {
        this.unwinder = new StackUnwinder(snapshot, images, limits, diagnostics);
        this.symbolizer = new Symbolizer(snapshot, images, limits);
    }

    @Override
    public List<SymbolizedStack> stacks(
            List<ThreadSnapshot> threads, AnalysisOptions.Progress progress) {
        AtomicInteger done = new AtomicInteger();
        List<CallStack> unwound = threads.parallelStream()
                .map(thread -> {
                    CallStack stack = unwinder.unwind(thread);
                    progress.done(done.incrementAndGet(), threads.size());
                    return stack;
                })
                .toList();
        return symbolizer.symbolize(unwound);
    }

    /** Unwinds the stack once more: those of all threads with all their registers would fill the heap. */
    @Override
    public Optional<Argument> first(ThreadSnapshot thread, long lookupAddress) {
        CallStack stack = unwinder.unwind(thread);
        for (int index = 0; index < stack.frames().size(); index++) {
            if (stack.frames().get(index).lookupAddress() == lookupAddress) {
                return symbolizer.firstArgument(stack, index);
            }
        }
        return Optional.empty();
    }

    @Override
    public OptionalLong addressOf(LoadedModule module, String symbolName) {
        return symbolizer.addressOf(module, symbolName);
    }
}
