package dev.mortem.collect.trigger;

import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import java.util.Locale;
import java.util.OptionalDouble;

/** An amount of processor: a number of cores, or a share of something. */
public record CpuAmount(double value, Unit unit) {
    /** What 1 (or 100 %) is. */
    public enum Unit {
        /** Cores. */
        CORES,
        /** Percent of one core. */
        PERCENT_OF_CORE,
        /** Percent of all cores that are online. */
        PERCENT_OF_MACHINE,
        /** Percent of what the cgroup's quota allows. */
        PERCENT_OF_QUOTA
    }

    public CpuAmount {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("an amount of CPU is 0 or more, not " + value);
        }
    }

    /** In cores of this process's machine; empty where there is no quota to take a share of. */
    public OptionalDouble cores(ProcessSample sample) {
        return switch (unit) {
            case CORES -> OptionalDouble.of(value);
            case PERCENT_OF_CORE -> OptionalDouble.of(value / 100);
            case PERCENT_OF_MACHINE -> share(sample, Figure.MACHINE_CORES, 1);
            case PERCENT_OF_QUOTA -> share(sample, Figure.QUOTA_MILLICORES, 1000);
        };
    }

    private OptionalDouble share(ProcessSample sample, Figure whole, double unitsPerCore) {
        return sample.get(whole).isPresent()
                ? OptionalDouble.of(value / 100 * sample.get(whole).getAsLong() / unitsPerCore)
                : OptionalDouble.empty();
    }

    public String text() {
        String number = value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : Double.toString(value);
        return switch (unit) {
            case CORES -> number + " cores";
            case PERCENT_OF_CORE -> number + "% of core";
            case PERCENT_OF_MACHINE -> number + "% of machine";
            case PERCENT_OF_QUOTA -> number + "% of quota";
        };
    }
}
