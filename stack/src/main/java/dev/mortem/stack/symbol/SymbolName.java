package dev.mortem.stack.symbol;

/** What stands in names beside the name itself. */
final class SymbolName {
    private static final String GLIBC_INTERNAL = "__GI_";
    private static final String PLT_SUFFIX = "@plt";

    private SymbolName() {}

    /**
     * The name without the version that the linker appended in {@code .symtab}: "memcpy@@GLIBC_2.14",
     * "memcpy@GLIBC_2.2.5". A stub keeps its "@plt".
     */
    static String withoutVersion(String raw) {
        int at = raw.indexOf('@');
        return at <= 0 || isStub(raw) ? raw : raw.substring(0, at);
    }

    static boolean isStub(String raw) {
        return raw.endsWith(PLT_SUFFIX);
    }

    static boolean hasVersion(String raw) {
        return raw.indexOf('@') > 0;
    }

    static String ofStub(String function) {
        return withoutVersion(function) + PLT_SUFFIX;
    }

    /**
     * How much stands before the name that people know: leading underscores, and "__GI_", by which glibc
     * calls its own functions without going through the linkage table.
     */
    static int uglyPrefix(String name) {
        String known =
                name.startsWith(GLIBC_INTERNAL) ? name.substring(GLIBC_INTERNAL.length()) : name;
        int count = known.length() == name.length() ? 0 : GLIBC_INTERNAL.length();
        int at = 0;
        while (at < known.length() && known.charAt(at) == '_') {
            at++;
        }
        return count + at;
    }

    /** Labels that assemblers and linkers make for themselves. */
    static boolean isLocalLabel(String name) {
        return name.isEmpty() || name.startsWith(".L") || name.startsWith("$L");
    }

    /**
     * Mapping symbols say where code changes to data or to another instruction set (ELF for the Arm
     * Architecture, section 5.5.5; for the Arm 64-bit Architecture, section 5.7.5): "$a", "$d.12".
     */
    static boolean isMappingSymbol(String name) {
        return name.length() >= 2
                && name.charAt(0) == '$'
                && "adtx".indexOf(name.charAt(1)) >= 0
                && (name.length() == 2 || name.charAt(2) == '.');
    }
}
