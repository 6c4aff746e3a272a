package dev.mortem.testkit.synth;

import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/**
 * A number that may become known later: an address or an offset of something not placed yet. Asking
 * for the value before it was set is a mistake of the test and throws.
 */
public final class Label {
    private @Nullable LongSupplier number;

    private Label(@Nullable LongSupplier number) {
        this.number = number;
    }

    /** To be {@link #set} before the file is built. */
    public static Label unset() {
        return new Label(null);
    }

    public static Label of(long value) {
        return new Label(() -> value);
    }

    /** Computed when it is asked for. */
    public static Label of(LongSupplier value) {
        return new Label(value);
    }

    public void set(long value) {
        number = () -> value;
    }

    public void set(Label same) {
        number = same::value;
    }

    public boolean isSet() {
        return number != null;
    }

    /** The label that lies {@code distance} after this one, whenever this one becomes known. */
    public Label plus(long distance) {
        return new Label(() -> value() + distance);
    }

    /** The distance from {@code start} to this. */
    public Label minus(Label start) {
        return new Label(() -> value() - start.value());
    }

    public long value() {
        if (number == null) {
            throw new IllegalStateException("a label is used whose value was never set");
        }
        return number.getAsLong();
    }
}
