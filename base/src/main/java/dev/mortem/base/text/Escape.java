package dev.mortem.base.text;

/**
 * Makes hostile text visible: a name read from a dump may hold escape sequences that reprogram a
 * terminal, controls that reverse the reading direction, or no valid text at all. Every character that
 * does anything but show itself becomes an ASCII escape: {@code \x1b}, {@code \n}, <code>&#92;u202e</code>,
 * <code>&#92;u{e0001}</code>, <code>&#92;ud800</code> for a surrogate without its partner.
 *
 * <p>Backslashes stay single, so that Windows paths stay readable: the result is for eyes and is not
 * meant to be turned back. Stateless.
 */
public final class Escape {
    private Escape() {}

    /** The text with everything invisible or active escaped; other scripts stay as they are. */
    public static String visible(String text) {
        return escaped(text, false);
    }

    /** As {@link #visible}, and every character beyond ASCII escaped too. */
    public static String ascii(String text) {
        return escaped(text, true);
    }

    /** Whether a code point does not simply show itself: controls, formats, no characters at all. */
    public static boolean isActive(int codePoint) {
        if (codePoint >= 0x20 && codePoint < 0x7f) {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            // FORMAT has the bidi controls, zero-width characters and tags
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    /** The text with each surrogate that lacks its partner replaced by U+FFFD: valid Unicode. */
    public static String wellFormed(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                return text.codePoints().anyMatch(Escape::isLoneSurrogate) ? replaced(text) : text;
            }
        }
        return text;
    }

    private static String replaced(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(each -> out.appendCodePoint(isLoneSurrogate(each) ? 0xfffd : each));
        return out.toString();
    }

    private static boolean isLoneSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private static String escaped(String text, boolean asciiOnly) {
        int clean = 0;
        while (clean < text.length() && isPrintableAscii(text.charAt(clean))) {
            clean++;
        }
        if (clean == text.length()) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, clean);
        text.codePoints().skip(text.codePointCount(0, clean)).forEach(codePoint -> {
            if (isActive(codePoint) || (asciiOnly && codePoint > 0x7e)) {
                appendEscape(out, codePoint);
            } else {
                out.appendCodePoint(codePoint);
            }
        });
        return out.toString();
    }

    private static boolean isPrintableAscii(char each) {
        return each >= 0x20 && each < 0x7f;
    }

    private static void appendEscape(StringBuilder out, int codePoint) {
        switch (codePoint) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                String digits = Integer.toHexString(codePoint);
                if (codePoint < 0x100) {
                    out.append("\\x").repeat('0', 2 - digits.length()).append(digits);
                } else if (codePoint < 0x10000) {
                    out.append("\\u").repeat('0', 4 - digits.length()).append(digits);
                } else {
                    out.append("\\u{").append(digits).append('}');
                }
            }
        }
    }
}
