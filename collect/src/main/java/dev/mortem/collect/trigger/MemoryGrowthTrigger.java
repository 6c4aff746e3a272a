package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Memory that has grown by a size within a window, all the time: with "100 MB a minute for 5 minutes" at
 * each moment of five minutes it was 100 MB larger than a minute before. A single jump is no growth: it
 * counts for one window only.
 *
 * @param window the unit of the rate: a second, a minute, an hour
 */
public record MemoryGrowthTrigger(
        MemoryKind kind, long growthBytes, Duration window, Duration holdFor) implements Trigger {
    /** How many points of the window are kept: its start is then known to 2 %. */
    private static final int POINTS_MAX = 50;

    private record Point(long nanos, long bytes) {}

    /** @param points ascending; the first is the youngest that is at least a window old, if there is one */
    private record History(List<Point> points, Hold hold) implements State {
        static final History NONE = new History(List.of(), Hold.NONE);
    }

    public MemoryGrowthTrigger {
        if (growthBytes <= 0 || window.isZero() || window.isNegative()) {
            throw new IllegalArgumentException("growth is more than nothing in some time");
        }
    }

    @Override
    public Step step(State state, Sample sample) {
        History before = state instanceof History history ? history : History.NONE;
        OptionalLong bytes = sample.figures().get(kind.figure());
        if (bytes.isEmpty()) {
            return Step.quiet(new History(List.of(), before.hold.next(Optional.empty(), sample)));
        }
        List<Point> points = next(before.points, new Point(sample.nanos(), bytes.getAsLong()));
        Optional<Long> growth = growth(points);
        Hold hold = before.hold.next(growth.map(grown -> grown >= growthBytes), sample);
        History next = new History(points, hold);
        return hold.lasts(holdFor, sample)
                ? Step.fire(next, firing(bytes.getAsLong(), growth.orElse(0L), hold.time(sample)))
                : Step.quiet(next);
    }

    private List<Point> next(List<Point> before, Point latest) {
        List<Point> points = new ArrayList<>(before);
        long spacing = window.toNanos() / POINTS_MAX;
        boolean isDense =
                points.size() > 1 && latest.nanos - points.get(points.size() - 2).nanos < spacing;
        if (isDense) {
            points.removeLast(); // the latest is kept whatever the spacing
        }
        points.add(latest);
        while (points.size() > 1 && latest.nanos - points.get(1).nanos >= window.toNanos()) {
            points.removeFirst();
        }
        return List.copyOf(points);
    }

    /** Empty until a whole window has been seen. */
    private Optional<Long> growth(List<Point> points) {
        Point first = points.getFirst();
        Point latest = points.getLast();
        return latest.nanos - first.nanos >= window.toNanos()
                ? Optional.of(latest.bytes - first.bytes)
                : Optional.empty();
    }

    private Firing firing(long bytes, long growth, Duration held) {
        return Firing.of(
                "Memory",
                "%s memory grew by %s in %s%s, to %s"
                        .formatted(
                                kind.label(),
                                Quantity.size(growth),
                                Quantity.shortTime(window),
                                Words.heldFor(holdFor, held),
                                Quantity.size(bytes)),
                "condition",
                text(),
                "memoryKind",
                kind.label(),
                "memoryBytes",
                Long.toString(bytes),
                "grownBytes",
                Long.toString(growth),
                "window",
                Quantity.shortTime(window),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return History.NONE;
    }

    @Override
    public Needs needs() {
        return Needs.of(kind.figure());
    }

    @Override
    public String text() {
        return "memory(%s) grows %s/%s%s"
                .formatted(
                        kind.label(),
                        Quantity.shortSize(growthBytes),
                        Quantity.shortTime(window)
                                .replaceFirst("^1(?=\\D)", "")
                                .replace("m", "min"),
                        Words.holdFor(holdFor));
    }
}
