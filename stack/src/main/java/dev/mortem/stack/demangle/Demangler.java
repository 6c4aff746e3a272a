package dev.mortem.stack.demangle;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.Optional;

/**
 * Turns the linker's name of an entity into the one in the source, as binutils' {@code c++filt}
 * writes it, parameters included: the Itanium C++ ABI, chapter 5.1, "External Names (a.k.a.
 * Mangling)". Also reads Microsoft's names, which it writes as {@code llvm-undname} does, both of Rust's
 * manglings and D's; Swift's is recognised.
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
        return written(mangled).map(Output::toString);
    }

    /**
     * The name as people say it: {@code std::vector<std::string>::push_back(std::string const&)}.
     * Without template arguments that are the library's defaults, inline namespaces, ABI tags and the
     * return type; template arguments beyond some 50 characters are {@code <…>}. Several functions may
     * share one. Empty where {@link #demangle} is.
     */
    public Optional<String> demangleShort(String mangled) {
        return written(mangled).map(ShortName::of);
    }

    /**
     * The type that a type descriptor of Microsoft's run-time library is about, as people say it: {@code
     * std::bad_alloc} of {@code .?AVbad_alloc@std@@}, {@code int} of {@code .H}. Descriptors are what the
     * objects of C++ exceptions point to. Empty where the text is none.
     */
    public Optional<String> typeOfDescriptor(String mangled) {
        if (mangled.length() > limits.maxInt(INPUT_LENGTH)) {
            return Optional.empty();
        }
        int depthMax = limits.maxInt(DEPTH);
        Output out = output();
        try {
            new MsvcPrinter(out).print(MsvcGrammar.readTypeDescriptor(mangled, depthMax));
            return Optional.of(ShortName.of(out));
        } catch (UnreadableNameException none) {
            return Optional.empty();
        }
    }

    private Output output() {
        return new Output(limits.maxInt(OUTPUT_LENGTH), limits.maxInt(DEPTH) * 2, limits.max(WORK));
    }

    private Optional<Output> written(String mangled) {
        if (mangled.length() > limits.maxInt(INPUT_LENGTH)) {
            return Optional.empty();
        }
        try {
            return Optional.of(write(mangled, false));
        } catch (UnreadableNameException notAsNow) {
            if (!mangled.contains("sr")) {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(write(mangled, true));
        } catch (UnreadableNameException notAsOnceEither) {
            return Optional.empty();
        }
    }

    /** @param unresolvedScopeIsType as GCC before 4.5 wrote it: see {@link ExpressionGrammar} */
    private Output write(String mangled, boolean unresolvedScopeIsType)
            throws UnreadableNameException {
        int depthMax = limits.maxInt(DEPTH);
        Output out = output();
        if (mangled.startsWith("_R")) {
            rust(mangled, out);
        } else if (mangled.startsWith("_D")) {
            out.append(
                    DName.read(mangled, depthMax, limits.maxInt(OUTPUT_LENGTH), limits.max(WORK)));
        } else if (mangled.startsWith("_Z")) {
            cppOrRust(mangled, unresolvedScopeIsType, out);
        } else if (mangled.startsWith("___Z") || mangled.startsWith("____Z")) {
            block(mangled.substring(mangled.indexOf("_Z")), unresolvedScopeIsType, out);
        } else if (MsvcGrammar.matches(mangled)) {
            microsoft(mangled, out);
        } else if (SwiftName.matches(mangled)) {
            SwiftName.write(mangled, out);
        } else {
            global(mangled, out);
        }
        return out;
    }

    /** Names of Rust v0 have no dots: what follows one is LLVM's. */
    private static void rust(String mangled, Output out) throws UnreadableNameException {
        int dot = mangled.indexOf('.');
        int end = dot < 0 ? mangled.length() : dot;
        RustV0Name.write(mangled.substring(2, end), out);
        clones(mangled.substring(end), out);
    }

    private void cppOrRust(String mangled, boolean unresolvedScopeIsType, Output out)
            throws UnreadableNameException {
        int end = RustLegacyName.end(mangled);
        Optional<String> path =
                end == 0 ? Optional.empty() : RustLegacyName.path(mangled.substring(0, end));
        if (path.isPresent()) {
            RustLegacyName.write(path.get(), out);
            clones(mangled.substring(end), out);
        } else {
            cpp(mangled, unresolvedScopeIsType, out);
        }
    }

    /**
     * What is appended to copies of a function: {@code .cold}. {@code .llvm.123} only keeps the names
     * of different compilations apart.
     */
    private static void clones(String suffix, Output out) throws UnreadableNameException {
        int llvm = suffix.indexOf(".llvm.");
        String shown = llvm < 0 ? suffix : suffix.substring(0, llvm);
        boolean plain = shown.chars()
                .allMatch(c -> "._$".indexOf(c) >= 0 || (c < 0x80 && Character.isLetterOrDigit(c)));
        if (!plain) {
            throw new UnreadableNameException("no suffix of a compiler's");
        }
        out.append(shown.isEmpty() ? "" : " [clone " + shown + "]");
    }

    private void cpp(String mangled, boolean unresolvedScopeIsType, Output out)
            throws UnreadableNameException {
        Grammar grammar = new Grammar(mangled, limits.maxInt(DEPTH), unresolvedScopeIsType);
        Node name = grammar.names.mangledName();
        if (!grammar.in.atEnd()) {
            throw grammar.in.unreadable("the end expected");
        }
        new NodePrinter(out).print(name);
    }

    /** Names of Microsoft's scheme have dots in string literals: a compiler's suffix is tried last. */
    private void microsoft(String mangled, Output out) throws UnreadableNameException {
        int dot = suffix(mangled);
        int depthMax = limits.maxInt(DEPTH);
        MsvcNode symbol;
        String suffix = "";
        try {
            symbol = MsvcGrammar.read(mangled, depthMax);
        } catch (UnreadableNameException notWhole) {
            if (dot < 0) {
                throw notWhole;
            }
            symbol = MsvcGrammar.read(mangled.substring(0, dot), depthMax);
            suffix = mangled.substring(dot);
        }
        new MsvcPrinter(out).print(symbol);
        clones(suffix, out);
    }

    /** Where {@code .cold} or the {@code $1} of a part with its own frame begins; -1 for nowhere. */
    private static int suffix(String mangled) {
        int dollar = mangled.lastIndexOf('$');
        boolean numbered = dollar > 0
                && dollar + 1 < mangled.length()
                && mangled.substring(dollar + 1).chars().allMatch(c -> NameText.isDigit((char) c));
        return numbered ? dollar : mangled.indexOf('.', 1);
    }

    /** {@code ___Z…_block_invoke[_2]}: clang's function for a block. */
    private void block(String mangled, boolean unresolvedScopeIsType, Output out)
            throws UnreadableNameException {
        int at = mangled.lastIndexOf("_block_invoke");
        String end = at < 0 ? "none" : mangled.substring(at + "_block_invoke".length());
        if (!end.chars().allMatch(c -> c == '_' || NameText.isDigit((char) c))) {
            throw new UnreadableNameException("no block's function");
        }
        out.append("invocation function for block in ");
        cpp(mangled.substring(0, at), unresolvedScopeIsType, out);
    }

    /** What runs before main and after it, for one file: named after something in there. */
    private void global(String mangled, Output out) throws UnreadableNameException {
        String global = "_GLOBAL_";
        boolean keyed = mangled.startsWith(global)
                && mangled.length() > global.length() + 3
                && "._$".indexOf(mangled.charAt(8)) >= 0
                && "ID".indexOf(mangled.charAt(9)) >= 0
                && mangled.charAt(10) == '_';
        if (!keyed) {
            throw new UnreadableNameException("no mangled name");
        }
        String key = mangled.substring(11);
        String what = mangled.charAt(9) == 'I' ? "constructors" : "destructors";
        out.append("global " + what + " keyed to ");
        Optional<Output> inner = key.startsWith("_GLOBAL_") ? Optional.empty() : written(key);
        if (inner.isPresent()) {
            out.append(inner.get());
        } else {
            out.append(key);
        }
    }
}
