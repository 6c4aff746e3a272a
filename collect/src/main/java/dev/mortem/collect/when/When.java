package dev.mortem.collect.when;

import dev.mortem.collect.trigger.AllOf;
import dev.mortem.collect.trigger.AnyOf;
import dev.mortem.collect.trigger.Trigger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a condition: conditions joined by "and" and "or", "and" binding closer, with parentheses, which may
 * have a time of their own.
 *
 * <pre>{@code
 * either     = both { "or" both }
 * both       = one { "and" one }
 * one        = "(" either ")" [ "for" TIME ] | condition
 * }</pre>
 */
public final class When {
    /** A person writes it on one line; deeper is a mistake, and would exhaust the stack. */
    private static final int DEPTH_MAX = 20;

    private final WhenScanner scanner;
    private final Conditions conditions;
    private int depth;

    private When(String text) {
        this.scanner = new WhenScanner(text);
        this.conditions = new Conditions(scanner);
    }

    /** @throws WhenException naming the column, what was found there and what is allowed */
    public static Trigger parse(String text) throws WhenException {
        When reader = new When(text);
        Trigger trigger = reader.either();
        if (!reader.scanner.isAtEnd()) {
            throw reader.scanner.failure("and, or, or the end");
        }
        return trigger;
    }

    private Trigger either() throws WhenException {
        List<Trigger> parts = new ArrayList<>(List.of(both()));
        while (scanner.tryTake("or")) {
            parts.add(both());
        }
        return parts.size() == 1 ? parts.getFirst() : new AnyOf(parts, Duration.ZERO);
    }

    private Trigger both() throws WhenException {
        List<Trigger> parts = new ArrayList<>(List.of(one()));
        while (scanner.tryTake("and")) {
            parts.add(one());
        }
        return parts.size() == 1 ? parts.getFirst() : new AllOf(parts, Duration.ZERO);
    }

    private Trigger one() throws WhenException {
        if (!scanner.tryTake("(")) {
            return conditions.next();
        }
        if (++depth > DEPTH_MAX) {
            throw scanner.failure("at most " + DEPTH_MAX + " parentheses in each other");
        }
        Trigger inside = either();
        scanner.take(")", "and, or, or \")\"");
        depth--;
        Duration time = conditions.holdFor();
        return time.isZero() ? inside : held(inside, time);
    }

    private static Trigger held(Trigger inside, Duration time) {
        return switch (inside) {
            case AllOf all when all.holdFor().isZero() -> new AllOf(all.parts(), time);
            case AnyOf any when any.holdFor().isZero() -> new AnyOf(any.parts(), time);
            default -> new AllOf(List.of(inside), time);
        };
    }
}
