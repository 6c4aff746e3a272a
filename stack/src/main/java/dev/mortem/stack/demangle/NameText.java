package dev.mortem.stack.demangle;

/** A mangled name and the place reached in it: what scanning is alike in all manglings. */
abstract sealed class NameText permits MangledText, MsvcText, RustV0Text, DText {
    /** What {@link #peek()} gives past the end; never part of a name. */
    static final char END = '\0';

    private final String text;
    private int position;

    NameText(String text) {
        this.text = text;
    }

    final int position() {
        return position;
    }

    /** Goes to a place within the name, mostly back to one that {@link #position()} gave. */
    final void moveTo(int place) {
        position = place;
    }

    final void skip(int count) {
        position = Math.min(text.length(), position + count);
    }

    final boolean atEnd() {
        return position >= text.length();
    }

    final int length() {
        return text.length();
    }

    final char peek() {
        return charAt(position);
    }

    final char peek(int ahead) {
        return charAt(position + ahead);
    }

    final char charAt(int index) {
        return index < text.length() ? text.charAt(index) : END;
    }

    final boolean startsWith(String prefix) {
        return text.startsWith(prefix, position);
    }

    final boolean atDigit() {
        return isDigit(peek());
    }

    /** What lies between an earlier position and this one. */
    final String since(int earlier) {
        return text.substring(earlier, position);
    }

    /** The next character, which there must be. */
    final char next() throws UnreadableNameException {
        if (atEnd()) {
            throw unreadable("more expected");
        }
        return text.charAt(position++);
    }

    final boolean take(char expected) {
        if (atEnd() || peek() != expected) {
            return false;
        }
        position++;
        return true;
    }

    final boolean take(String expected) {
        if (!startsWith(expected)) {
            return false;
        }
        position += expected.length();
        return true;
    }

    final void expect(char expected) throws UnreadableNameException {
        if (!take(expected)) {
            throw unreadable("'" + expected + "' expected");
        }
    }

    /** The next {@code length} characters. */
    final String text(int length) throws UnreadableNameException {
        if (length > text.length() - position) {
            throw unreadable(length + " characters expected");
        }
        String taken = text.substring(position, position + length);
        position += length;
        return taken;
    }

    /** Decimal digits as they stand; perhaps none. */
    final String takeDigits() {
        int start = position;
        while (atDigit()) {
            position++;
        }
        return since(start);
    }

    final UnreadableNameException unreadable(String what) {
        return new UnreadableNameException(what + " at " + position);
    }

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }
}
