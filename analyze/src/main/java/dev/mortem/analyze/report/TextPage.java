package dev.mortem.analyze.report;

import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines of at most 100 columns: escapes what comes in, wraps it, counts wide characters as two columns,
 * draws the box. Colours are added around whole pieces, so they change no width.
 */
final class TextPage {
    static final int COLUMNS = 100;

    /** 40 lines for one text: no sentence of ours is longer, a hostile name may be. */
    private static final int TEXT_CHARS_MAX = 4000;

    /** Characters behind which a long word may go on in the next line. */
    private static final String BREAKS_BEHIND = ",;:/\\<(&|-_.";

    enum Style {
        PLAIN(""),
        HEADING("1"),
        ERROR("1;31"),
        WARNING("1;33"),
        NOTE("1;36"),
        FAINT("2");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    private final Writer out;
    private final boolean colour;
    private final boolean unicode;

    TextPage(Writer out, RenderOptions options) {
        this.out = out;
        this.colour = options.colour();
        this.unicode = options.unicode();
    }

    /** Text of a dump, made inert. Everything that goes to the page comes through here. */
    String inert(String text) {
        String shown = unicode ? Escape.visible(text) : Escape.ascii(text);
        return LongName.middle(shown, TEXT_CHARS_MAX, ellipsis());
    }

    String ellipsis() {
        return unicode ? "…" : "...";
    }

    String dash() {
        return unicode ? "–" : "-";
    }

    String bullet() {
        return unicode ? "• " : "* ";
    }

    String bar(int columns) {
        return (unicode ? "█" : "#").repeat(columns);
    }

    void blank() throws IOException {
        out.write('\n');
    }

    void heading(String text) throws IOException {
        blank();
        wrapped(Style.HEADING, "", "", text);
    }

    /** A paragraph: {@code first} stands before its first line, {@code next} before the others. */
    void wrapped(Style style, String first, String next, String text) throws IOException {
        String prefix = first;
        for (String line : lines(inert(text), COLUMNS - columns(first), COLUMNS - columns(next))) {
            out.write((prefix + styled(style, line)).stripTrailing() + "\n");
            prefix = next;
        }
    }

    void wrapped(String first, String next, String text) throws IOException {
        wrapped(Style.PLAIN, first, next, text);
    }

    void wrapped(String indent, String text) throws IOException {
        wrapped(Style.PLAIN, indent, indent, text);
    }

    /** One line as it is, cut where the page ends. */
    void cut(Style style, String first, String text) throws IOException {
        String shown = inert(text);
        int room = COLUMNS - columns(first);
        if (columns(shown) > room) {
            int end = Math.min(shown.length(), room - columns(ellipsis()));
            while (end > 0 && columns(shown.substring(0, end)) > room - columns(ellipsis())) {
                end--;
            }
            if (end > 0 && Character.isHighSurrogate(shown.charAt(end - 1))) {
                end--;
            }
            shown = shown.substring(0, end) + ellipsis();
        }
        out.write((first + styled(style, shown)).stripTrailing() + "\n");
    }

    /** Paragraphs in a box; an empty one is an empty line. */
    void box(List<Paragraph> paragraphs) throws IOException {
        int inside = COLUMNS - 4;
        String side = unicode ? "│" : "|";
        edge(unicode ? "┌─┐" : "+-+");
        for (Paragraph paragraph : paragraphs) {
            for (String line : lines(inert(paragraph.text()), inside, inside)) {
                String fill = " ".repeat(inside - columns(line));
                out.write(side + " " + styled(paragraph.style(), line) + fill + " " + side + "\n");
            }
        }
        edge(unicode ? "└─┘" : "+-+");
    }

    record Paragraph(Style style, String text) {}

    private void edge(String corners) throws IOException {
        out.write(corners.charAt(0)
                + corners.substring(1, 2).repeat(COLUMNS - 2)
                + corners.charAt(2)
                + "\n");
    }

    private String styled(Style style, String text) {
        return colour && style != Style.PLAIN && !text.isEmpty()
                ? "\u001b[" + style.code + "m" + text + "\u001b[0m"
                : text;
    }

    /** The text with spaces up to that width; no shorter than it was. */
    static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - columns(text)));
    }

    /** Terminal columns: two for East Asian wide characters and emoji, none for marks. */
    static int columns(String text) {
        return text.codePoints().map(TextPage::columns).sum();
    }

    private static int columns(int codePoint) {
        if (codePoint < 0x300) {
            return 1;
        }
        int type = Character.getType(codePoint);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide = (codePoint >= 0x1100 && codePoint <= 0x115f)
                || (codePoint >= 0x2e80 && codePoint <= 0xa4cf)
                || (codePoint >= 0xac00 && codePoint <= 0xd7a3)
                || (codePoint >= 0xf900 && codePoint <= 0xfaff)
                || (codePoint >= 0xfe30 && codePoint <= 0xfe6f)
                || (codePoint >= 0xff00 && codePoint <= 0xff60)
                || (codePoint >= 0xffe0 && codePoint <= 0xffe6)
                || codePoint >= 0x1f000;
        return wide ? 2 : 1;
    }

    /** Wraps at spaces, else behind a mark of punctuation, else anywhere. */
    private static List<String> lines(String text, int firstWidth, int nextWidth) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        int width = firstWidth;
        while (columns(rest) > width) {
            int end = breakBefore(rest, width);
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).stripLeading();
            width = nextWidth;
        }
        lines.add(rest);
        return lines;
    }

    private static int breakBefore(String text, int width) {
        int end = 0;
        int space = 0;
        int mark = 0;
        int used = 0;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            used += columns(codePoint);
            if (codePoint == ' ') {
                space = end + 1;
            }
            if (used > width) {
                break;
            }
            end += Character.charCount(codePoint);
            if (BREAKS_BEHIND.indexOf(codePoint) >= 0) {
                mark = end;
            }
        }
        if (space > width / 2) {
            return space;
        }
        return mark > width / 2 ? mark : Math.max(1, end);
    }
}
