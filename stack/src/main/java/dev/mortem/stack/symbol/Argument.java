package dev.mortem.stack.symbol;

/**
 * The first argument of a function on a stack, as it was when the function was entered or as it is now.
 *
 * @param value of the size of an address
 * @param byCallSite whether the frame has lost it, and its caller tells what it handed over (DWARF 5,
 *     section 2.5.1.7, DW_OP_entry_value)
 */
public record Argument(long value, boolean byCallSite) {}
