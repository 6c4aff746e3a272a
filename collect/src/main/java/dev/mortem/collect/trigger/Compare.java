package dev.mortem.collect.trigger;

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

    /** Whether a larger value is nearer to firing. */
    public boolean isUpwards() {
        return this == ABOVE || this == AT_LEAST;
    }
}
