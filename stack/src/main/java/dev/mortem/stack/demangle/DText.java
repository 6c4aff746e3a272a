package dev.mortem.stack.demangle;

import java.util.Optional;

/** The text of a D name: numbers and back references, with depth, length and work bounded. */
final class DText {
    private final String text;
    private final int depthMax;
    private final int lengthMax;
    private long workLeft;
    private int depth;
    private int position;

    DText(String text, int depthMax, int lengthMax, long workMax) {
        this.text = text;
        this.depthMax = depthMax;
        this.lengthMax = lengthMax;
        this.workLeft = workMax;
    }

    int position() {
        return position;
    }

    void moveTo(int to) {
        position = to;
    }

    boolean atEnd() {
        return position >= text.length();
    }

    char peek() {
        return charAt(position);
    }

    char charAt(int index) {
        return index < text.length() ? text.charAt(index) : MangledText.END;
    }

    boolean startsWith(String prefix) {
        return text.startsWith(prefix, position);
    }

    boolean atDigit() {
        return MangledText.isDigit(peek());
    }

    boolean isDigitAt(int index) {
        return MangledText.isDigit(charAt(index));
    }

    char next() throws UnreadableNameException {
        if (atEnd()) {
            throw unreadable("more expected");
        }
        return text.charAt(position++);
    }

    boolean take(char expected) {
        if (peek() != expected || atEnd()) {
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

    String text(int length) throws UnreadableNameException {
        if (length > text.length() - position) {
            throw unreadable(length + " characters expected");
        }
        String taken = text.substring(position, position + length);
        position += length;
        return taken;
    }

    /** Decimal digits as they stand; at least one. */
    String digits() throws UnreadableNameException {
        int start = position;
        while (atDigit()) {
            position++;
        }
        if (start == position) {
            throw unreadable("a number expected");
        }
        return text.substring(start, position);
    }

    int number() throws UnreadableNameException {
        String digits = digits();
        if (digits.length() > 9) {
            throw unreadable("a number beyond all that have a meaning");
        }
        return Integer.parseInt(digits);
    }

    /** A length that is not 0 and that the text still has. */
    int length() throws UnreadableNameException {
        int length = number();
        if (length == 0 || length > text.length() - position) {
            throw unreadable("a length within the name expected");
        }
        return length;
    }

    /** Whether all from here to {@code end} is the prefix and digits. */
    boolean isNumbered(String prefix, int end) {
        return startsWith(prefix)
                && end > position + prefix.length()
                && text.substring(position + prefix.length(), end)
                        .chars()
                        .allMatch(c -> MangledText.isDigit((char) c));
    }

    /** Where the back reference here leads: {@code Q}, then base 26, its last digit a small letter. */
    Optional<Integer> backTarget() {
        long distance = 0;
        for (int at = position + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (MangledText.isLower(c)) {
                distance = distance * 26 + (c - 'a');
                return distance > 0 && distance <= position
                        ? Optional.of((int) (position - distance))
                        : Optional.empty();
            }
            if (!MangledText.isUpper(c) || distance > text.length()) {
                return Optional.empty();
            }
            distance = distance * 26 + (c - 'A');
        }
        return Optional.empty();
    }

    int takeBackReference() throws UnreadableNameException {
        int target = backTarget().orElseThrow(() -> unreadable("a back reference expected"));
        do {
            position++;
        } while (!MangledText.isLower(text.charAt(position)));
        position++;
        return target;
    }

    void enter(StringBuilder out) throws UnreadableNameException {
        workLeft--;
        requireWork();
        requireLength(out);
        if (++depth > depthMax) {
            workLeft = -1; // no other reading is less deep
            throw unreadable("nested too deeply");
        }
    }

    void leave() {
        depth--;
    }

    /** After a reading that failed: whether there may be another. */
    void requireWork() throws UnreadableNameException {
        if (workLeft < 0) {
            throw unreadable("reading it takes too long");
        }
    }

    void requireLength(StringBuilder out) throws UnreadableNameException {
        if (out.length() > lengthMax) {
            workLeft = -1;
            throw unreadable("written out, the name is too long");
        }
    }

    int depth() {
        return depth;
    }

    void returnToDepth(int earlier) {
        depth = earlier;
    }

    UnreadableNameException unreadable(String what) {
        return new UnreadableNameException(what + " at " + position);
    }
}
