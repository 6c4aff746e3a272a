package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;

/**
 * One GET into a file, bounded in size, time and redirections (RFC 9110). Loads Java's HTTP client: make
 * one only when something is asked. Safe for any thread.
 */
final class HttpTransport implements AutoCloseable {
    static final Limit REDIRECTIONS = new Limit(
            "redirections for one file",
            5,
            "redirections",
            "servers use one or two; a circle has no end");

    private static final Duration LOOK_MAX = Duration.ofMillis(200);

    /** How Java's client says by which status a proxy refused a CONNECT; 407 comes as an answer. */
    private static final Pattern NO_TUNNEL = Pattern.compile("Tunnel failed, got: ([0-9]{3})");

    /** What came. */
    sealed interface Answer {
        /** @param contentType empty where the server does not say */
        record Whole(Optional<String> contentType) implements Answer {
            /** Whether the server says itself that it sent a web page. */
            boolean isPage() {
                return contentType.filter(type -> type.startsWith("text/html")).isPresent();
            }
        }

        /**
         * No file, but a status.
         *
         * @param retryAfter how long the server wants to be left alone
         */
        record Status(int code, Optional<Duration> retryAfter) implements Answer {}

        /** Over a limit, or in a form that is not read. */
        record Refused(String why) implements Answer {}

        /** Not what HTTP allows, or no end of redirections. */
        record Broken(String why) implements Answer {}

        /** Not reachable, reset, cut off; {@code worthAnother} where that may pass at once. */
        record Interrupted(String why, boolean worthAnother) implements Answer {}
    }

    private final HttpClient client;
    private final FetchTimes times;
    private final Limits limits;
    private final String agent;

    HttpTransport(
            FetchTimes times,
            Limits limits,
            String agent,
            ProxySelector proxies,
            ServerTrust trust) {
        this.times = times;
        this.limits = limits;
        this.agent = agent;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(times.connect())
                .proxy(proxies);
        trust.give(builder);
        this.client = builder.build();
    }

    /**
     * Writes the answer's content to {@code target}, which exists; what is in it after anything but
     * {@link Answer.Whole} means nothing.
     *
     * @param bytesMax what the content may have, also unpacked
     * @param deadlineNanos on the clock of {@link System#nanoTime}
     * @throws IOException when {@code target} cannot be written
     */
    Answer get(URI first, Path target, long bytesMax, long deadlineNanos)
            throws IOException, InterruptedException {
        URI uri = first;
        for (int hop = 0; hop <= limits.max(REDIRECTIONS); hop++) {
            Hop answered = hop(uri, target, bytesMax, deadlineNanos);
            if (!(answered instanceof Hop.Elsewhere elsewhere)) {
                return ((Hop.End) answered).answer();
            }
            Optional<URI> next = elsewhere.location().flatMap(to -> resolved(elsewhere.from(), to));
            if (next.isEmpty() || !ServerUrl.isHttp(next.get()) || next.get().getHost() == null) {
                return new Answer.Broken("a redirection that leads to no http or https server");
            }
            if (isSecure(uri) && !isSecure(next.get())) {
                return new Answer.Broken("a redirection from https to http, not followed");
            }
            uri = next.get();
        }
        return new Answer.Broken("more than " + limits.max(REDIRECTIONS) + " redirections");
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private sealed interface Hop {
        record Elsewhere(URI from, Optional<String> location) implements Hop {}

        record End(Answer answer) implements Hop {}
    }

    private Hop hop(URI uri, Path target, long bytesMax, long deadlineNanos)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("User-Agent", agent)
                .header("Accept-Encoding", "gzip")
                .build();
        try (BodySink sink = new BodySink(target, bytesMax)) {
            CompletableFuture<HttpResponse<Void>> future = client.sendAsync(request, sink::accept);
            Optional<Answer> late = await(future, sink, deadlineNanos);
            if (late.isPresent()) {
                future.cancel(true);
                return new Hop.End(late.get());
            }
            HttpResponse<Void> response = future.join();
            int status = response.statusCode();
            if (status >= 300 && status < 400 && status != 304) {
                return new Hop.Elsewhere(uri, response.headers().firstValue("Location"));
            }
            if (status != 200) {
                return new Hop.End(new Answer.Status(status, retryAfter(response.headers())));
            }
            return new Hop.End(content(response.headers(), target, bytesMax));
        } catch (BodySink.TooLargeException tooLarge) {
            return new Hop.End(new Answer.Refused(tooLarge.why()));
        }
    }

