package dev.mortem.collect.trigger;

/** The process began while it was awaited or followed. */
public record StartTrigger() implements Trigger {
    @Override
    public Step step(State state, Sample sample) {
        boolean began = sample.events().stream().anyMatch(Event.Started.class::isInstance);
        return began
                ? Step.fire(state, Firing.of("Start", "the process started", "condition", text()))
                : Step.quiet(state);
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return Needs.NOTHING;
    }

    @Override
    public String text() {
        return "start";
    }
}
