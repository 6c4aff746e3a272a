package dev.mortem.collect.trigger;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Optional;

/** A time of day came, by the clock on the wall; once a day, also where that clock is set back. */
public record TimeTrigger(LocalTime time) implements Trigger {
    private record Seen(LocalDateTime at, Optional<LocalDate> fired) implements State {}

    @Override
    public Step step(State state, Sample sample) {
        LocalDateTime now = sample.wallTime();
        if (!(state instanceof Seen before)) {
            return Step.quiet(new Seen(now, Optional.empty()));
        }
        LocalDateTime due = before.at.toLocalDate().atTime(time);
        if (!due.isAfter(before.at)) {
            due = due.plusDays(1);
        }
        boolean comes = !due.isAfter(now)
                && before.fired.filter(due.toLocalDate()::equals).isEmpty();
        return comes
                ? Step.fire(new Seen(now, Optional.of(due.toLocalDate())), firing(now))
                : Step.quiet(new Seen(now, before.fired));
    }

    private Firing firing(LocalDateTime now) {
        return Firing.of("Time", "it is " + time, "condition", text(), "localTime", now.toString());
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
        return "at " + time;
    }
}
