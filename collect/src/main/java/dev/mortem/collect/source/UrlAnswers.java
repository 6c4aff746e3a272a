package dev.mortem.collect.source;

import dev.mortem.base.text.Quantity;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.UrlTrigger;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Asks a URL again and again; redirects are answers, not followed. */
public final class UrlAnswers implements EventSource {
    private final EventQueue queue = new EventQueue();
    private final UrlTrigger.Probe probe;
    private final Rounds rounds;

    public UrlAnswers(UrlTrigger.Probe probe) {
        this.probe = probe;
        this.rounds = new Rounds("mortem-url", probe.every(), () -> queue.add(ask()));
    }

    private Event ask() {
        long began = System.nanoTime();
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(probe.url()).toURL().openConnection();
            int timeoutMs = (int) Math.min(Integer.MAX_VALUE, probe.timeout().toMillis());
            connection.setConnectTimeout(timeoutMs);
            connection.setReadTimeout(timeoutMs);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestProperty("User-Agent", "mortem");
            connection.setRequestProperty("Connection", "close");
            try {
                int status = connection.getResponseCode();
                return answer(began, OptionalInt.of(status), Optional.empty());
            } finally {
                connection.disconnect();
            }
        } catch (SocketTimeoutException late) {
            return answer(
                    began,
                    OptionalInt.empty(),
                    Optional.of("no answer within " + Quantity.shortTime(probe.timeout())));
        } catch (IOException | RuntimeException failed) {
            String why = Optional.ofNullable(failed.getMessage())
                    .orElse(failed.getClass().getSimpleName());
            return answer(began, OptionalInt.empty(), Optional.of(why));
        }
    }

    private Event answer(long began, OptionalInt status, Optional<String> failure) {
        Duration time = Duration.ofNanos(System.nanoTime() - began);
        return new Event.UrlAnswered(probe.url(), time, status, failure);
    }

    @Override
    public void drainTo(List<Event> events) {
        queue.drainTo(events);
    }

    @Override
    public void close() {
        rounds.close();
    }
}
