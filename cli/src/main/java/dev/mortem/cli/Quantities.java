package dev.mortem.cli;

import dev.mortem.base.text.Quantity;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.function.Function;

/** Durations and sizes as a command line gives them and as messages print them. */
public final class Quantities {
    private Quantities() {}

    /** {@code 250ms 10s 5m 2h}; a bare number is refused, so that nobody guesses its unit. */
    public static Duration duration(String text) {
        return converted(text, Quantity::duration);
    }

    /** {@code 100MB 2GiB}, or a plain number of bytes. */
    public static long sizeBytes(String text) {
        return converted(text, Quantity::sizeBytes);
    }

    /** "1.4 GB": decimal units, three digits at most. */
    public static String size(long sizeBytes) {
        return Quantity.size(sizeBytes);
    }

    /** "0.3 ms", "28 ms", "1.4 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
    public static String time(Duration duration) {
        return Quantity.time(duration);
    }

    private static <T> T converted(String text, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(wrong.getMessage());
        }
    }

    /** For picocli. */
    public static final class DurationConverter implements ITypeConverter<Duration> {
        public DurationConverter() {}

        @Override
        public Duration convert(String text) {
            return duration(text);
        }
    }

    /** For picocli. */
    public static final class SizeConverter implements ITypeConverter<Long> {
        public SizeConverter() {}

        @Override
        public Long convert(String text) {
            return sizeBytes(text);
        }
    }
}
