package dev.mortem.collect.trigger;

import dev.mortem.os.Figure;

import java.util.OptionalLong;

/** The kernel killed a process of the target's cgroup for want of memory; counted since the first sample. */
public record OomKillTrigger() implements Trigger {
    private record Seen(OptionalLong kills) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        OptionalLong before = state instanceof Seen seen ? seen.kills : OptionalLong.empty();
        OptionalLong now = sample.figures().get(Figure.OOM_KILLS);
        Seen next = new Seen(now.isPresent() ? now : before);
        boolean known = now.isPresent() && before.isPresent();
        return known && now.getAsLong() > before.getAsLong()
                ? Step.fire(next, firing(now.getAsLong() - before.getAsLong(), now.getAsLong()))
                : Step.quiet(next);
    }

    private Firing firing(long kills, long all) {
        return Firing.of(
                "OomKill",
                "%d process(es) of its cgroup killed for want of memory".formatted(kills),
                "condition",
                text(),
                "oomKills",
                Long.toString(kills),
                "oomKillsInAll",
                Long.toString(all));
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return Needs.of(Figure.OOM_KILLS);
    }

    @Override
    public String text() {
        return "oom-kill";
    }
}
