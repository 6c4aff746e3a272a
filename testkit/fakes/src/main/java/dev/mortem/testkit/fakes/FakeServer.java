package dev.mortem.testkit.fakes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

/**
 * A web server on this machine's own address, on a port that is free, that answers as a test tells it to:
 * also as no good server would. What it was not told is 404. Safe for any thread.
 */
public final class FakeServer implements AutoCloseable {
    private static final long HELD_SECONDS_MAX = 60;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<String, Deque<Reply>> replies = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    /** What is done about one request. */
    public static final class Reply {
        private final Deed deed;

        private Reply(Deed deed) {
            this.deed = deed;
        }
    }

    private interface Deed {
        void on(HttpExchange exchange, FakeServer server) throws IOException;
    }

    private FakeServer(HttpServer server) {
        this.server = server;
    }

    public static FakeServer start() throws IOException {
        return start(HttpServer.create(freePort(), 0));
    }

    /** Over TLS, with that certificate. */
    public static FakeServer startSecure(FakeCertificate certificate) throws IOException {
        HttpsServer server = HttpsServer.create(freePort(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(certificate.context()));
        return start(server);
    }

    private static InetSocketAddress freePort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static FakeServer start(HttpServer server) {
        FakeServer fake = new FakeServer(server);
        server.setExecutor(fake.threads);
        server.createContext("/", fake::handle);
        server.start();
        return fake;
    }

    /** Its address, without a slash at the end. */
    public String url() {
        return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:"
                + server.getAddress().getPort();
    }

    /** Answers to the path, encoded as it is sent: one for each request in turn, the last for all others. */
    public FakeServer on(String path, Reply... inTurn) {
        replies.put(path, new ArrayDeque<>(List.of(inTurn)));
        return this;
    }

    /** The paths asked for so far, in the order in which they came. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    public static Reply file(byte[] content) {
        return new Reply((exchange, _) -> whole(exchange, content));
    }

    public static Reply status(int code) {
        return new Reply((exchange, _) -> exchange.sendResponseHeaders(code, -1));
    }

    /** The status with a header. */
    public static Reply withStatus(int code, String header, String value) {
        return new Reply((exchange, _) -> {
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(code, -1);
        });
    }

    public static Reply page(String html) {
        return new Reply((exchange, _) -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            whole(exchange, html.getBytes(StandardCharsets.UTF_8));
        });
    }

    public static Reply redirect(String location) {
        return new Reply((exchange, _) -> {
            exchange.getResponseHeaders().set("Location", location);
            exchange.sendResponseHeaders(302, -1);
        });
    }

    /** The content with a header more. */
    public static Reply withHeader(String name, String value, byte[] content) {
        return new Reply((exchange, _) -> {
            exchange.getResponseHeaders().set(name, value);
            whole(exchange, content);
        });
    }

    /** The content, packed. */
    public static Reply gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return withHeader("Content-Encoding", "gzip", packed.toByteArray());
    }

    /** Announces all of the content, sends so much of it, and hangs up. */
    public static Reply cutOff(byte[] content, int sentBytes) {
        return new Reply((exchange, _) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, sentBytes);
            exchange.getResponseBody().flush();
        });
    }

    /** Sends so much of the content and then nothing until the server is closed. */
    public static Reply stalled(byte[] content, int sentBytes) {
        return new Reply((exchange, server) -> {
            if (sentBytes > 0) {
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content, 0, sentBytes);
                exchange.getResponseBody().flush();
            }
            server.awaitClose();
        });
    }

    /** Sends the content in chunks, without its length. */
    public static Reply chunked(byte[] content) {
        return new Reply((exchange, _) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(content);
        });
    }

    /** Counts the latch down, and answers when it is at zero: so many requests are there at once. */
    public static Reply together(CountDownLatch latch, Reply then) {
        return new Reply((exchange, server) -> {
            latch.countDown();
            await(latch);
            then.deed.on(exchange, server);
        });
    }

    private void awaitClose() throws IOException {
        await(closing);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(HELD_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IOException("nobody let this answer go on");
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void whole(HttpExchange exchange, byte[] content) throws IOException {
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        if (content.length > 0) {
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(content);
            }
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            requests.add(path);
            next(path).deed.on(exchange, this);
        }
    }

    private Reply next(String path) {
        Deque<Reply> left = replies.getOrDefault(path, new ArrayDeque<>(List.of(status(404))));
        synchronized (left) {
            return left.size() > 1 ? left.removeFirst() : left.getFirst();
        }
    }
}
