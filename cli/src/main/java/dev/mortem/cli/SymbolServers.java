package dev.mortem.cli;

import dev.mortem.base.limit.Limits;
import dev.mortem.os.Doctor;
import dev.mortem.stack.fetch.DebuginfodClient;
import dev.mortem.stack.fetch.FetchTimes;
import dev.mortem.stack.fetch.ServerUrl;
import dev.mortem.stack.fetch.SymbolSource;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The servers that the user named, for as long as a command runs. */
record SymbolServers(Optional<DebuginfodClient> client) implements AutoCloseable {
    /** Nobody is asked, and nothing of HTTP is loaded. */
    static SymbolServers none() {
        return new SymbolServers(Optional.empty());
    }

    /** Opens the cache; a connection is made when a file is asked for. */
    static SymbolServers open(
            List<ServerUrl> servers,
            Path cache,
            Limits limits,
            boolean offline,
            Console console,
            Clock clock,
            boolean verbose)
            throws CommandFailure {
        boolean heard = verbose || console.errIsTerminal();
        try {
            return new SymbolServers(Optional.of(DebuginfodClient.open(new DebuginfodClient.Setup(
                    servers,
                    cache,
                    offline,
                    Version.tool().replace(' ', '/'),
                    clock,
                    FetchTimes.defaults(),
                    limits,
                    sentence -> {
                        if (heard) {
                            console.note(Shown.oneLine(sentence));
                        }
                    }))));
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
        return caches.resolve("mortem").resolve("debuginfod");
    }

    /** Where fetched files lie, how much that is, and how to be rid of it. */
    static Doctor.Check checkCache(Map<String, String> environment) {
        Path cache = cacheFolder(environment);
        String meaning = "keeps what symbol servers gave, at most "
                + Quantities.size(DebuginfodClient.CACHE_BYTES.defaultMax())
                + " unless --symbol-cache-size says otherwise; it may be emptied at any time";
        try {
            long sizeBytes = DebuginfodClient.cachedBytes(cache);
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

    SymbolSource source() {
        return client.<SymbolSource>map(opened -> opened).orElse(SymbolSource.NONE);
    }

    @Override
    public void close() {
        client.ifPresent(DebuginfodClient::close);
    }
}
