package dev.mortem.stack.symbol;

import dev.mortem.format.dwarf.function.TailCalls;

import java.util.OptionalLong;

/**
 * A function on a stack, for the question whether its caller called it.
 *
 * @param function by its name and start, which is known
 * @param svma an svma of its code where that is in the caller's module
 */
record ReachedFunction(
        FunctionChain.Name function, OptionalLong svma, ModuleSymbols own, ModuleSymbols caller)
        implements TailCalls.Reached {

    @Override
    public boolean isNamed(String linkageName) {
        return SymbolName.withoutVersion(function.raw()).equals(linkageName)
                || own.isFunctionNamed(linkageName, function.svma().orElseThrow());
    }

    @Override
    public OptionalLong definedAt(String linkageName) {
        return caller.functionNamed(linkageName);
    }
}
