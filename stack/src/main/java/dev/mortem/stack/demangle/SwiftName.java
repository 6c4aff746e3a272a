package dev.mortem.stack.demangle;

import java.util.ArrayList;
import java.util.List;

/**
 * Names of Swift: "Swift ABI, Mangling". Recognised and not taken apart: shown as they are, behind the
 * module and the names inside it where these stand in full at the start.
 */
final class SwiftName {
    private static final List<String> PREFIXES = List.of("$s", "_$s", "$S", "_$S", "_T0");

    private SwiftName() {}

    static boolean matches(String mangled) {
        return start(mangled) > 0;
    }

    /** Where the first identifier or known module stands; 0 for what is none of Swift's. */
    private static int start(String mangled) {
        for (String prefix : PREFIXES) {
            int start = prefix.length();
            boolean known = mangled.startsWith(prefix)
                    && mangled.length() > start + 1
                    && (mangled.charAt(start) == 's' || identifierEnd(mangled, start) > 0);
            boolean plain = mangled.chars()
                    .skip(start)
                    .allMatch(c -> c == '_' || (c < 0x80 && Character.isLetterOrDigit(c)));
            if (known && plain) {
                return start;
            }
        }
        return 0;
    }

    /** Behind an identifier: its length, not from 0, and as many characters; 0 where none is. */
    private static int identifierEnd(String mangled, int start) {
        int length = 0;
        int at = start;
        while (at < mangled.length() && at < start + 4 && NameText.isDigit(mangled.charAt(at))) {
            length = length * 10 + (mangled.charAt(at++) - '0');
        }
        boolean starts = at > start && mangled.charAt(start) != '0';
        return starts && length <= mangled.length() - at ? at + length : 0;
    }

    /** Writes a name that {@link #matches}: {@code main.Cart.total [Swift $s4main4CartC5total…]}. */
    static void write(String mangled, Output out) throws UnreadableNameException {
        List<String> path = new ArrayList<>();
        int at = start(mangled);
        if (mangled.charAt(at) == 's') {
            path.add("Swift");
            at++;
        }
        int end = identifierEnd(mangled, at);
        boolean more = end > 0;
        while (more) {
            int digits = at;
            while (NameText.isDigit(mangled.charAt(digits))) {
                digits++;
            }
            path.add(mangled.substring(digits, end));
            // a module, structure, class, enumeration or protocol has members; labels follow others
            boolean isType = end < mangled.length() && "VCOP".indexOf(mangled.charAt(end)) >= 0;
            more = isType || path.size() == 1;
            at = isType ? end + 1 : end;
            end = identifierEnd(mangled, at);
            more &= end > 0;
        }
        out.append(String.join(".", path) + " [Swift " + mangled + "]");
    }
}
