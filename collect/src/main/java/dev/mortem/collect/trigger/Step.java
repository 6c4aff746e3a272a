package dev.mortem.collect.trigger;

import java.util.Optional;

/**
 * What a trigger made of a sample.
 *
 * @param next what it remembers from now on
 * @param firing there while its condition is met, for as long as it had to be: also at the next samples,
 *     until {@link Trigger#rearm}
 */
public record Step(State next, Optional<Firing> firing) {
    static Step quiet(State next) {
        return new Step(next, Optional.empty());
    }

    static Step fire(State next, Firing firing) {
        return new Step(next, Optional.of(firing));
    }
}
