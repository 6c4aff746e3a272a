package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.Arguments;

import java.util.Optional;

/** The templates whose arguments {@code T_} may mean at some place, innermost first. */
sealed interface TemplateScope {
    /** Outside of all templates. */
    record None() implements TemplateScope {}

    record Inside(Arguments arguments, TemplateScope outer) implements TemplateScope {}

    default TemplateScope enter(Arguments arguments) {
        return new Inside(arguments, this);
    }

    /** The scope in which the arguments of the innermost template were written. */
    default TemplateScope outer() {
        return switch (this) {
            case None none -> none;
            case Inside inside -> inside.outer();
        };
    }

    /** The argument of the innermost template. */
    default Optional<Node> argument(int index) {
        return switch (this) {
            case None none -> Optional.empty();
            case Inside inside -> inside.arguments().at(index);
        };
    }
}
