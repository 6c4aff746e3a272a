package dev.mortem.stack.demangle;

import java.util.Optional;
import java.util.stream.IntStream;

/** The text of a D name: numbers and back references, with depth, length and work bounded. */
final class DText extends NameText {
    private final int depthMax;
    private final int lengthMax;
    private long workLeft;
    private int depth;

    DText(String text, int depthMax, int lengthMax, long workMax) {
        super(text);
        this.depthMax = depthMax;
        this.lengthMax = lengthMax;
        this.workLeft = workMax;
    }

    boolean isDigitAt(int index) {
        return isDigit(charAt(index));
    }

    /** Decimal digits as they stand; at least one. */
    String digits() throws UnreadableNameException {
        String digits = takeDigits();
        if (digits.isEmpty()) {
            throw unreadable("a number expected");
        }
        return digits;
    }

    int number() throws UnreadableNameException {
        String digits = digits();
        if (digits.length() > 9) {
            throw unreadable("a number beyond all that have a meaning");
        }
        return Integer.parseInt(digits);
    }

    /** The length of something: not 0, and what the text still has. */
    int lengthAhead() throws UnreadableNameException {
        int ahead = number();
        if (ahead == 0 || ahead > length() - position()) {
            throw unreadable("a length within the name expected");
        }
        return ahead;
    }

    /** Whether all from here to {@code end} is the prefix and digits. */
    boolean isNumbered(String prefix, int end) {
        return startsWith(prefix)
                && end > position() + prefix.length()
                && IntStream.range(position() + prefix.length(), end).allMatch(this::isDigitAt);
    }

    /** Where the back reference here leads: {@code Q}, then base 26, its last digit a small letter. */
    Optional<Integer> backTarget() {
        long distance = 0;
        for (int at = position() + 1; at < length(); at++) {
            char c = charAt(at);
            if (isLower(c)) {
                distance = distance * 26 + (c - 'a');
                return distance > 0 && distance <= position()
                        ? Optional.of((int) (position() - distance))
                        : Optional.empty();
            }
            if (!isUpper(c) || distance > length()) {
                return Optional.empty();
            }
            distance = distance * 26 + (c - 'A');
        }
        return Optional.empty();
    }

    int takeBackReference() throws UnreadableNameException {
        int target = backTarget().orElseThrow(() -> unreadable("a back reference expected"));
        do {
            skip(1);
        } while (!isLower(peek()));
        skip(1);
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
}
