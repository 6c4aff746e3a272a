package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.expression.DwarfExpression;

import java.util.List;

/**
 * What one call hands over, as far as the caller can still tell it (DWARF 5, section 3.4.2).
 *
 * @param frame of the caller
 */
public record CallArguments(List<Argument> arguments, FunctionFrame frame) {
    public CallArguments {
        arguments = List.copyOf(arguments);
    }

    /**
     * @param register in which the function called finds it, by its DWARF number
     * @param value DW_AT_call_value, in terms of the registers that the caller has kept
     */
    public record Argument(long register, DwarfExpression value) {}
}
