package dev.mortem.analyze.report;

import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.Optional;

/** The forms a report comes in. The same report and options give the same characters, always. */
public enum ReportFormat {
    /** For a terminal, 100 columns at most. */
    TEXT("text", "txt"),
    /** One file for a browser, complete in itself. */
    HTML("html", "html"),
    /** The same with JSON in it, as one file that mail takes and a browser shows. */
    MHT("mht", "mht"),
    /** {@code mortem.report/1}, for programs. */
    JSON("json", "json");

    private final String label;
    private final String extension;

    ReportFormat(String label, String extension) {
        this.label = label;
        this.extension = extension;
    }

    /** The format that a user names so; empty where there is none. */
    public static Optional<ReportFormat> named(String label) {
        return Arrays.stream(values()).filter(each -> each.label.equals(label)).findFirst();
    }

    /** As users name it. */
    public String label() {
        return label;
    }

    /** Of a file in this format, without the dot. */
    public String extension() {
        return extension;
    }

    /**
     * Writes the report, as UTF-8 where the writer encodes, and flushes; the writer stays open.
     *
     * @throws IOException what the writer throws
     */
    public void render(Report report, Writer target, RenderOptions options) throws IOException {
        switch (this) {
            case TEXT -> TextReport.write(report, target, options);
            case HTML -> HtmlReport.write(report, target, options);
            case MHT -> MhtReport.write(report, target, options);
            case JSON -> JsonReport.write(report, target, options);
        }
    }
}
