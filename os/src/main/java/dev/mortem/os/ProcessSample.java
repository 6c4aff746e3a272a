package dev.mortem.os;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What was read of one process at one moment. What could not be read, or was not wanted, is absent, never
 * 0. Immutable.
 */
public final class ProcessSample {
    private final long takenNanos;
    private final Map<Figure, Long> values;
    private final Optional<List<ThreadSample>> threads;
    private final Optional<Set<String>> modules;

    private ProcessSample(Builder builder) {
        this.takenNanos = builder.takenNanos;
        this.values = new EnumMap<>(builder.values);
        this.threads = builder.threads;
        this.modules = builder.modules;
    }

    public static Builder at(long takenNanos) {
        return new Builder(takenNanos);
    }

    /** When it was taken, by a clock that nobody sets; only differences mean something. */
    public long takenNanos() {
        return takenNanos;
    }

    public OptionalLong get(Figure figure) {
        Long value = values.get(figure);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** By ascending id. */
    public Optional<List<ThreadSample>> threads() {
        return threads;
    }

    /** Paths of the files whose code is mapped. */
    public Optional<Set<String>> modules() {
        return modules;
    }

    /** Collects one sample; belongs to one thread. */
    public static final class Builder {
        private final long takenNanos;
        private final Map<Figure, Long> values = new EnumMap<>(Figure.class);
        private Optional<List<ThreadSample>> threads = Optional.empty();
        private Optional<Set<String>> modules = Optional.empty();

        private Builder(long takenNanos) {
            this.takenNanos = takenNanos;
        }

        public Builder set(Figure figure, long value) {
            values.put(figure, value);
            return this;
        }

        public Builder set(Figure figure, OptionalLong value) {
            return value.isPresent() ? set(figure, value.getAsLong()) : this;
        }

        public Builder threads(List<ThreadSample> all) {
            threads = Optional.of(List.copyOf(all));
            return this;
        }

        public Builder modules(Set<String> all) {
            modules = Optional.of(Set.copyOf(all));
            return this;
        }

        public ProcessSample build() {
            return new ProcessSample(this);
        }
    }
}
