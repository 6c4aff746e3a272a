package dev.mortem.stack.demangle;

/** The mangled name of C++ being read, with the recursion below the place reached bounded. */
final class MangledText extends NameText {
    private final int depthMax;
    private int depth;

    MangledText(String text, int depthMax) {
        super(text);
        this.depthMax = depthMax;
    }

    /** Decimal digits; 0 where there are none. */
    int number() throws UnreadableNameException {
        long value = 0;
        while (atDigit()) {
            value = value * 10 + (peek() - '0');
            if (value > Integer.MAX_VALUE) {
                throw unreadable("a number beyond 31 bits");
            }
            skip(1);
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
}
