package dev.mortem.cli;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import dev.mortem.base.json.JsonObject;
import dev.mortem.dump.sidecar.DumpSidecar;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Holds what commands print against the schemas that the product ships. */
final class ShippedSchemas {
    private ShippedSchemas() {}

    /** What the schema that the document names objects to, one line each. Empty: it is valid. */
    static List<String> problems(String document) {
        String name = JsonObject.parse(document.getBytes(StandardCharsets.UTF_8))
                .flatMap(json -> json.text("schema"))
                .orElseThrow(() -> new IllegalArgumentException("names no schema: " + document));
        String resource = name.replace('/', '-') + ".schema.json";
        try (InputStream text = open(resource)) {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(text)
                    .validate(document, InputFormat.JSON)
                    .stream()
                    .map(Error::toString)
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static InputStream open(String resource) {
        return Optional.ofNullable(Main.class.getResourceAsStream(resource))
                .or(() -> Optional.ofNullable(DumpSidecar.class.getResourceAsStream(resource)))
                .orElseThrow(() -> new IllegalArgumentException("no schema " + resource));
    }
}
