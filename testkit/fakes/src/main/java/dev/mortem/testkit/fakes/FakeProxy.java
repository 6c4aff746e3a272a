package dev.mortem.testkit.fakes;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A proxy on this machine's own address, on a port that is free, that opens tunnels (RFC 9110, 9.3.6
 * "CONNECT") to where it is asked, or refuses with a status. Safe for any thread.
 */
public final class FakeProxy implements AutoCloseable {
    private static final int HEAD_BYTES_MAX = 16 * 1024;

    private final ServerSocket listening;
    private final int status;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private FakeProxy(ServerSocket listening, int status) {
        this.listening = listening;
        this.status = status;
    }

    public static FakeProxy start() throws IOException {
        return refusing(200);
    }

    /** One that answers everything with this status, and opens no tunnel but for 200. */
    public static FakeProxy refusing(int status) throws IOException {
        FakeProxy proxy =
                new FakeProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), status);
        proxy.threads.execute(proxy::accept);
        return proxy;
    }

    /** As environments name it. */
    public String url() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    /** The first line of each request, in the order in which they came. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }

    private void accept() {
        try {
            while (!listening.isClosed()) {
                Socket client = listening.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            }
        } catch (IOException closed) {
            // that is how it ends
        }
    }

    private void serve(Socket client) {
        try (client) {
            String line = head(client.getInputStream()).lines().findFirst().orElse("");
            asked.add(line);
            if (status != 200) {
                String authenticate =
                        status == 407 ? "Proxy-Authenticate: Basic realm=\"test\"\r\n" : "";
                write(
                        client.getOutputStream(),
                        "HTTP/1.1 " + status + " No\r\n" + authenticate
                                + "Content-Length: 0\r\nConnection: close\r\n\r\n");
                return;
            }
            String[] target = line.split(" ", -1)[1].split(":", -1);
            try (Socket server = new Socket(target[0], Integer.parseInt(target[1]))) {
                open.add(server);
                write(client.getOutputStream(), "HTTP/1.1 200 Connected\r\n\r\n");
                threads.execute(() -> copy(server, client));
                client.getInputStream().transferTo(server.getOutputStream());
            }
        } catch (IOException gone) {
            // one of the two hung up
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException gone) {
            // one of the two hung up
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0 && head.length() < HEAD_BYTES_MAX) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }
}