    /** Waits for the answer's end; an answer that did not come, or comes too slowly, is one too. */
    private Optional<Answer> await(
            CompletableFuture<HttpResponse<Void>> future, BodySink sink, long deadlineNanos)
            throws IOException, InterruptedException {
        long lookNanos = Math.min(LOOK_MAX.toNanos(), times.progress().toNanos() / 4 + 1);
        long progressAt = System.nanoTime();
        long progressBytes = 0;
        while (true) {
            try {
                future.get(lookNanos, TimeUnit.NANOSECONDS);
                return Optional.empty();
            } catch (TimeoutException notYet) {
                long now = System.nanoTime();
                long received = sink.received();
                if (received - progressBytes >= FetchTimes.PROGRESS_BYTES) {
                    progressAt = now;
                    progressBytes = received;
                }
                if (now - deadlineNanos > 0) {
                    return Optional.of(late("not whole after " + text(times.whole())));
                }
                if (now - progressAt > times.progress().toNanos()) {
                    return Optional.of(late("timed out: " + (received - progressBytes)
                            + " bytes in " + text(times.progress())));
                }
            } catch (ExecutionException failed) {
                return Optional.of(
                        failure(Optional.ofNullable(failed.getCause()).orElse(failed)));
            }
        }
    }

    private static Answer late(String why) {
        return new Answer.Interrupted(why, false);
    }

    private Answer failure(Throwable cause) throws IOException {
        return switch (cause) {
            case BodySink.TooLargeException tooLarge -> new Answer.Refused(tooLarge.why());
            case BodySink.UnwritableException unwritable -> throw unwritable.failure();
            case HttpConnectTimeoutException slow ->
                new Answer.Interrupted(
                        "timed out: no connection in " + text(times.connect()), false);
            case HttpTimeoutException slow -> new Answer.Interrupted("timed out", false);
            case ConnectException refused -> new Answer.Interrupted(reachable(refused), true);
            case SSLException untrusted ->
                new Answer.Interrupted(TlsFailure.words(untrusted), false);
            case IOException broken -> cutOff(words(broken));
            case RuntimeException odd -> new Answer.Broken("not HTTP: " + words(odd));
            default -> throw new IllegalStateException("an answer failed", cause);
        };
    }

    private static Answer cutOff(String words) {
        Matcher refused = NO_TUNNEL.matcher(words);
        return refused.matches()
                ? new Answer.Interrupted(
                        "the proxy opens no tunnel: " + refused.group(1),
                        refused.group(1).startsWith("5"))
                : new Answer.Interrupted("cut off: " + words, true);
    }

    private static String reachable(ConnectException refused) {
        boolean noName = refused.getCause() instanceof UnresolvedAddressException
                || (refused.getCause() != null
                        && refused.getCause().getCause() instanceof UnresolvedAddressException);
        return noName ? "no such host" : "not reachable: " + words(refused);
    }

    private static String words(Throwable failure) {
        return Escape.visible(Optional.ofNullable(failure.getMessage())
                .orElse(failure.getClass().getSimpleName()));
    }

    private Answer content(HttpHeaders headers, Path target, long bytesMax) throws IOException {
        String encoding =
                headers.firstValue("Content-Encoding").orElse("identity").toLowerCase(Locale.ROOT);
        Optional<String> type = headers.firstValue("Content-Type");
        switch (encoding) {
            case "identity", "" -> {}
            case "gzip", "x-gzip" -> {
                Optional<Answer> problem = BodySink.inflate(target, bytesMax);
                if (problem.isPresent()) {
                    return problem.get();
                }
            }
            default -> {
                return new Answer.Refused(
                        "content encoding " + Escape.visible(encoding) + ", gzip is allowed");
            }
        }
        OptionalLong stated = statedBytes(headers);
        if (stated.isPresent() && stated.getAsLong() != Files.size(target)) {
            return new Answer.Interrupted(
                    "cut off: " + Files.size(target) + " of " + stated.getAsLong() + " bytes came",
                    true);
        }
        return new Answer.Whole(type);
    }

    /** In seconds; a date is not taken. */
    private static Optional<Duration> retryAfter(HttpHeaders headers) {
        return headers.firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    /** The size of the file as debuginfod states it, whatever the encoding. */
    private static OptionalLong statedBytes(HttpHeaders headers) {
        return headers.firstValue("X-DEBUGINFOD-SIZE")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElse(OptionalLong.empty());
    }

    private static Optional<URI> resolved(URI from, String location) {
        try {
            return Optional.of(from.resolve(location));
        } catch (IllegalArgumentException noUri) {
            return Optional.empty();
        }
    }

    private static boolean isSecure(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme());
    }

    private static String text(Duration time) {
        return time.toMillis() < 1000 ? time.toMillis() + " ms" : time.toSeconds() + " s";
    }
}
