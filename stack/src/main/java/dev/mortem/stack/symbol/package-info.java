/**
 * From an address to function, file and line.
 *
 * <p>Reading order: {@link dev.mortem.stack.symbol.Frame}, {@link
 * dev.mortem.stack.symbol.SymbolizedStack}; then {@code Symbolizer}, {@code ModuleSymbols}, and where a
 * module's names come from: {@code FunctionTable} of ELF, {@code PeSymbols} of PE images, {@code
 * GoChain}, {@code SymbolFileChain}.
 */
package dev.mortem.stack.symbol;
