package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limits;

import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** A client of debuginfod with a session of its own, as a command has it. */
public final class OwnSession implements SymbolSource, AutoCloseable {
    private final FetchSession session;
    private final DebuginfodClient client;

    private OwnSession(FetchSession session, List<ServerUrl> servers) throws IOException {
        this.session = session;
        this.client = new DebuginfodClient(session, servers);
        session.requireCache();
    }

    /** Without pauses. */
    static FetchSession.Setup setup(
            Path cache,
            boolean offline,
            InstantSource clock,
            FetchTimes times,
            Limits limits,
            FetchSession.Listener listener) {
        return new FetchSession.Setup(
                cache,
                offline,
                "mortem/test",
                clock,
                times,
                time -> {},
                ProxySelector.of(null),
                ServerTrust.ofJvm(),
                limits,
                listener);
    }

    static OwnSession of(FetchSession.Setup setup, List<ServerUrl> servers) throws IOException {
        return new OwnSession(FetchSession.of(setup), servers);
    }

    /** Of one server, with the times of a command. */
    public static OwnSession of(Path cache, String url) throws IOException {
        return of(
                setup(
                        cache,
                        false,
                        InstantSource.system(),
                        FetchTimes.defaults(),
                        Limits.defaults(),
                        sentence -> {}),
                List.of(ServerUrl.of(url)));
    }

    @Override
    public Lookup executable(String buildId) {
        return client.executable(buildId);
    }

    @Override
    public Lookup debugFile(String buildId) {
        return client.debugFile(buildId);
    }

    @Override
    public Lookup source(String buildId, String path) {
        return client.source(buildId, path);
    }

    @Override
    public void close() {
        session.close();
    }
}
