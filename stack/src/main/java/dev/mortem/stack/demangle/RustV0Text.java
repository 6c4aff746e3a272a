package dev.mortem.stack.demangle;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The text of a Rust v0 name and its smallest parts: numbers, identifiers, literals. */
final class RustV0Text extends NameText {
    /** An i128's digits. */
    private static final int INTEGER_DIGITS_MAX = 32;

    RustV0Text(String text) {
        super(text);
    }

    /**
     * {@code <base-62-number>}: {@code _} is 0, {@code 0_} is 1. Unsigned: the hash of a crate takes all
     * 64 bits.
     */
    long base62() throws UnreadableNameException {
        if (take('_')) {
            return 0;
        }
        long value = 0;
        while (!take('_')) {
            int digit = base62Digit(next());
            boolean fits = Long.compareUnsigned(value, Long.divideUnsigned(-1, 62)) <= 0
                    && Long.compareUnsigned(value * 62, value * 62 + digit) <= 0;
            if (digit < 0 || !fits) {
                throw unreadable("a number in base 62 expected");
            }
            value = value * 62 + digit;
        }
        if (++value == 0) {
            throw unreadable("a number beyond 64 bits");
        }
        return value;
    }

    private static int base62Digit(char c) {
        if (isDigit(c)) {
            return c - '0';
        }
        if (isLower(c)) {
            return 10 + c - 'a';
        }
        return isUpper(c) ? 36 + c - 'A' : -1;
    }

    /** {@code ["s" <base-62-number>]}; 0 where there is none. */
    long disambiguator() throws UnreadableNameException {
        return take('s') ? base62() + 1 : 0;
    }

    /** {@code <undisambiguated-identifier>}: {@code ["u"] <decimal-number> ["_"] <bytes>}. */
    String identifier() throws UnreadableNameException {
        boolean encoded = take('u');
        int length = decimal();
        take('_'); // stands in front of a digit or another underscore
        String bytes = text(length);
        return encoded ? Punycode.decode(bytes).orElse("punycode{" + bytes + "}") : bytes;
    }

    private int decimal() throws UnreadableNameException {
        if (!atDigit()) {
            throw unreadable("a length expected");
        }
        if (take('0')) {
            return 0;
        }
        int value = 0;
        while (atDigit()) {
            value = value * 10 + (next() - '0');
            if (value > length()) {
                throw unreadable("a length beyond the end");
            }
        }
        return value;
    }

    /** The hexadecimal digits up to {@code _}, without zeros in front. */
    private String hexDigits() throws UnreadableNameException {
        int start = position();
        while (peek() != '_') {
            char digit = next();
            if (!isDigit(digit) && (digit < 'a' || digit > 'f')) {
                throw unreadable("hexadecimal digits expected");
            }
        }
        String digits = since(start);
        skip(1);
        return digits;
    }

    /** In decimal; what needs more than 64 bits in hexadecimal, as it is mangled. */
    String unsigned() throws UnreadableNameException {
        String digits = hexDigits().replaceFirst("^0+", "");
        if (digits.length() > INTEGER_DIGITS_MAX) {
            throw unreadable("a number beyond 128 bits");
        }
        if (digits.isEmpty()) {
            return "0";
        }
        return digits.length() > 16 ? "0x" + digits : new BigInteger(digits, 16).toString();
    }

    String signed() throws UnreadableNameException {
        return take('n') ? "-" + unsigned() : unsigned();
    }

    String truth() throws UnreadableNameException {
        return switch (unsigned()) {
            case "0" -> "false";
            case "1" -> "true";
            default -> throw unreadable("a truth value expected");
        };
    }

    /** A character as Rust's source has it. */
    String character() throws UnreadableNameException {
        String digits = hexDigits().replaceFirst("^0+", "");
        int code = digits.isEmpty() ? 0 : digits.length() > 6 ? -1 : Integer.parseInt(digits, 16);
        boolean scalar = Character.isValidCodePoint(code) && (code < 0xd800 || code > 0xdfff);
        if (!scalar) {
            throw unreadable("a Unicode scalar value expected");
        }
        return "'" + escaped(code, '\'') + "'";
    }

    /** The UTF-8 bytes of a string in hexadecimal, as a literal. */
    String string() throws UnreadableNameException {
        String digits = hexDigits();
        if (digits.length() % 2 != 0) {
            throw unreadable("two digits for each byte expected");
        }
        String decoded;
        try {
            decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(HexFormat.of().parseHex(digits)))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw unreadable("UTF-8 expected");
        }
        StringBuilder literal = new StringBuilder("\"");
        decoded.codePoints().forEach(code -> literal.append(escaped(code, '"')));
        return literal.append('"').toString();
    }

    private static String escaped(int code, char quote) {
        return switch (code) {
            case '\0' -> "\\0";
            case '\t' -> "\\t";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\\' -> "\\\\";
            default -> {
                if (code == quote) {
                    yield "\\" + quote;
                }
                yield isPrintable(code)
                        ? Character.toString(code)
                        : "\\u{" + Integer.toHexString(code) + "}";
            }
        };
    }

    private static boolean isPrintable(int code) {
        return switch (Character.getType(code)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> code == ' ';
            default -> true;
        };
    }

    /** {@code <basic-type>}; empty where the letter is none. */
    static String basicType(char letter) {
        return switch (letter) {
            case 'a' -> "i8";
            case 'b' -> "bool";
            case 'c' -> "char";
            case 'd' -> "f64";
            case 'e' -> "str";
            case 'f' -> "f32";
            case 'h' -> "u8";
            case 'i' -> "isize";
            case 'j' -> "usize";
            case 'l' -> "i32";
            case 'm' -> "u32";
            case 'n' -> "i128";
            case 'o' -> "u128";
            case 'p' -> "_";
            case 's' -> "i16";
            case 't' -> "u16";
            case 'u' -> "()";
            case 'v' -> "...";
            case 'x' -> "i64";
            case 'y' -> "u64";
            case 'z' -> "!";
            default -> "";
        };
    }
}
