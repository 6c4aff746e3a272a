package dev.mortem.os.linux.proc;

import java.util.OptionalLong;

/** Numbers as proc(5) prints them. */
public final class Numbers {
    private Numbers() {}

    /** Decimal digits and nothing else; empty otherwise. */
    public static OptionalLong parseUnsigned(String text) {
        return parse(text, 10);
    }

    /** Hex digits and nothing else, up to 16 of them. */
    public static OptionalLong parseHex(String text) {
        return parse(text, 16);
    }

    private static OptionalLong parse(String text, int radix) {
        if (text.isEmpty() || Character.digit(text.charAt(0), radix) < 0) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseUnsignedLong(text, radix));
        } catch (NumberFormatException notANumber) {
            return OptionalLong.empty(); // what the method is asked to find out
        }
    }
}
