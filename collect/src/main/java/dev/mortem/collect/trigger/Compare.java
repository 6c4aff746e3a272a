package dev.mortem.collect.trigger;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** How a value must stand to a threshold. */
public enum Compare {
    ABOVE(">"),
    AT_LEAST(">="),
    BELOW("<"),
    AT_MOST("<=");

    private final String sign;

    Compare(String sign) {
        this.sign = sign;
    }

    public String sign() {
        return sign;
    }

    public boolean holds(double value, double threshold) {
        return switch (this) {
            case ABOVE -> value > threshold;
            case AT_LEAST -> value >= threshold;
            case BELOW -> value < threshold;
            case AT_MOST -> value <= threshold;
        };
    }

    /** Empty while the value is not known. */
    Optional<Boolean> holds(OptionalDouble value, double threshold) {
        return value.isPresent()
                ? Optional.of(holds(value.getAsDouble(), threshold))
                : Optional.empty();
    }

    /** Empty while the value is not known. */
    Optional<Boolean> holds(OptionalLong value, long threshold) {
        return value.isPresent()
                ? Optional.of(holds((double) value.getAsLong(), (double) threshold))
                : Optional.empty();
    }

    /** Whether a larger value is nearer to firing. */
    public boolean isUpwards() {
        return this == ABOVE || this == AT_LEAST;
    }
}
