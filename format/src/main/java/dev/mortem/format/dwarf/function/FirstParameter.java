package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.expression.DwarfExpression;

/**
 * Where a function's first parameter is while the code at one svma runs (DWARF 5, sections 2.6 and 4.1).
 *
 * @param location to be evaluated with {@link DwarfExpression#variable}
 */
public record FirstParameter(DwarfExpression location, FunctionFrame frame) {}
