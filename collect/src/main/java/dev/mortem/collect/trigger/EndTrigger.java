package dev.mortem.collect.trigger;

import dev.mortem.os.SamplePlan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The process ends, in whatever way, and stands before its memory goes. */
public record EndTrigger() implements Trigger {
    @Override
    public Step step(State state, Sample sample) {
        Optional<Event.Ended> end = sample.events().stream()
                .filter(Event.Ended.class::isInstance)
                .map(Event.Ended.class::cast)
                .filter(Event.Ended::stands)
                .findFirst();
        return end.isPresent() ? Step.fire(state, firing(end.get())) : Step.quiet(state);
    }

    private Firing firing(Event.Ended end) {
        String how = end.signal()
                .map(signal -> "ended by " + signal)
                .orElse(
                        end.status().isPresent()
                                ? "exits with status " + end.status().getAsInt()
                                : "ends");
        Map<String, String> values = new LinkedHashMap<>();
        values.put("condition", text());
        end.status().ifPresent(status -> values.put("exitStatus", Integer.toString(status)));
        end.signal().ifPresent(signal -> values.put("signal", signal));
        end.caller().ifPresent(caller -> values.put("caller", caller));
        return new Firing(
                "End",
                "the process " + how
                        + end.caller().map(caller -> ", called by " + caller).orElse(""),
                values);
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return new Needs(SamplePlan.of(), Set.of(), Set.of(), Set.of(), true, Set.of(), false);
    }

    @Override
    public String text() {
        return "end";
    }
}
