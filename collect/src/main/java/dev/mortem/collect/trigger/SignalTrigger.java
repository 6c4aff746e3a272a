package dev.mortem.collect.trigger;

import dev.mortem.os.SamplePlan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A signal was delivered.
 *
 * @param name "SIGSEGV"; "*" for any that is fatal by itself
 * @param firstChance whether one that the program handles counts too
 */
public record SignalTrigger(String name, boolean firstChance) implements Trigger {
    /** Any signal. */
    public static final String ANY = "*";

    @Override
    public Step step(State state, Sample sample) {
        Optional<Event.SignalCame> signal = sample.events().stream()
                .filter(Event.SignalCame.class::isInstance)
                .map(Event.SignalCame.class::cast)
                .filter(each -> name.equals(ANY) || name.equals(each.name()))
                .filter(each -> each.fatal() || firstChance)
                .findFirst();
        return signal.isPresent() ? Step.fire(state, firing(signal.get())) : Step.quiet(state);
    }

    private Firing firing(Event.SignalCame signal) {
        String chance = signal.fatal() ? "Signal_" : "First_chance_";
        Map<String, String> values = new LinkedHashMap<>();
        values.put("condition", text());
        values.put("signal", signal.name());
        values.put("chance", signal.fatal() ? "fatal" : "first");
        values.put("threadId", Long.toString(signal.threadId()));
        signal.address().ifPresent(address -> values.put("address", address));
        return new Firing(
                chance + signal.name(),
                "%s %s in thread %d%s"
                        .formatted(
                                signal.fatal() ? "fatal" : "handled",
                                signal.name(),
                                signal.threadId(),
                                signal.address().map(at -> " at " + at).orElse("")),
                values);
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return new Needs(
                SamplePlan.of(), Set.of(), Set.of(), Set.of(), false, Set.of(name), firstChance);
    }

    @Override
    public String text() {
        String which = name.equals(ANY) ? "any" : name;
        return "signal " + (firstChance ? "first " : "") + which;
    }
}
