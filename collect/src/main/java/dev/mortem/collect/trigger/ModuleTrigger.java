package dev.mortem.collect.trigger;

import dev.mortem.os.SamplePlan;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A library or program file was mapped, or is mapped no more; those of the first sample are no news. */
public record ModuleTrigger(boolean loaded, NameGlob name) implements Trigger {
    private record Seen(Set<String> modules) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        Optional<Set<String>> now = sample.figures().modules();
        Optional<Set<String>> before =
                state instanceof Seen seen ? Optional.of(seen.modules) : Optional.empty();
        if (now.isEmpty()) {
            return Step.quiet(state);
        }
        Seen next = new Seen(now.get());
        Set<String> news = before.isEmpty()
                ? Set.of()
                : loaded ? news(before.get(), now.get()) : news(now.get(), before.get());
        return news.isEmpty() ? Step.quiet(next) : Step.fire(next, firing(news));
    }

    private Set<String> news(Set<String> before, Set<String> now) {
        Set<String> news = new TreeSet<>();
        for (String module : now) {
            if (!before.contains(module) && name.fits(module)) {
                news.add(module);
            }
        }
        return news;
    }

    private Firing firing(Set<String> modules) {
        String all = String.join(", ", modules);
        return Firing.of(
                loaded ? "Module_load" : "Module_unload",
                (loaded ? "loaded " : "unloaded ") + all,
                "condition",
                text(),
                "modules",
                all);
    }

    @Override
    public State rearm(State state) {
        return state;
    }

    @Override
    public Needs needs() {
        return Needs.of(new SamplePlan(Set.of(), false, true));
    }

    @Override
    public String text() {
        String named = name.equals(NameGlob.ANY) ? "" : " named \"" + name.text() + "\"";
        return "module " + (loaded ? "load" : "unload") + named;
    }
}
