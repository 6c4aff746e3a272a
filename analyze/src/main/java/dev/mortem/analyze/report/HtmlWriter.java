package dev.mortem.analyze.report;

import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Writes elements that nest, and nothing else: whoever uses it can only hand over text and values of
 * attributes, which are escaped here, so no string of a dump can become markup. Names of elements and
 * attributes are literals of ours.
 */
final class HtmlWriter {
    /** 40 lines for one text: no sentence of ours is longer, a hostile name may be. */
    private static final int TEXT_CHARS_MAX = 4000;

    /** Behind these a line ends: it makes the file readable, and means nothing there. */
    private static final Set<String> LINES = Set.of(
            "html", "head", "title", "style", "script", "body", "header", "main", "section", "nav",
            "footer", "div", "p", "h1", "h2", "h3", "ul", "ol", "li", "dl", "table", "thead",
            "tbody", "tr", "details", "summary", "svg", "g", "pre", "caption");

    private final Writer out;
    private final Deque<String> open = new ArrayDeque<>();

    HtmlWriter(Writer out) {
        this.out = out;
    }

    void doctype() throws IOException {
        out.write("<!DOCTYPE html>\n");
    }

    /** Opens an element; {@code attributes} are names and values in turns. */
    HtmlWriter open(String tag, String... attributes) throws IOException {
        tag(tag, attributes);
        open.push(tag);
        return this;
    }

    /** An element that has no content and no end: meta, input. */
    HtmlWriter single(String tag, String... attributes) throws IOException {
        tag(tag, attributes);
        out.write('\n');
        return this;
    }

    /** Closes the element that was opened last. */
    HtmlWriter close() throws IOException {
        String tag = open.pop();
        out.write("</" + tag + ">");
        if (LINES.contains(tag)) {
            out.write('\n');
        }
        return this;
    }

    HtmlWriter text(String text) throws IOException {
        out.write(escaped(text));
        return this;
    }

    /** An element with nothing but text. */
    HtmlWriter element(String tag, String text, String... attributes) throws IOException {
        return open(tag, attributes).text(text).close();
    }

    /** The product's own style or script, as it is; never anything else. */
    HtmlWriter ownResource(String tag, String content) throws IOException {
        if (content.contains("</")) {
            throw new IllegalArgumentException(tag + ": would end inside itself");
        }
        out.write("<" + tag + ">" + content + "</" + tag + ">\n");
        return this;
    }

    /** All elements must be closed. */
    void end() throws IOException {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not closed: " + open);
        }
        out.flush();
    }

    static String escaped(String text) {
        String shown = LongName.middle(Escape.visible(text), TEXT_CHARS_MAX, "…");
        StringBuilder safe = new StringBuilder(shown.length() + 16);
        for (int at = 0; at < shown.length(); at++) {
            char each = shown.charAt(at);
            switch (each) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                case '`' -> safe.append("&#96;");
                default -> safe.append(each);
            }
        }
        return safe.toString();
    }

    private void tag(String tag, String... attributes) throws IOException {
        if (attributes.length % 2 != 0) {
            throw new IllegalArgumentException(tag + ": an attribute without a value");
        }
        out.write("<" + tag);
        for (int at = 0; at < attributes.length; at += 2) {
            out.write(" " + attributes[at] + "=\"" + escaped(attributes[at + 1]) + "\"");
        }
        out.write('>');
    }
}
