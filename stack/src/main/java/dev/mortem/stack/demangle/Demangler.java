package dev.mortem.stack.demangle;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * Turns the linker's name of a C++ entity into the one in the source, as binutils' {@code c++filt}
 * writes it, parameters included: the Itanium C++ ABI, chapter 5.1, "External Names (a.k.a.
 * Mangling)". Also reads Rust's legacy names.
 *
 * <p>Any text may be given: what is no mangled name, or one beyond the limits, gives empty. A name
 * of a hundred characters can stand for gigabytes, since substitutions nest; length, depth and work
 * are bounded apart. Immutable, for any thread.
 */
public final class Demangler {
    public static final Limit INPUT_LENGTH = new Limit(
            "mangled name",
            65_536,
            "characters",
            "the longest of 100,000 C++ names of a Debian system has 6,000; what is ten"
                    + " times as long helps no reader");

    public static final Limit OUTPUT_LENGTH = new Limit(
            "demangled name",
            262_144,
            "characters",
            "names grow up to tenfold; substitutions could double them at every step");

    public static final Limit DEPTH = new Limit(
            "nesting in a mangled name",
            256,
            "levels",
            "the deepest of 100,000 C++ names of a Debian system has 40; a level takes up"
                    + " to 2 KiB of the reader's stack, which has to fit a small thread");

    public static final Limit WORK = new Limit(
            "parts of a demangled name",
            1_000_000,
            "parts visited",
            "a name as long as allowed has a quarter of that; beyond it, packs in packs"
                    + " take time without writing much");

    private final Limits limits;

    public Demangler() {
        this(Limits.defaults());
    }

    public Demangler(Limits limits) {
        this.limits = limits;
    }

    /** The name as written in the source, or empty where {@code mangled} is no such name. */
    public Optional<String> demangle(String mangled) {
        if (mangled.length() > limits.maxInt(INPUT_LENGTH)) {
            return Optional.empty();
        }
        if (mangled.startsWith("_Z")) {
            Optional<String> rust = RustLegacyName.read(mangled);
            return rust.isPresent() ? rust : itanium(mangled);
        }
        return special(mangled);
    }

    /** Names of what compilers make around a mangled name. */
    private Optional<String> special(String mangled) {
        if (mangled.startsWith("___Z") || mangled.startsWith("____Z")) {
            return block(mangled.substring(mangled.indexOf("_Z")));
        }
        String global = "_GLOBAL_";
        boolean keyed = mangled.startsWith(global)
                && mangled.length() > global.length() + 3
                && "._$".indexOf(mangled.charAt(8)) >= 0
                && "ID".indexOf(mangled.charAt(9)) >= 0
                && mangled.charAt(10) == '_';
        if (!keyed) {
            return Optional.empty();
        }
        String key = mangled.substring(11);
        String what = mangled.charAt(9) == 'I' ? "constructors" : "destructors";
        return Optional.of("global " + what + " keyed to " + demangle(key).orElse(key));
    }

    /** {@code ___Z…_block_invoke[_2]}: clang's function for a block. */
    private Optional<String> block(String mangled) {
        int at = mangled.lastIndexOf("_block_invoke");
        if (at < 0) {
            return Optional.empty();
        }
        String end = mangled.substring(at + "_block_invoke".length());
        boolean numbered = end.chars().allMatch(c -> c == '_' || MangledText.isDigit((char) c));
        return numbered
                ? itanium(mangled.substring(0, at))
                        .map(function -> "invocation function for block in " + function)
                : Optional.empty();
    }

    private Optional<String> itanium(String mangled) {
        try {
            return Optional.of(read(mangled, false));
        } catch (UnreadableNameException notAsNow) {
            if (!mangled.contains("sr")) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(read(mangled, true));
        } catch (UnreadableNameException notAsOnceEither) {
            return Optional.empty();
        }
    }

    private String read(String mangled, boolean unresolvedScopeIsType)
            throws UnreadableNameException {
        int depthMax = limits.maxInt(DEPTH);
        Grammar grammar = new Grammar(mangled, depthMax, unresolvedScopeIsType);
        Node name = grammar.names.mangledName();
        if (!grammar.in.atEnd()) {
            throw grammar.in.unreadable("the end expected");
        }
        Output out = new Output(limits.maxInt(OUTPUT_LENGTH), depthMax * 2, limits.max(WORK));
        new NodePrinter(out).print(name);
        return out.toString();
    }
}
