package dev.mortem.base.limit;

import java.util.HashMap;
import java.util.Map;

/** The values in force: each limit's default, unless set otherwise. Immutable. */
public final class Limits {
    private static final Limits DEFAULTS = new Limits(Map.of());

    private final Map<Limit, Long> overrides;

    private Limits(Map<Limit, Long> overrides) {
        this.overrides = overrides;
    }

    public static Limits defaults() {
        return DEFAULTS;
    }

    /** These limits with another value for one of them. */
    public Limits with(Limit limit, long max) {
        if (max <= 0) {
            throw new IllegalArgumentException(
                    limit.name() + ": a limit must be positive, not " + max);
        }
        Map<Limit, Long> changed = new HashMap<>(overrides);
        changed.put(limit, max);
        return new Limits(Map.copyOf(changed));
    }

    public long max(Limit limit) {
        return overrides.getOrDefault(limit, limit.defaultMax());
    }

    /** The limit as an {@code int}, for counts and array sizes; a larger one is cut to the largest int. */
    public int maxInt(Limit limit) {
        return (int) Math.min(Integer.MAX_VALUE, max(limit));
    }

    /** Whether an unsigned value is at or below the limit. */
    public boolean allows(Limit limit, long value) {
        return Long.compareUnsigned(value, max(limit)) <= 0;
    }
}
