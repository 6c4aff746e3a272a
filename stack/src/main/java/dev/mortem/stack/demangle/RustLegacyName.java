package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Output.Part;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names of Rust's first mangling, which borrows C++'s: {@code _ZN<path>17h<16 hex digits>E} (rustc,
 * {@code rustc_symbol_mangling::legacy}). Characters that no assembler takes are written
 * {@code $LT$} or {@code $u7b$}. The hash at the end is left out.
 */
final class RustLegacyName {
    private static final String PREFIX = "_ZN";
    private static final int HASH_LENGTH = 17;

    /** Levels of generic arguments that are told apart. */
    private static final int DEPTH_MAX = 128;

    private static final Map<String, String> ESCAPES = Map.of(
            "SP", "@", "BP", "*", "RF", "&", "LT", "<", "GT", ">", "LP", "(", "RP", ")", "C", ",");

    private RustLegacyName() {}

    /** Where the name ends and what compilers append begins; 0 where it is none of Rust's. */
    static int end(String mangled) {
        int hash = mangled.startsWith(PREFIX) ? mangled.lastIndexOf(HASH_LENGTH + "h") : -1;
        int end = hash + 2 + HASH_LENGTH + 1;
        boolean matches = hash > PREFIX.length()
                && mangled.length() >= end
                && isHash(mangled.substring(hash + 2, end - 1))
                && mangled.charAt(end - 1) == 'E'
                && (mangled.length() == end || mangled.charAt(end) == '.');
        return matches ? end : 0;
    }

    /** The path of a name up to its {@link #end}, without the hash; empty where it is none. */
    static Optional<String> path(String mangled) {
        try {
            List<String> parts = parts(mangled.substring(PREFIX.length(), mangled.length() - 1));
            if (!isHash(parts.getLast())) {
                return Optional.empty();
            }
            StringBuilder path = new StringBuilder();
            for (String part : parts.subList(0, parts.size() - 1)) {
                path.append(path.isEmpty() ? "" : "::").append(decode(part));
            }
            return path.isEmpty() ? Optional.empty() : Optional.of(path.toString());
        } catch (UnreadableNameException notRust) {
            return Optional.empty();
        }
    }

    /**
     * Writes a path. Generic arguments stand in brackets behind a name; {@code <T as Trait>} stands
     * behind none.
     */
    static void write(String path, Output out) throws UnreadableNameException {
        if (!isBalanced(path)) {
            out.append(path);
            return;
        }
        Deque<Boolean> opened = new ArrayDeque<>();
        for (int at = 0; at < path.length(); at++) {
            char c = path.charAt(at);
            if (c == '<') {
                boolean arguments = at > 0 && isIdentifierPart(path.charAt(at - 1));
                opened.push(arguments);
                if (arguments) {
                    out.open(Part.ARGUMENTS);
                }
                out.append(c);
                if (arguments) {
                    out.open(Part.ARGUMENT);
                }
            } else if (closes(path, at)) {
                boolean arguments = opened.pop();
                if (arguments) {
                    out.close(Part.ARGUMENT);
                }
                out.append(c);
                if (arguments) {
                    out.close(Part.ARGUMENTS);
                }
            } else {
                out.append(c);
            }
        }
    }

    private static boolean isBalanced(String path) {
        int depth = 0;
        int deepest = 0;
        for (int at = 0; at < path.length() && depth >= 0; at++) {
            depth += path.charAt(at) == '<' ? 1 : closes(path, at) ? -1 : 0;
            deepest = Math.max(deepest, depth);
        }
        return depth == 0 && deepest <= DEPTH_MAX;
    }

    private static boolean isIdentifierPart(char c) {
        return c == '_' || Character.isLetterOrDigit(c);
    }

    /** A bracket, not the arrow of a function's type. */
    private static boolean closes(String path, int at) {
        return path.charAt(at) == '>' && (at == 0 || path.charAt(at - 1) != '-');
    }

    /** Each a length and as many characters. */
    private static List<String> parts(String text) throws UnreadableNameException {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int length = 0;
            int digits = at;
            while (at < text.length() && NameText.isDigit(text.charAt(at)) && at < digits + 6) {
                length = length * 10 + (text.charAt(at++) - '0');
            }
            if (length == 0 || length > text.length() - at) {
                throw new UnreadableNameException("a length and as many characters expected");
            }
            parts.add(text.substring(at, at + length));
            at += length;
        }
        return parts;
    }

    private static boolean isHash(String part) {
        return part.length() == HASH_LENGTH
                && part.charAt(0) == 'h'
                && part.chars().skip(1).allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
    }

    private static String decode(String part) throws UnreadableNameException {
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
                text.append(escaped.orElseThrow(
                        () -> new UnreadableNameException("an escape that is not known")));
                at = end + 1;
            } else {
                text.append(c);
                at++;
            }
        }
        return text.toString();
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
