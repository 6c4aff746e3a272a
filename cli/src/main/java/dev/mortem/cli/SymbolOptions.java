package dev.mortem.cli;

import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.FetchSession;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where symbols are looked for, for every command that needs them. */
final class SymbolOptions {
    @Option(
            names = "--symbols",
            paramLabel = "PLACE",
            description =
                    "A file or folder with executables or symbols; the URL of a symbol server or"
                            + " debuginfod server; 'msdl' for Microsoft's; 'srv*FOLDER*URL' as in"
                            + " _NT_SYMBOL_PATH, or 'env' for that variable; 'debuginfod' for the"
                            + " servers of DEBUGINFOD_URLS; may be repeated.")
    List<String> symbols = new ArrayList<>();

    @Option(
            names = "--symbol-cache",
            paramLabel = "DIR",
            description = "Where fetched files are kept (default: ~/.cache/mortem/symbols).")
    Optional<Path> symbolCache = Optional.empty();

    @Option(
            names = "--symbol-cache-size",
            paramLabel = "SIZE",
            converter = Quantities.SizeConverter.class,
            description = "How much is kept there, such as 2GB (default: 10GiB); what was used"
                    + " longest ago goes first.")
    Optional<Long> symbolCacheBytes = Optional.empty();

    @Option(names = "--offline", description = "Ask no server; use what was fetched before.")
    boolean offline;

    SymbolOptions() {}

    /** @throws IllegalArgumentException for what cannot be used; the message names it and says why */
    SymbolPlaces places(Map<String, String> environment) {
        if (symbolCacheBytes.filter(bytes -> bytes <= 0).isPresent()) {
            throw new IllegalArgumentException(
                    "--symbol-cache-size must be more than nothing; --offline fetches nothing");
        }
        try {
            return SymbolPlaces.of(symbols, environment);
        } catch (IllegalArgumentException unusable) {
            throw new IllegalArgumentException("--symbols " + unusable.getMessage(), unusable);
        }
    }

    /** Opens the cache if servers are named; a connection is made when a file is asked for. */
    SymbolServers open(
            SymbolPlaces places,
            Map<String, String> environment,
            Console console,
            Clock clock,
            boolean verbose)
            throws CommandFailure {
        Limits limits = symbolCacheBytes
                .map(bytes -> Limits.defaults().with(FetchSession.CACHE_BYTES, bytes))
                .orElse(Limits.defaults());
        return places.servers().isEmpty() && places.stores().isEmpty()
                ? SymbolServers.none()
                : SymbolServers.open(
                        places,
                        symbolCache.orElseGet(() -> SymbolServers.cacheFolder(environment)),
                        limits,
                        offline,
                        environment,
                        console,
                        clock,
                        verbose);
    }
}
