package dev.mortem.stack.demangle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names of Rust's first mangling, which borrows C++'s: {@code _ZN<path>17h<16 hex digits>E} (rustc,
 * {@code rustc_symbol_mangling::legacy}). Characters that no assembler takes are written
 * {@code $LT$} or {@code $u7b$}. The hash at the end is left out.
 */
final class RustLegacyName {
    private static final int HASH_LENGTH = 17;

    private static final Map<String, String> ESCAPES = Map.of(
            "SP", "@", "BP", "*", "RF", "&", "LT", "<", "GT", ">", "LP", "(", "RP", ")", "C", ",");

    private RustLegacyName() {}

    /** Empty where the name is not one of Rust's. */
    static Optional<String> read(String mangled) {
        int end = mangled.lastIndexOf('E');
        boolean suffixed = mangled.startsWith(".llvm.", end + 1) || mangled.length() == end + 1;
        if (!mangled.startsWith("_ZN") || end < 0 || !suffixed) {
            return Optional.empty();
        }
        Optional<List<String>> parts = parts(mangled.substring(3, end));
        if (parts.isEmpty() || parts.get().size() < 2 || !isHash(parts.get().getLast())) {
            return Optional.empty();
        }
        StringBuilder path = new StringBuilder();
        for (String part : parts.get().subList(0, parts.get().size() - 1)) {
            Optional<String> decoded = decode(part);
            if (decoded.isEmpty()) {
                return Optional.empty();
            }
            path.append(path.isEmpty() ? "" : "::").append(decoded.get());
        }
        return Optional.of(path.toString());
    }

    /** Each a length and as many characters. */
    private static Optional<List<String>> parts(String text) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int length = 0;
            int digits = at;
            while (at < text.length() && MangledText.isDigit(text.charAt(at)) && at < digits + 6) {
                length = length * 10 + (text.charAt(at++) - '0');
            }
            if (length == 0 || length > text.length() - at) {
                return Optional.empty();
            }
            parts.add(text.substring(at, at + length));
            at += length;
        }
        return Optional.of(parts);
    }

    private static boolean isHash(String part) {
        return part.length() == HASH_LENGTH
                && part.charAt(0) == 'h'
                && part.chars().skip(1).allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
    }

    private static Optional<String> decode(String part) {
        StringBuilder text = new StringBuilder();
        // an underscore keeps an escape from standing first
        int at = part.startsWith("_$") ? 1 : 0;
        while (at < part.length()) {
            char c = part.charAt(at);
            if (c == '.') {
                boolean two = part.startsWith("..", at);
                text.append(two ? "::" : ".");
                at += two ? 2 : 1;
            } else if (c == '$') {
                int end = part.indexOf('$', at + 1);
                Optional<String> escaped =
                        end < 0 ? Optional.empty() : escape(part.substring(at + 1, end));
                if (escaped.isEmpty()) {
                    return Optional.empty();
                }
                text.append(escaped.get());
                at = end + 1;
            } else {
                text.append(c);
                at++;
            }
        }
        return Optional.of(text.toString());
    }

    private static Optional<String> escape(String name) {
        if (ESCAPES.containsKey(name)) {
            return Optional.of(ESCAPES.get(name));
        }
        boolean hex = name.length() >= 2
                && name.length() <= 7
                && name.charAt(0) == 'u'
                && name.chars().skip(1).allMatch(c -> Character.digit(c, 16) >= 0);
        if (!hex) {
            return Optional.empty();
        }
        int code = Integer.parseInt(name.substring(1), 16);
        boolean printable = Character.isValidCodePoint(code) && !Character.isISOControl(code);
        return printable ? Optional.of(Character.toString(code)) : Optional.empty();
    }
}
