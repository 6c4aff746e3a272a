package dev.mortem.base.json;

import dev.mortem.base.limit.Limit;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A small JSON object that was read whole. Asking for a member that is absent, or of another kind,
 * gives nothing: documents come from other versions and other tools. Immutable.
 */
public final class JsonObject {
    public static final Limit DOCUMENT_BYTES = new Limit(
            "bytes of a JSON document that is read",
            16 << 20,
            "bytes",
            "a sidecar of 10,000 threads has 2 MB, one of 4096 descriptors 1 MB more; a larger one is no"
                    + " sidecar");

    /** Documents of ours are four deep; each level costs stack to read. */
    private static final int DEPTH_MAX = 32;

    private final Map<String, Object> members;

    private JsonObject(Map<String, Object> members) {
        this.members = members;
    }

    /** Reads a document whose root is an object; empty where it is not, or is no JSON. */
    public static Optional<JsonObject> parse(byte[] utf8) {
        JsonFactory factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .maxDocumentLength(DOCUMENT_BYTES.defaultMax())
                        .build())
                .build();
        try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), utf8)) {
            return parser.nextToken() == JsonToken.START_OBJECT
                    ? Optional.of(object(parser))
                    : Optional.empty();
        } catch (JacksonException malformed) {
            return Optional.empty();
        }
    }

    /** Of all members. */
    public Set<String> names() {
        return members.keySet();
    }

    public Optional<String> text(String name) {
        return of(name, String.class);
    }

    public OptionalLong number(String name) {
        Optional<Long> value = of(name, Long.class);
        return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }

    /** An address as documents of ours spell it: "0x7ffc0000". */
    public OptionalLong address(String name) {
        try {
            return OptionalLong.of(
                    Long.parseUnsignedLong(text(name).orElse("").replaceFirst("^0x", ""), 16));
        } catch (NumberFormatException notAnAddress) {
            return OptionalLong.empty();
        }
    }

    /** All members that are texts, by their names, in the document's order. */
    public Map<String, String> textMembers() {
        Map<String, String> texts = new LinkedHashMap<>();
        members.forEach((name, value) -> {
            if (value instanceof String text) {
                texts.put(name, text);
            }
        });
        return Collections.unmodifiableMap(texts);
    }

    /** Whether the member is there and true. */
    public boolean flag(String name) {
        return of(name, Boolean.class).orElse(false);
    }

    public Optional<Instant> time(String name) {
        return text(name).flatMap(JsonObject::instant);
    }

    public Optional<JsonObject> object(String name) {
        return of(name, JsonObject.class);
    }

    /** The objects in an array; entries of another kind are passed over. */
    public List<JsonObject> objects(String name) {
        return entries(name, JsonObject.class);
    }

    /** The whole numbers in an array; entries of another kind are passed over. */
    public List<Long> numbers(String name) {
        return entries(name, Long.class);
    }

    public List<String> texts(String name) {
        return entries(name, String.class);
    }

    private <T> Optional<T> of(String name, Class<T> kind) {
        return Optional.ofNullable(members.get(name)).filter(kind::isInstance).map(kind::cast);
    }

    private <T> List<T> entries(String name, Class<T> kind) {
        return of(name, List.class).stream()
                .flatMap(list -> ((List<?>) list).stream())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException notATime) {
            return Optional.empty();
        }
    }

    private static JsonObject object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            value(parser).ifPresent(value -> members.put(name, value));
        }
        return new JsonObject(Collections.unmodifiableMap(members));
    }

    private static List<Object> array(JsonParser parser) {
        List<Object> entries = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            value(parser).ifPresent(entries::add);
        }
        return List.copyOf(entries);
    }

    /** Nothing for null and for numbers that no document of ours has. */
    private static Optional<Object> value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> Optional.of(object(parser));
            case START_ARRAY -> Optional.of(array(parser));
            case VALUE_STRING -> Optional.of(parser.getString());
            case VALUE_TRUE -> Optional.of(true);
            case VALUE_FALSE -> Optional.of(false);
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        ? Optional.empty()
                        : Optional.of(parser.getLongValue());
            default -> Optional.empty();
        };
    }
}
