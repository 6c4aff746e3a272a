package dev.mortem.collect.trigger;

import dev.mortem.os.Figure;
import dev.mortem.os.SamplePlan;

import java.util.HashSet;
import java.util.Set;

/**
 * What somebody must tell a trigger: figures at each sample, and events.
 *
 * @param end whether the process must be held at its end, before its memory goes
 * @param signals names of signals to watch for; "*" is any
 * @param firstChance whether signals that the program handles are wanted too
 */
public record Needs(
        SamplePlan plan,
        Set<LineSource> lines,
        Set<UrlTrigger.Probe> urls,
        Set<CommandTrigger.Probe> commands,
        boolean end,
        Set<String> signals,
        boolean firstChance) {
    public static final Needs NOTHING = of(SamplePlan.of());

    public Needs {
        lines = Set.copyOf(lines);
        urls = Set.copyOf(urls);
        commands = Set.copyOf(commands);
        signals = Set.copyOf(signals);
    }

    static Needs of(SamplePlan plan) {
        return new Needs(plan, Set.of(), Set.of(), Set.of(), false, Set.of(), false);
    }

    static Needs of(Figure... figures) {
        return of(SamplePlan.of(figures));
    }

    /** What either of both needs. */
    public Needs and(Needs other) {
        return new Needs(
                plan.and(other.plan),
                union(lines, other.lines),
                union(urls, other.urls),
                union(commands, other.commands),
                end || other.end,
                union(signals, other.signals),
                firstChance || other.firstChance);
    }

    private static <T> Set<T> union(Set<T> one, Set<T> other) {
        Set<T> all = new HashSet<>(one);
        all.addAll(other);
        return all;
    }
}
