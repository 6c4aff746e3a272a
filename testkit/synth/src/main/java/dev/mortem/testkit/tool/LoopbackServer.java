package dev.mortem.testkit.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * An HTTP server on the loopback interface whose answers a test writes byte by byte, so that they can be
 * wrong in every way: cut, late, endless. One answer a connection, each on a thread of its own.
 */
public final class LoopbackServer implements AutoCloseable {
    /** Writes the whole answer, status line and all; the connection is closed behind it. */
    @FunctionalInterface
    public interface Page {
        void answer(String path, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket listening;
    private final Page page;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    private LoopbackServer(ServerSocket listening, Page page) {
        this.listening = listening;
        this.page = page;
    }

    /** On a port that is free. */
    public static LoopbackServer start(Page page) throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        LoopbackServer server = new LoopbackServer(socket, page);
        Thread.ofPlatform().daemon().name("loopback-accept").start(server::accept);
        return server;
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** The paths asked for so far, in order. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /** Waits until the test is over: an answer that never comes. */
    public void untilClosed() throws InterruptedException {
        closed.await();
    }

    /** A whole answer. */
    public static void ok(OutputStream out, byte[] body, String... headers) throws IOException {
        head(out, "200 OK", "Content-Length: " + body.length, headers);
        out.write(body);
    }

    /** A status without a body. */
    public static void status(OutputStream out, String status, String... headers)
            throws IOException {
        head(out, status, "Content-Length: 0", headers);
    }

    /** A head alone. */
    public static void head(OutputStream out, String status, String first, String... headers)
            throws IOException {
        StringBuilder text = new StringBuilder("HTTP/1.1 ").append(status).append("\r\n");
        text.append(first).append("\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        out.write(text.append("Connection: close\r\n\r\n")
                .toString()
                .getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                open.add(socket);
                Thread.ofPlatform().daemon().name("loopback").start(() -> serve(socket));
            } catch (IOException over) {
                return; // closed by the test
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedReader request = new BufferedReader(
                    new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String first = request.readLine();
            String line = first;
            while (line != null && !line.isEmpty()) {
                line = request.readLine();
            }
            if (first != null) {
                String path = first.split(" ", -1)[1];
                asked.add(path);
                page.answer(path, socket.getOutputStream());
                socket.shutdownOutput();
                while (request.read() >= 0) {
                    // until the other side has read all and closes: closing first may lose bytes
                }
            }
        } catch (IOException | InterruptedException over) {
            Thread.currentThread().interrupt(); // the other side has gone, or the test is over
        } finally {
            open.remove(socket);
        }
    }
}
