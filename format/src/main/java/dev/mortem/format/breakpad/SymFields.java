package dev.mortem.format.breakpad;

import java.nio.charset.StandardCharsets;

/** The fields of one record, one after the other. Used for many records; belongs to one thread. */
final class SymFields {
    /** No number stands there. Numbers have at most 32 bits, so that none is this. */
    static final long NONE = -1;

    /** Of 64-bit numbers with all their zeros; there is no use in longer ones. */
    private static final int DIGITS_MAX = 16;

    private static final long NUMBER_MAX = 0xffff_ffffL;

    /** By byte; -1 for what is no digit. {@link Character#digit} knows all scripts and takes longer. */
    private static final byte[] DIGITS = digits();

    private byte[] bytes = {};
    private int at;
    private int end;

    void reset(byte[] line, int from, int to) {
        bytes = line;
        at = from;
        end = to;
        passSpaces();
    }

    boolean isAtEnd() {
        return at == end;
    }

    /** The first byte of the next field; -1 at the end. */
    int peek() {
        return at < end ? bytes[at] : -1;
    }

    /** Passes over the next field where it is this word. */
    boolean take(String word) {
        int length = word.length();
        if (end - at < length || (end - at > length && bytes[at + length] != ' ')) {
            return false;
        }
        for (int index = 0; index < length; index++) {
            if (bytes[at + index] != word.charAt(index)) {
                return false;
            }
        }
        at += length;
        passSpaces();
        return true;
    }

    long hex() {
        return number(16);
    }

    long decimal() {
        return number(10);
    }

    /** The next field as text. */
    String text() {
        int from = at;
        while (at < end && bytes[at] != ' ') {
            at++;
        }
        String text = new String(bytes, from, at - from, StandardCharsets.UTF_8);
        passSpaces();
        return text;
    }

    /** All that is left, at most {@code maxBytes} of it; a longer one ends with an ellipsis. */
    String rest(int maxBytes) {
        int length = Math.min(maxBytes, end - at);
        boolean cut = length < end - at;
        String text = new String(bytes, at, length, StandardCharsets.UTF_8).strip();
        at = end;
        return cut ? text + "…" : text;
    }

    /** How many fields are left. */
    int count() {
        int count = 0;
        for (int index = at; index < end; index++) {
            count += bytes[index] != ' ' && (index == at || bytes[index - 1] == ' ') ? 1 : 0;
        }
        return count;
    }

    /** Most of a file's bytes are digits of numbers: what the loop needs is in locals. */
    private long number(int radix) {
        byte[] line = bytes;
        int last = end;
        int index = at;
        long value = 0;
        boolean sound = true;
        while (index < last && line[index] != ' ') {
            int digit = DIGITS[line[index] & 0xff];
            sound &= digit >= 0 && digit < radix && value <= NUMBER_MAX;
            value = value * radix + digit;
            index++;
        }
        int length = index - at;
        at = index;
        passSpaces();
        return sound && value <= NUMBER_MAX && length > 0 && length <= DIGITS_MAX ? value : NONE;
    }

    private static byte[] digits() {
        byte[] digits = new byte[256];
        for (int each = 0; each < digits.length; each++) {
            digits[each] = (byte) (each < 128 ? Character.digit(each, 16) : -1);
        }
        return digits;
    }

    private void passSpaces() {
        int index = at;
        while (index < end && bytes[index] == ' ') {
            index++;
        }
        at = index;
    }
}
