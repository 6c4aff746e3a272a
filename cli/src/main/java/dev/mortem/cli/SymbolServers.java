package dev.mortem.cli;

import dev.mortem.base.limit.Limits;
import dev.mortem.os.Doctor;
import dev.mortem.stack.fetch.DebuginfodClient;
import dev.mortem.stack.fetch.EnvironmentProxies;
import dev.mortem.stack.fetch.FetchSession;
import dev.mortem.stack.fetch.FetchTimes;
import dev.mortem.stack.fetch.Pause;
import dev.mortem.stack.fetch.ServerTrust;
import dev.mortem.stack.fetch.StoreSource;
import dev.mortem.stack.fetch.SymbolSource;
import dev.mortem.stack.fetch.SymbolStores;

import java.io.IOException;
import java.net.ProxySelector;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/** The servers and stores that the user named, for as long as a command runs. */
record SymbolServers(Optional<FetchSession> session, SymbolSource source, StoreSource stores)
        implements AutoCloseable {
    /** Nobody is asked, and nothing of HTTP is loaded. */
    static SymbolServers none() {
        return new SymbolServers(Optional.empty(), SymbolSource.NONE, StoreSource.NONE);
    }

    /** Opens the cache where servers are named; a connection is made when a file is asked for. */
    static SymbolServers open(
            SymbolPlaces places,
            Path cache,
            Limits limits,
            boolean offline,
            Map<String, String> environment,
            Console console,
            Clock clock,
            boolean verbose)
            throws CommandFailure {
        boolean heard = verbose || console.errIsTerminal();
        FetchSession session = FetchSession.of(new FetchSession.Setup(
                cache,
                offline,
                Version.tool().replace(' ', '/'),
                clock,
                FetchTimes.defaults(),
                Pause.REAL,
                proxies(places, environment),
                trust(places, environment),
                limits,
                sentence -> {
                    if (heard) {
                        console.note(Shown.oneLine(sentence));
                    }
                }));
        if (places.hasServers()) {
            requireCache(session, cache);
        }
        return new SymbolServers(
                Optional.of(session),
                new DebuginfodClient(session, places.servers()),
                new SymbolStores(session, places.stores(), places.folders(), clock));
    }

    private static ProxySelector proxies(SymbolPlaces places, Map<String, String> environment)
            throws CommandFailure {
        try {
            return EnvironmentProxies.of(places.hasServers() ? environment : Map.of());
        } catch (IllegalArgumentException unusable) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, unusable);
        }
    }

    private static ServerTrust trust(SymbolPlaces places, Map<String, String> environment)
            throws CommandFailure {
        try {
            return ServerTrust.of(places.hasServers() ? environment : Map.of());
        } catch (IllegalArgumentException unusable) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, unusable);
        }
    }

    private static void requireCache(FetchSession session, Path cache) throws CommandFailure {
        try {
            session.requireCache();
        } catch (IOException unusable) {
            String why = unusable instanceof FileSystemException known && known.getReason() != null
                    ? known.getReason()
                    : "cannot be made or written: " + unusable.getMessage();
            throw new CommandFailure(
                    ExitCode.STORAGE,
                    "the cache of fetched symbols, " + cache + ": " + why
                            + "; name another folder with --symbol-cache",
                    unusable);
        }
    }

    /** The user's own folder for caches (XDG Base Directory Specification). */
    static Path cacheFolder(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "/");
        Path named = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        Path caches = named.isAbsolute() ? named : Path.of(home, ".cache");
        return caches.resolve("mortem").resolve("symbols");
    }

    /** Where fetched files lie, how much that is, and how to be rid of it. */
    static Doctor.Check checkCache(Map<String, String> environment) {
        Path cache = cacheFolder(environment);
        String meaning = "keeps what symbol servers gave, at most "
                + Quantities.size(FetchSession.CACHE_BYTES.defaultMax())
                + " unless --symbol-cache-size says otherwise; it may be emptied at any time";
        try {
            long sizeBytes = FetchSession.cachedBytes(cache);
            return Doctor.Check.ok(
                    "symbol_cache",
                    sizeBytes == 0
                            ? cache + " is empty"
                            : cache + " has " + Quantities.size(sizeBytes)
                                    + "; empty it with: rm -r -- '" + cache + "'",
                    meaning);
        } catch (IOException unreadable) {
            return Doctor.Check.limited(
                    "symbol_cache",
                    cache + " cannot be read: " + unreadable.getMessage(),
                    meaning,
                    "");
        }
    }

    @Override
    public void close() {
        session.ifPresent(FetchSession::close);
    }
}
