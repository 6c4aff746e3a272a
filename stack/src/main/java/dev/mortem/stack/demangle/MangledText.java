package dev.mortem.stack.demangle;

/** The mangled name being read, with the place reached and the recursion below it bounded. */
final class MangledText {
    /** What {@link #peek()} gives past the end; never part of a name. */
    static final char END = '\0';

    private final String text;
    private final int depthMax;
    private int position;
    private int depth;

    MangledText(String text, int depthMax) {
        this.text = text;
        this.depthMax = depthMax;
    }

    char peek() {
        return peek(0);
    }

    char peek(int ahead) {
        return position + ahead < text.length() ? text.charAt(position + ahead) : END;
    }

    boolean startsWith(String prefix) {
        return text.startsWith(prefix, position);
    }

    boolean atEnd() {
        return position >= text.length();
    }

    int position() {
        return position;
    }

    /** Goes back to a place that {@link #position()} gave. */
    void returnTo(int earlier) {
        position = earlier;
    }

    void skip(int count) {
        position = Math.min(text.length(), position + count);
    }

    boolean take(char expected) {
        if (peek() != expected) {
            return false;
        }
        position++;
        return true;
    }

    boolean take(String expected) {
        if (!startsWith(expected)) {
            return false;
        }
        position += expected.length();
        return true;
    }

    void expect(char expected) throws UnreadableNameException {
        if (!take(expected)) {
            throw unreadable("'" + expected + "' expected");
        }
    }

    /** The next {@code length} characters. */
    String text(int length) throws UnreadableNameException {
        if (length > text.length() - position) {
            throw unreadable(length + " characters expected");
        }
        String taken = text.substring(position, position + length);
        position += length;
        return taken;
    }

    /** What lies between an earlier position and this one. */
    String since(int earlier) {
        return text.substring(earlier, position);
    }

    boolean atDigit() {
        return isDigit(peek());
    }

    /** Decimal digits; 0 where there are none. */
    int number() throws UnreadableNameException {
        long value = 0;
        while (atDigit()) {
            value = value * 10 + (peek() - '0');
            if (value > Integer.MAX_VALUE) {
                throw unreadable("a number beyond 31 bits");
            }
            position++;
        }
        return (int) value;
    }

    /** A number with an optional {@code n} for minus in front, whose value nobody needs. */
    void skipSignedNumber() throws UnreadableNameException {
        take('n');
        number();
    }

    /** {@code _} is 0, {@code 0_} is 1, and so on: discriminators, parameters, closures. */
    int compactNumber() throws UnreadableNameException {
        int value = 0;
        if (!take('_')) {
            if (!atDigit()) {
                throw unreadable("a number expected");
            }
            value = number() + 1;
            expect('_');
        }
        if (value < 0) {
            throw unreadable("a number beyond 31 bits");
        }
        return value;
    }

    /** One level deeper; {@link #leave()} must follow unless the whole name is given up. */
    void enter() throws UnreadableNameException {
        if (++depth > depthMax) {
            throw unreadable("nested too deeply");
        }
    }

    void leave() {
        depth--;
    }

    UnreadableNameException unreadable(String what) {
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
