package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;
import dev.mortem.dump.write.WrittenDump;

import java.io.StringWriter;
import java.nio.file.Path;

/** What {@code mortem convert} and {@code mortem strip} print: the new file's path, or a document. */
final class RewriteReport {
    private static final String SCHEMA = "mortem.conversion/1";

    private RewriteReport() {}

    static void print(Console console, boolean json, Path input, DumpRewriter.Rewritten rewritten) {
        WrittenDump written = rewritten.written();
        console.note("Wrote %s in %s: %s, %s%s."
                .formatted(
                        Quantities.size(written.sizeBytes()),
                        Quantities.time(written.duration()),
                        rewritten.shape().format().label(),
                        rewritten.kind(),
                        rewritten.shape().redact() ? ", redacted" : ""));
        console.out().println(json ? document(input, rewritten) : written.path().toString());
        console.out().flush();
    }

    private static String document(Path input, DumpRewriter.Rewritten rewritten) {
        StringWriter text = new StringWriter();
        WrittenDump written = rewritten.written();
        try (JsonOutput json = JsonOutput.indented(text)) {
            json.beginObject()
                    .text("schema", SCHEMA)
                    .text("from", input.toAbsolutePath().normalize().toString())
                    .text("fromFormat", rewritten.from().label())
                    .text("path", written.path().toAbsolutePath().normalize().toString())
                    .text("format", rewritten.shape().format().label())
                    .text("kind", rewritten.kind())
                    .flag("redacted", rewritten.shape().redact())
                    .number("sizeBytes", written.sizeBytes())
                    .beginArray("gaps");
            written.gaps()
                    .forEach(gap -> json.beginObject()
                            .address("address", gap.address())
                            .number("sizeBytes", gap.sizeBytes())
                            .text("why", gap.why())
                            .endObject());
            json.endArray().text("tool", Version.tool()).endObject();
        }
        return text.toString();
    }
}
