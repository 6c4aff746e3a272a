package dev.mortem.collect.trigger;

import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ThreadSample;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Literal samples, and what a trigger makes of a row of them. */
final class Samples {
    static final LocalDateTime NOON = LocalDateTime.of(2026, 3, 4, 12, 0);

    private Samples() {}

    /** At that second, on a machine of 4 cores. */
    static ProcessSample.Builder at(double second) {
        return ProcessSample.at(Math.round(second * 1e9)).set(Figure.MACHINE_CORES, 4);
    }

    static Sample sample(ProcessSample.Builder figures, Event... events) {
        ProcessSample built = figures.build();
        return new Sample(built, NOON.plusNanos(built.takenNanos()), List.of(events), false);
    }

    static Sample afterGap(ProcessSample.Builder figures) {
        return new Sample(figures.build(), NOON, List.of(), true);
    }

    static Sample of(double second, Figure figure, long value) {
        return sample(at(second).set(figure, value));
    }

    static Sample nothing(double second, Event... events) {
        return sample(at(second), events);
    }

    static Sample threads(double second, ThreadSample... threads) {
        return sample(at(second).threads(List.of(threads)));
    }

    static Sample modules(double second, String... modules) {
        return sample(at(second).modules(Set.of(modules)));
    }

    /** Samples a second apart, from second 0, of a figure. */
    static List<Sample> row(Figure figure, long... values) {
        List<Sample> row = new ArrayList<>();
        for (int index = 0; index < values.length; index++) {
            row.add(of(index, figure, values[index]));
        }
        return row;
    }

    /** CPU seconds in all at each second. */
    static List<Sample> cpu(double... seconds) {
        List<Sample> row = new ArrayList<>();
        for (int index = 0; index < seconds.length; index++) {
            row.add(of(index, Figure.CPU_NANOS, Math.round(seconds[index] * 1e9)));
        }
        return row;
    }

    /** At which samples it fires, being re-armed after each firing as the watch loop does. */
    static List<Integer> firings(Trigger trigger, List<Sample> samples) {
        List<Integer> fired = new ArrayList<>();
        State state = State.ARMED;
        for (int index = 0; index < samples.size(); index++) {
            Step step = trigger.step(state, samples.get(index));
            state = step.next();
            if (step.firing().isPresent()) {
                fired.add(index);
                state = trigger.rearm(state);
            }
        }
        return fired;
    }

    /** The first firing of a row. */
    static Optional<Firing> first(Trigger trigger, List<Sample> samples) {
        State state = State.ARMED;
        for (Sample sample : samples) {
            Step step = trigger.step(state, sample);
            state = step.next();
            if (step.firing().isPresent()) {
                return step.firing();
            }
        }
        return Optional.empty();
    }
}
