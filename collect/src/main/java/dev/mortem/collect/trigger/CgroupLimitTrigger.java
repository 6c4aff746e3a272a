package dev.mortem.collect.trigger;

import dev.mortem.base.text.Quantity;
import dev.mortem.os.Figure;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much of the tightest memory limit around the process is used, in percent; page cache that can be
 * dropped does not count.
 */
public record CgroupLimitTrigger(Compare compare, double percent, Duration holdFor)
        implements Trigger {
    @Override
    public Step step(State state, Sample sample) {
        OptionalLong limit = sample.figures().get(Figure.CGROUP_LIMIT_BYTES);
        OptionalLong used = sample.figures().get(Figure.CGROUP_LIMIT_USED_BYTES);
        Optional<Double> share = limit.orElse(0) > 0 && used.isPresent()
                ? Optional.of(100.0 * used.getAsLong() / limit.getAsLong())
                : Optional.empty();
        Hold hold = Hold.of(state).next(share.map(each -> compare.holds(each, percent)), sample);
        return hold.lasts(holdFor, sample)
                ? Step.fire(
                        hold,
                        firing(share.orElse(0.0), used.orElse(0), limit.orElse(0), hold, sample))
                : Step.quiet(hold);
    }

    private Firing firing(double share, long used, long limit, Hold hold, Sample sample) {
        Duration held = hold.time(sample);
        return Firing.of(
                "Cgroup",
                "cgroup at %s %% of its %s%s (%s %s %%)"
                        .formatted(
                                Words.one(share),
                                Quantity.size(limit),
                                Words.heldFor(holdFor, held),
                                compare.sign(),
                                Words.one(percent)),
                "condition",
                text(),
                "usedBytes",
                Long.toString(used),
                "limitBytes",
                Long.toString(limit),
                "usedPercent",
                Words.one(share),
                "heldFor",
                Quantity.time(held));
    }

    @Override
    public State rearm(State state) {
        return Hold.of(state).afresh(holdFor);
    }

    @Override
    public Needs needs() {
        return Needs.of(Figure.CGROUP_LIMIT_BYTES, Figure.CGROUP_LIMIT_USED_BYTES);
    }

    @Override
    public String text() {
        return "cgroup %s %s%%%s"
                .formatted(
                        compare.sign(),
                        Words.one(percent).replace(".0", ""),
                        Words.holdFor(holdFor));
    }
}
