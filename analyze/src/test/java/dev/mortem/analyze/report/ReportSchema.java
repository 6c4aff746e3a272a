package dev.mortem.analyze.report;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** Holds a document against the schema that the product ships. */
public final class ReportSchema {
    private static final String RESOURCE = "mortem.report-1.schema.json";

    private final Schema schema;

    private ReportSchema(Schema schema) {
        this.schema = schema;
    }

    public static ReportSchema shipped() {
        try (InputStream text =
                Objects.requireNonNull(Report.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            return new ReportSchema(
                    SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(text));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** What the schema objects to, one line each: place and rule. Empty: the document is valid. */
    public List<String> problems(String document) {
        return schema.validate(document, InputFormat.JSON).stream()
                .map(Error::toString)
                .toList();
    }
}
