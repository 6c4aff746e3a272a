package dev.mortem.cli;

import dev.mortem.stack.fetch.ServerUrl;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the user named with {@code --symbols}.
 *
 * @param paths files and folders, which exist
 * @param servers in the order they were named
 */
record SymbolPlaces(List<Path> paths, List<ServerUrl> servers) {
    /** The variable of elfutils' tools, in which distributions name their servers. */
    private static final String URLS = "DEBUGINFOD_URLS";

    SymbolPlaces {
        paths = List.copyOf(paths);
        servers = List.copyOf(servers);
    }

    /**
     * Tells paths from servers. {@code DEBUGINFOD_URLS} is looked at for the word {@code debuginfod}
     * only.
     *
     * @throws IllegalArgumentException for what is neither; the message names it and says why
     */
    static SymbolPlaces of(List<String> named, Map<String, String> environment) {
        List<Path> paths = new ArrayList<>();
        List<ServerUrl> servers = new ArrayList<>();
        for (String each : named) {
            if (each.equals("debuginfod")) {
                servers.addAll(ofEnvironment(environment.getOrDefault(URLS, "")));
            } else if (each.matches("(?i)[a-z][a-z0-9+.-]*://.*")) {
                servers.add(server(each));
            } else if (each.matches("(?i)(srv\\*|cache\\*|msdl$).*")) {
                throw new IllegalArgumentException(
                        each + ": servers of Windows symbols are not built yet; a file, a folder or"
                                + " a debuginfod server is");
            } else {
                paths.add(existing(each));
            }
        }
        return new SymbolPlaces(paths, servers.stream().distinct().toList());
    }

    private static List<ServerUrl> ofEnvironment(String urls) {
        // "ima:enforcing" and its like are no servers but how elfutils is to verify what they give
        List<ServerUrl> servers = List.of(urls.strip().split("\\s+")).stream()
                .filter(url -> !url.isEmpty() && !url.startsWith("ima:"))
                .map(SymbolPlaces::server)
                .toList();
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("debuginfod: " + URLS
                    + " names no server; set it, or give --symbols the URL of one");
        }
        return servers;
    }

    private static ServerUrl server(String url) {
        try {
            return ServerUrl.of(url);
        } catch (IllegalArgumentException unusable) {
            String shown = Shown.oneLine(url.replaceFirst("//[^/@]*@", "//…@"));
            throw new IllegalArgumentException(shown + ": " + unusable.getMessage(), unusable);
        }
    }

    private static Path existing(String named) {
        try {
            Path path = Path.of(named);
            if (Files.exists(path)) {
                return path;
            }
        } catch (InvalidPathException unusable) {
            throw new IllegalArgumentException(named + ": no name of a file", unusable);
        }
        throw new IllegalArgumentException(named + ": no such file or folder");
    }
}
