package dev.mortem.testkit.checks;

import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One rule about one source.
 *
 * @param name in words
 * @param canary a class {@code Bad} in the product's package dev.mortem.stack.bad that breaks the
 *     rule: the rule must refuse it, or it has gone blind
 * @param check finds where a source breaks it
 */
public record TidyRule(String name, String canary, Function<SourceUnit, Stream<Violation>> check) {
    @Override
    public String toString() {
        return name;
    }
}
