package dev.mortem.format.pdb;

import dev.mortem.base.json.JsonObject;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where on the web the sources are that a module was compiled of (.NET designs, "Source Link", section
 * "Source Link JSON Schema"): {@code {"documents": {"C:\\src\\*": "https://host/commit/*"}}}. A path
 * stands for itself, or with its star at the end for all that begin so; letters in either case are alike,
 * and the longest path is right. Immutable.
 */
final class SourceLink {
    private static final String STAR = "*";

    /** Build servers map a folder for each repository. */
    private static final int DOCUMENTS_MAX = 10_000;

    private record Document(String path, String url) {
        Document {
            path = path.toLowerCase(Locale.ROOT);
        }
    }

    private final Map<String, String> files = new HashMap<>();
    private final List<Document> folders;

    private SourceLink(List<Document> documents) {
        documents.forEach(each -> files.putIfAbsent(each.path, each.url));
        this.folders = documents.stream()
                .filter(each -> each.path.endsWith(STAR))
                .sorted(Comparator.comparingInt(each -> -each.path.length()))
                .toList();
    }

    /** @param texts of all streams; one that is no such JSON tells nothing */
    static SourceLink of(List<byte[]> texts) {
        return new SourceLink(texts.stream()
                .flatMap(text -> JsonObject.parse(text).stream())
                .flatMap(json -> json.object("documents").stream())
                .flatMap(SourceLink::documents)
                .limit(DOCUMENTS_MAX)
                .toList());
    }

    private static Stream<Document> documents(JsonObject json) {
        return json.names().stream()
                .flatMap(path -> json.text(path).map(url -> new Document(path, url)).stream())
                .filter(each -> each.url.startsWith("https://") || each.url.startsWith("http://"));
    }

    /** @param file as the compiler recorded it */
    Optional<String> url(String file) {
        String path = file.toLowerCase(Locale.ROOT);
        if (!path.endsWith(STAR) && files.containsKey(path)) {
            return Optional.of(files.get(path));
        }
        return folders.stream()
                .filter(each -> path.startsWith(prefix(each)))
                .findFirst()
                .map(each -> {
                    String below = file.substring(prefix(each).length());
                    return each.url.replace(STAR, escaped(below));
                });
    }

    private static String prefix(Document folder) {
        return folder.path.substring(0, folder.path.length() - STAR.length());
    }

    /** Part by part, for a URL's path (RFC 3986, section 3.3). */
    private static String escaped(String path) {
        return Stream.of(path.replace('\\', '/').split("/", -1))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
