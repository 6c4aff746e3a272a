package dev.mortem.stack.demangle;

import java.util.Locale;

/**
 * The name of a string literal: {@code ??_C@_}, 0 for bytes or 1 for UTF-16, the size in bytes with its
 * end, a checksum, and the literal's first bytes. Of bytes whose size is even, how many zeros are among
 * them tells how wide a character is.
 */
final class MsvcLiteral {
    /** What a name holds of a literal of bytes. */
    private static final int BYTES_MAX = 128;

    /** What a name holds of a literal of UTF-16, in bytes. */
    private static final int WIDE_BYTES_MAX = 64;

    /** What {@code ?0} to {@code ?9} stand for. */
    private static final String PUNCTUATION = ",/\\:. \n\t'-";

    private static final int CHECKSUM_DIGITS = 8;

    /** Shorter ones stand in the name as a whole, with their end. */
    private static final int SHORT_BYTES = 32;

    private static final int FIRST_UPPER = 0xc1;
    private static final int FIRST_LOWER = 0xe1;

    private final MsvcText in;
    private final StringBuilder text = new StringBuilder();

    private MsvcLiteral(MsvcText in) {
        this.in = in;
    }

    /** What is behind {@code ??_C@_}, written as in C++ source; with an ellipsis where it is cut. */
    static String read(MsvcText in) throws UnreadableNameException {
        MsvcLiteral literal = new MsvcLiteral(in);
        char kind = in.next();
        if (kind != '0' && kind != '1') {
            throw in.unreadable("0 or 1 expected");
        }
        long sizeBytes = in.count();
        int checksum = in.upToAt().length();
        if (checksum == 0) {
            throw in.unreadable("a checksum expected");
        }
        if (checksum < CHECKSUM_DIGITS) {
            in.take('@'); // a number that has fewer digits ends with one of its own
        }
        boolean cut = kind == '1' ? literal.wide(sizeBytes) : literal.narrow(sizeBytes);
        return literal.text.append(cut ? "\"..." : "\"").toString();
    }

    private boolean wide(long sizeBytes) throws UnreadableNameException {
        boolean cut = sizeBytes > WIDE_BYTES_MAX;
        text.append("L\"");
        for (long left = sizeBytes; !in.take('@'); left -= 2) {
            int character = (read() << 8) | read();
            if (left != 2 || cut) {
                escape(character);
            }
        }
        return cut;
    }

    private boolean narrow(long sizeBytes) throws UnreadableNameException {
        int[] bytes = new int[BYTES_MAX];
        int count = 0;
        while (!in.take('@')) {
            if (count == BYTES_MAX) {
                throw in.unreadable("no more than " + BYTES_MAX + " bytes expected");
            }
            bytes[count++] = read();
        }
        boolean cut = sizeBytes > count;
        int width = width(bytes, count, sizeBytes);
        text.append(width == 1 ? "\"" : width == 2 ? "u\"" : "U\"");
        int characters = count / width;
        for (int index = 0; index < characters; index++) {
            int character = 0;
            for (int each = width - 1; each >= 0; each--) {
                character = (character << 8) | bytes[index * width + each];
            }
            if (index + 1 < characters || cut) {
                escape(character);
            }
        }
        return cut;
    }

    private static int width(int[] bytes, int count, long sizeBytes) {
        if (sizeBytes % 2 == 1 || count == 0) {
            return 1;
        }
        int zeros = 0;
        if (sizeBytes < SHORT_BYTES) {
            while (zeros < count && bytes[count - 1 - zeros] == 0) {
                zeros++;
            }
            return zeros >= 4 && sizeBytes % 4 == 0 ? 4 : zeros >= 2 ? 2 : 1;
        }
        for (int index = 0; index < count; index++) {
            zeros += bytes[index] == 0 ? 1 : 0;
        }
        return zeros >= 2 * count / 3 && sizeBytes % 4 == 0 ? 4 : zeros >= count / 3 ? 2 : 1;
    }

    private int read() throws UnreadableNameException {
        if (!in.take('?')) {
            return in.next() & 0xff;
        }
        if (in.take('$')) {
            return (nibble() << 4) | nibble();
        }
        char code = in.next();
        if (NameText.isDigit(code)) {
            return PUNCTUATION.charAt(code - '0');
        }
        if (NameText.isLower(code)) {
            return FIRST_LOWER + (code - 'a');
        }
        if (NameText.isUpper(code)) {
            return FIRST_UPPER + (code - 'A');
        }
        throw in.unreadable("a byte expected");
    }

    private int nibble() throws UnreadableNameException {
        char digit = in.next();
        if (digit < 'A' || digit > 'P') {
            throw in.unreadable("a digit of sixteen expected");
        }
        return digit - 'A';
    }

    private void escape(int character) {
        switch (character) {
            case 0 -> text.append("\\0");
            case 7 -> text.append("\\a");
            case 8 -> text.append("\\b");
            case 9 -> text.append("\\t");
            case 10 -> text.append("\\n");
            case 11 -> text.append("\\v");
            case 12 -> text.append("\\f");
            case 13 -> text.append("\\r");
            case '"', '\'', '\\' -> text.append('\\').append((char) character);
            default -> {
                if (character > 0x1f && character < 0x7f) {
                    text.append((char) character);
                } else {
                    String digits = Integer.toHexString(character).toUpperCase(Locale.ROOT);
                    text.append("\\x")
                            .append(digits.length() % 2 == 0 ? "" : "0")
                            .append(digits);
                }
            }
        }
    }
}
