package dev.mortem.stack.demangle;

/** The mangled name of Microsoft's scheme being read, with the recursion below the place reached bounded. */
final class MsvcText extends NameText {
    private static final int NIBBLES_MAX = 16;

    private final int depthMax;
    private int depth;

    MsvcText(String text, int depthMax) {
        super(text);
        this.depthMax = depthMax;
    }

    /**
     * A number: {@code 0} to {@code 9} are 1 to 10; else digits of sixteen, {@code A} for 0, up to an
     * {@code @}. A {@code ?} in front is a minus.
     *
     * @param value unsigned
     */
    record Numeral(boolean negative, long value) {
        @Override
        public String toString() {
            return (negative ? "-" : "") + Long.toUnsignedString(value);
        }
    }

    Numeral number() throws UnreadableNameException {
        boolean negative = take('?');
        if (atDigit()) {
            return new Numeral(negative, next() - '0' + 1L);
        }
        long value = 0;
        for (int nibbles = 0; nibbles <= NIBBLES_MAX; nibbles++) {
            char digit = next();
            if (digit == '@') {
                return new Numeral(negative, value);
            }
            if (digit < 'A' || digit > 'P' || nibbles == NIBBLES_MAX) {
                break;
            }
            value = (value << 4) + (digit - 'A');
        }
        throw unreadable("a number expected");
    }

    /** Whether a number may begin here. */
    boolean atNumber() {
        char first = peek() == '?' ? peek(1) : peek();
        return isDigit(first) || (first >= 'A' && first <= 'P');
    }

    /** A number that counts something, from 0 on. */
    long count() throws UnreadableNameException {
        Numeral number = number();
        if (number.negative() || number.value() < 0) {
            throw unreadable("a number below zero or beyond 63 bits");
        }
        return number.value();
    }

    /** Characters up to an {@code @}, which is taken too. */
    String upToAt() throws UnreadableNameException {
        int start = position();
        while (peek() != '@') {
            next();
        }
        String text = since(start);
        skip(1);
        return text;
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
}
