package dev.mortem.stack.demangle;

import java.nio.charset.StandardCharsets;

/** Values among the template arguments of D names. */
final class DValues {
    private final DText in;
    private final DName names;

    DValues(DText in, DName names) {
        this.in = in;
        this.names = names;
    }

    /**
     * {@code Value}.
     *
     * @param type as written, for a structure's value
     * @param kind the first letter of the type as mangled; END where it is not known
     */
    void value(StringBuilder out, String type, char kind) throws UnreadableNameException {
        in.enter(out);
        switch (in.peek()) {
            case 'n' -> {
                in.next();
                out.append("null");
            }
            case 'N' -> {
                in.next();
                out.append('-');
                integer(out, kind);
            }
            case 'i' -> {
                in.next();
                integer(out, kind);
            }
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> integer(out, kind);
            case 'e' -> {
                in.next();
                real(out);
            }
            case 'c' -> {
                in.next();
                real(out);
                out.append('+');
                if (!in.take('c')) {
                    throw in.unreadable("an imaginary part expected");
                }
                real(out);
                out.append('i');
            }
            case 'a', 'w', 'd' -> string(out);
            case 'A' -> array(out, kind);
            case 'S' -> structure(out, type);
            case 'f' -> {
                in.next();
                names.mangledName(out);
            }
            default -> throw in.unreadable("a value expected");
        }
        in.leave();
    }

    private void integer(StringBuilder out, char kind) throws UnreadableNameException {
        String digits = in.digits();
        switch (kind) {
            case 'a', 'u', 'w' -> character(out, digits, kind);
            case 'b' -> out.append(digits.matches("0+") ? "false" : "true");
            case 'h', 't', 'k' -> out.append(digits).append('u');
            case 'l' -> out.append(digits).append('L');
            case 'm' -> out.append(digits).append("uL");
            default -> out.append(digits);
        }
    }

    private void character(StringBuilder out, String digits, char kind)
            throws UnreadableNameException {
        if (digits.length() > 10) {
            throw in.unreadable("a character expected");
        }
        long code = Long.parseLong(digits);
        boolean plain = kind == 'a' && code >= 0x20 && code < 0x7f;
        if (plain) {
            out.append('\'').append((char) code).append('\'');
            return;
        }
        String form = switch (kind) {
            case 'a' -> "'\\x%02x'";
            case 'u' -> "'\\u%04x'";
            default -> "'\\U%08x'";
        };
        out.append(form.formatted(code));
    }

    /** {@code HexFloat}: NAN, INF, NINF, or digits with the point behind the first. */
    private void real(StringBuilder out) throws UnreadableNameException {
        if (in.take("NAN")) {
            out.append("NaN");
            return;
        }
        if (in.take("INF")) {
            out.append("Inf");
            return;
        }
        if (in.take("NINF")) {
            out.append("-Inf");
            return;
        }
        out.append(in.take('N') ? "-0x" : "0x");
        if (!isHex(in.peek())) {
            throw in.unreadable("hexadecimal digits expected");
        }
        out.append(in.next()).append('.');
        while (isHex(in.peek())) {
            out.append(in.next());
        }
        if (!in.take('P')) {
            throw in.unreadable("an exponent expected");
        }
        out.append('p').append(in.take('N') ? "-" : "").append(in.digits());
    }

    private static boolean isHex(char c) {
        return NameText.isDigit(c) || (c >= 'A' && c <= 'F');
    }

    /** {@code CharWidth Number _ HexDigits}: the bytes of UTF-8. */
    private void string(StringBuilder out) throws UnreadableNameException {
        char width = in.next();
        int length = in.number();
        if (!in.take('_')) {
            throw in.unreadable("'_' expected");
        }
        String digits = in.text(2 * length);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            int high = Character.digit(digits.charAt(2 * i), 16);
            int low = Character.digit(digits.charAt(2 * i + 1), 16);
            if (high < 0 || low < 0) {
                throw in.unreadable("hexadecimal digits expected");
            }
            bytes[i] = (byte) (high << 4 | low);
        }
        out.append('"');
        new String(bytes, StandardCharsets.UTF_8)
                .codePoints()
                .forEach(code -> out.append(escaped(code)));
        out.append('"');
        if (width != 'a') {
            out.append(width);
        }
    }

    private static String escaped(int code) {
        return switch (code) {
            case '\t' -> "\\t";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\f' -> "\\f";
            case 0x0b -> "\\v";
            default ->
                Character.isISOControl(code) ? "\\x%02x".formatted(code) : Character.toString(code);
        };
    }

    private void array(StringBuilder out, char kind) throws UnreadableNameException {
        in.next();
        int count = in.number();
        out.append('[');
        for (int i = 0; i < count; i++) {
            out.append(i > 0 ? ", " : "");
            value(out, "", NameText.END);
            if (kind == 'H') {
                out.append(':');
                value(out, "", NameText.END);
            }
        }
        out.append(']');
    }

    private void structure(StringBuilder out, String type) throws UnreadableNameException {
        in.next();
        int count = in.number();
        out.append(type).append('(');
        for (int i = 0; i < count; i++) {
            out.append(i > 0 ? ", " : "");
            value(out, "", NameText.END);
        }
        out.append(')');
    }
}
