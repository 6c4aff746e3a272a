/**
 * From an address to function, file and line.
 *
 * <p>Reading order: {@link dev.mortem.stack.symbol.Frame}, {@link
 * dev.mortem.stack.symbol.SymbolizedStack}.
 */
package dev.mortem.stack.symbol;
