package dev.mortem.cli;

import dev.mortem.stack.fetch.ServerUrl;
import dev.mortem.stack.fetch.StoreChain;
import dev.mortem.stack.fetch.StoreChain.Stage;
import dev.mortem.stack.fetch.SymbolPath;

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
 * @param servers of debuginfod, in the order they were named
 * @param stores symbol stores, in the order they were named: among them the folders of {@code paths},
 *     and the servers whose addresses do not say what they are
 */
record SymbolPlaces(List<Path> paths, List<ServerUrl> servers, List<StoreChain> stores) {
    /** The variable of elfutils' tools, in which distributions name their servers. */
    private static final String URLS = "DEBUGINFOD_URLS";

    /** The variable of Windows' debuggers. */
    private static final String SYMBOL_PATH = "_NT_SYMBOL_PATH";

    SymbolPlaces {
        paths = List.copyOf(paths);
        servers = List.copyOf(servers);
        stores = List.copyOf(stores);
    }

    /**
     * Tells paths, servers and stores from each other. A variable is looked at only where the user names
     * it: {@code DEBUGINFOD_URLS} for the word {@code debuginfod}, {@code _NT_SYMBOL_PATH} for its own
     * name or {@code env}.
     *
     * @throws IllegalArgumentException for what is none; the message names it and says why
     */
    static SymbolPlaces of(List<String> named, Map<String, String> environment) {
        Builder places = new Builder(environment);
        for (String each : named) {
            places.add(each);
        }
        return new SymbolPlaces(
                places.paths,
                places.servers.stream().distinct().toList(),
                places.stores.stream().distinct().toList());
    }

    /** Whether any connection may be opened. */
    boolean hasServers() {
        return !servers.isEmpty() || stores.stream().anyMatch(StoreChain::hasServers);
    }

    /** All folders that were named, as paths or as stores. */
    List<Path> folders() {
        List<Path> folders =
                new ArrayList<>(paths.stream().filter(Files::isDirectory).toList());
        for (StoreChain chain : stores) {
            for (Stage stage : chain.stages()) {
                if (stage instanceof Stage.Folder folder) {
                    folders.add(folder.path());
                }
            }
        }
        return folders.stream().distinct().toList();
    }

    private static final class Builder {
        private final Map<String, String> environment;
        private final List<Path> paths = new ArrayList<>();
        private final List<ServerUrl> servers = new ArrayList<>();
        private final List<StoreChain> stores = new ArrayList<>();

        Builder(Map<String, String> environment) {
            this.environment = environment;
        }

        void add(String named) {
            switch (named) {
                case "debuginfod" ->
                    servers.addAll(ofEnvironment(environment.getOrDefault(URLS, "")));
                case "env", SYMBOL_PATH -> {
                    String path = environment.getOrDefault(SYMBOL_PATH, "");
                    if (path.isBlank()) {
                        throw new IllegalArgumentException(
                                named + ": " + SYMBOL_PATH + " is not set, or names nothing");
                    }
                    addPath(path);
                }
                default -> {
                    if (exists(named)) {
                        place(named); // a name may have a semicolon in it
                    } else {
                        addPath(named);
                    }
                }
            }
        }

        private void addPath(String text) {
            for (SymbolPath.Element element : SymbolPath.parse(text)) {
                switch (element) {
                    case SymbolPath.Element.Place(String place) -> place(place);
                    case SymbolPath.Element.Stores(StoreChain chain) -> stores.add(usable(chain));
                }
            }
        }

        private void place(String text) {
            if (text.equals("msdl")) {
                stores.add(new StoreChain(
                        List.of(new Stage.Server(ServerUrl.of(SymbolPath.MICROSOFT)))));
            } else if (text.equals("debuginfod")) {
                add(text);
            } else if (text.matches("(?i)[a-z][a-z0-9+.-]*://.*")) {
                ServerUrl server = server(text);
                servers.add(server);
                stores.add(new StoreChain(List.of(new Stage.Server(server))));
            } else {
                Path path = existing(text);
                paths.add(path);
                if (Files.isDirectory(path)) {
                    stores.add(new StoreChain(List.of(new Stage.Folder(path))));
                }
            }
        }

        /** The folders before the last store are made when something is put into them. */
        private static StoreChain usable(StoreChain chain) {
            if (chain.stages().getLast() instanceof Stage.Folder folder
                    && !Files.isDirectory(folder.path())) {
                throw new IllegalArgumentException(folder.path() + ": no such folder");
            }
            return chain;
        }
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

    private static boolean exists(String named) {
        try {
            return Files.exists(Path.of(named));
        } catch (InvalidPathException unusable) {
            return false;
        }
    }

    private static Path existing(String named) {
        if (exists(named)) {
            return Path.of(named);
        }
        throw new IllegalArgumentException(named + ": no such file or folder");
    }
}
