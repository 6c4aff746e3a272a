package dev.mortem.collect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.collect.trigger.CommandTrigger;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.UrlTrigger;
import dev.mortem.testkit.fakes.FakeServer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** URLs and commands that are tried again and again, on servers of our own. */
class ProbesTest {
    private static final Duration EVERY = Duration.ofMillis(100);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private static List<Event> await(EventSource source, int count) {
        List<Event> events = new ArrayList<>();
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (events.size() < count) {
            assertThat(System.nanoTime()).as("events in time").isLessThan(end);
            source.drainTo(events);
            LockSupport.parkNanos(1_000_000);
        }
        return events;
    }

    private static UrlTrigger.Probe probe(String url, Duration timeout) {
        return new UrlTrigger.Probe(url, EVERY, timeout);
    }

    @Test
    void anAnswerHasItsStatusAndItsTime() throws IOException {
        try (FakeServer server = FakeServer.start().on("/health", FakeServer.status(503));
                UrlAnswers answers =
                        new UrlAnswers(probe(server.url() + "/health", Duration.ofSeconds(20)))) {
            List<Event> events = await(answers, 2);
            Event.UrlAnswered first = (Event.UrlAnswered) events.getFirst();
            assertThat(first.status()).hasValue(503);
            assertThat(first.failure()).isEmpty();
            assertThat(first.url()).isEqualTo(server.url() + "/health");
            assertThat(first.time()).isPositive();
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsLate() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Duration timeout = Duration.ofMillis(150);
            String url = "http://127.0.0.1:" + silent.getLocalPort() + "/";
            try (UrlAnswers answers = new UrlAnswers(probe(url, timeout))) {
                Event.UrlAnswered late = (Event.UrlAnswered) await(answers, 1).getFirst();
                assertThat(late.status()).isEmpty();
                assertThat(late.failure()).contains("no answer within 150ms");
                assertThat(late.time()).isGreaterThanOrEqualTo(timeout);
            }
        }
    }

    @Test
    void aPortThatNobodyListensOnFails() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port + "/";
        try (UrlAnswers answers = new UrlAnswers(probe(url, Duration.ofSeconds(20)))) {
            Event.UrlAnswered failed = (Event.UrlAnswered) await(answers, 1).getFirst();
            assertThat(failed.failure()).isPresent();
        }
    }

    @Test
    void aCommandHasItsStatus() {
        assertThat(status("exit 3", Duration.ofSeconds(20))).isEqualTo(3);
        assertThat(status("true", Duration.ofSeconds(20))).isZero();
        assertThat(status("/no/such/program", Duration.ofSeconds(20))).isEqualTo(127);
    }

    @Test
    void aCommandThatHangsIsEnded() {
        assertThat(status("sleep 1000", Duration.ofMillis(100))).isEqualTo(137);
    }

    private static int status(String command, Duration timeout) {
        CommandTrigger.Probe probe = new CommandTrigger.Probe(command, EVERY, timeout);
        try (CommandEnds ends = new CommandEnds(probe)) {
            return ((Event.CommandEnded) await(ends, 1).getFirst()).status();
        }
    }
}
