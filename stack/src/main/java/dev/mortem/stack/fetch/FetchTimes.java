package dev.mortem.stack.fetch;

import java.time.Duration;

/**
 * How long to wait for a server.
 *
 * @param connect until a connection stands
 * @param progress within it {@link #PROGRESS_BYTES} more must have come, or the answer's end; a server
 *     that unpacks a package first sends nothing for a while
 * @param whole for one file, from the first try to its end
 * @param pause before the second try, four times as long before the third
 */
public record FetchTimes(Duration connect, Duration progress, Duration whole, Duration pause) {
    /** Less in a {@code progress} is no download that ends. */
    static final long PROGRESS_BYTES = 64 * 1024;

    /** For people who wait: 10 s, 60 s, 20 minutes, 0.3 s. */
    public static FetchTimes defaults() {
        return new FetchTimes(
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofMinutes(20),
                Duration.ofMillis(300));
    }
}
