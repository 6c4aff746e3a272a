package dev.mortem.analyze.report;

import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;

/**
 * The HTML report and its JSON in one file: a MIME message (RFC 5322, RFC 2045 to 2047) of the type
 * multipart/related (RFC 2387), as browsers save pages (RFC 2557). The HTML part is the root and refers
 * to no other part. All is ASCII, no line is longer than 76 characters, and lines end with CR LF.
 */
final class MhtReport {
    /** "=_" stands in neither encoding: behind "=" quoted-printable has hex digits or a line end. */
    private static final String BOUNDARY = "----=_mortem-report-1";

    private static final int LINE_CHARS_MAX = 76;

    /** RFC 2047, 2: an encoded word has at most 75 characters, 12 of them around the text. */
    private static final int WORD_BYTES_MAX = 39;

    /** A subject names the report in a list of mails; the whole sentence is in the report. */
    private static final int SUBJECT_CHARS_MAX = 200;

    private static final DateTimeFormatter DATE = // RFC 5322, 3.3
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ENGLISH);

    /** The years of RFC 5322 have four digits; a clock may be set to any. */
    private static final Instant FIRST_DATE = Instant.parse("1900-01-01T00:00:00Z");

    private static final Instant LAST_DATE = Instant.parse("9999-12-31T00:00:00Z");

    private static final String HEX = "0123456789ABCDEF";

    private final Writer out;

    private MhtReport(Writer out) {
        this.out = out;
    }

    /** Writes the report and flushes; the writer stays open. */
    static void write(Report report, Writer target, RenderOptions options) throws IOException {
        new MhtReport(target).message(report, options);
        target.flush();
    }

    private void message(Report report, RenderOptions options) throws IOException {
        line("From: mortem@mortem.invalid");
        subject(Escape.visible(report.headline().summary()));
        if (!report.analysedAt().isBefore(FIRST_DATE) && report.analysedAt().isBefore(LAST_DATE)) {
            line("Date: " + DATE.format(report.analysedAt().atZone(options.zone())));
        }
        line("MIME-Version: 1.0");
        line("Content-Type: multipart/related; type=\"text/html\";");
        line("\tboundary=\"" + BOUNDARY + "\"");
        line("");
        line("This is a report of Mortem; a browser shows it.");
        StringWriter html = new StringWriter();
        HtmlReport.write(report, html, options);
        part("text/html; charset=\"utf-8\"", "report.html");
        quotedPrintable(html.toString());
        StringWriter json = new StringWriter();
        JsonReport.write(report, json, options);
        part("application/json", "report.json");
        quotedPrintable(json.toString());
        line("");
        line("--" + BOUNDARY + "--");
    }

    private void part(String type, String name) throws IOException {
        line("");
        line("--" + BOUNDARY);
        line("Content-Type: " + type);
        line("Content-Transfer-Encoding: quoted-printable");
        line("Content-Location: http://mortem.invalid/" + name);
        line("Content-Disposition: inline; filename=\"" + name + "\"");
        line("");
    }

    /** RFC 2047: words of base64, each with whole characters, on lines of their own. */
    private void subject(String text) throws IOException {
        String shown = LongName.middle(text, SUBJECT_CHARS_MAX, "...");
        StringBuilder header = new StringBuilder("Subject:");
        StringBuilder word = new StringBuilder();
        int bytes = 0;
        for (int character : shown.codePoints().toArray()) {
            String next = Character.toString(character);
            int size = next.getBytes(StandardCharsets.UTF_8).length;
            if (bytes + size > WORD_BYTES_MAX) {
                header.append(word(word)).append("\r\n");
                word.setLength(0);
                bytes = 0;
            }
            word.append(next);
            bytes += size;
        }
        line(header.append(word(word)).toString());
    }

    private static String word(StringBuilder text) {
        return " =?utf-8?B?"
                + Base64.getEncoder()
                        .encodeToString(text.toString().getBytes(StandardCharsets.UTF_8))
                + "?=";
    }

    /** RFC 2045, 6.7. Every line of the text ends with a line feed, which becomes CR LF. */
    private void quotedPrintable(String text) throws IOException {
        for (String textLine : text.lines().toList()) {
            encode(textLine.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void encode(byte[] bytes) throws IOException {
        int column = 0;
        for (int at = 0; at < bytes.length; at++) {
            int value = bytes[at] & 0xff;
            boolean last = at + 1 == bytes.length;
            boolean plain =
                    (value > ' ' && value <= '~' && value != '=') || (value == ' ' && !last);
            int width = plain ? 1 : 3;
            if (column + width > LINE_CHARS_MAX - 1) { // one more for the "=" of a soft line break
                out.write("=\r\n");
                column = 0;
            }
            if (plain) {
                out.write(value);
            } else {
                out.write('=');
                out.write(HEX.charAt(value >> 4));
                out.write(HEX.charAt(value & 15));
            }
            column += width;
        }
        line("");
    }

    private void line(String text) throws IOException {
        out.write(text);
        out.write("\r\n");
    }
}
