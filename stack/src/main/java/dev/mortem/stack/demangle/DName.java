package dev.mortem.stack.demangle;

import java.util.Optional;

/**
 * Names of D: "D Programming Language, Application Binary Interface, Name Mangling". Written as
 * binutils' {@code c++filt} does: the parameters of functions, not what they return.
 *
 * <p>Read and written in one pass; back references go to an earlier place of the text, which is read
 * again. Belongs to one thread.
 */
final class DName {
    private final DText in;
    private final DTypes types;

    private DName(String mangled, int depthMax, int lengthMax, long workMax) {
        this.in = new DText(mangled, depthMax, lengthMax, workMax);
        this.types = new DTypes(in, this);
    }

    /**
     * The name.
     *
     * @param mangled with its {@code _D}
     * @throws UnreadableNameException where it is none, or goes beyond the limits
     */
    static String read(String mangled, int depthMax, int lengthMax, long workMax)
            throws UnreadableNameException {
        if (mangled.equals("_Dmain")) {
            return "D main";
        }
        DName name = new DName(mangled, depthMax, lengthMax, workMax);
        StringBuilder out = new StringBuilder();
        name.mangledName(out);
        if (!name.in.atEnd()) {
            throw name.in.unreadable("the end expected");
        }
        return out.toString();
    }

    /** {@code _D QualifiedName (Type | Z)}; the compiler's own symbols end with Z. */
    void mangledName(StringBuilder out) throws UnreadableNameException {
        if (!in.take("_D")) {
            throw in.unreadable("_D expected");
        }
        qualified(out, true);
        if (!in.take('Z')) {
            types.type(new StringBuilder());
        }
    }

    /**
     * {@code QualifiedName}: symbols, each perhaps with the parameters of the function it is.
     *
     * @param modified whether a member function says what it may do to its object
     */
    void qualified(StringBuilder out, boolean modified) throws UnreadableNameException {
        in.enter(out);
        int start = out.length();
        boolean first = true;
        do {
            if (in.take('0')) {
                continue; // without a name
            }
            out.append(first ? "" : ".");
            first = false;
            symbol(out, start);
            parameters(out, modified);
        } while (atSymbol());
        in.leave();
    }

    /** What looks like parameters is the type of a variable where nothing follows. */
    private void parameters(StringBuilder out, boolean modified) throws UnreadableNameException {
        if (in.peek() != 'M' && !types.atCallConvention()) {
            return;
        }
        int position = in.position();
        int length = out.length();
        int depth = in.depth();
        try {
            StringBuilder modifiers = new StringBuilder();
            if (in.take('M')) {
                types.suffixes(modifiers);
            }
            types.parameters(out, new StringBuilder(), new StringBuilder());
            out.append(modified ? modifiers : "");
            if (!in.atEnd()) {
                return;
            }
        } catch (UnreadableNameException noParameters) {
            in.requireWork();
        }
        in.moveTo(position);
        in.returnToDepth(depth);
        out.setLength(length);
    }

    private boolean atSymbol() {
        return in.atDigit()
                || in.startsWith("__T")
                || in.startsWith("__U")
                || (in.peek() == 'Q' && in.backTarget().filter(in::isDigitAt).isPresent());
    }

    /** @param start where the name that this symbol ends began in {@code out} */
    private void symbol(StringBuilder out, int start) throws UnreadableNameException {
        if (in.peek() == 'Q') {
            int target = in.takeBackReference();
            int after = in.position();
            in.moveTo(target);
            identifier(out, start, in.lengthAhead());
            in.moveTo(after);
            return;
        }
        if (in.startsWith("__T") || in.startsWith("__U")) {
            template(out);
            return;
        }
        int length = in.lengthAhead();
        int end = in.position() + length;
        boolean isTemplate = in.startsWith("__T") || in.startsWith("__U");
        if (length >= 5 && isTemplate) {
            template(out);
            if (in.position() != end) {
                throw in.unreadable("a template of another length");
            }
        } else if (in.isNumbered("__S", end)) {
            in.moveTo(end); // a scope without a name
            symbol(out, start);
        } else {
            identifier(out, start, length);
        }
    }

    /** A name, or what the compiler's own ones mean. */
    private void identifier(StringBuilder out, int start, int length)
            throws UnreadableNameException {
        String name = in.text(length);
        boolean ends = in.peek() == 'Z';
        switch (name) {
            case "__ctor" -> out.append("this");
            case "__dtor" -> out.append("~this");
            case "__postblit" -> {
                if (in.take("MFZ")) {
                    out.append("this(this)");
                } else {
                    out.append(name);
                }
            }
            default -> {
                Optional<String> prefix = ends ? made(name) : Optional.empty();
                if (prefix.isPresent() && out.length() > start) {
                    out.setLength(out.length() - 1); // the dot
                    out.insert(start, prefix.get());
                } else {
                    out.append(name);
                }
            }
        }
        in.requireLength(out);
    }

    private static Optional<String> made(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "__init" -> "initializer for ";
                    case "__vtbl" -> "vtable for ";
                    case "__Class" -> "ClassInfo for ";
                    case "__Interface" -> "Interface for ";
                    case "__ModuleInfo" -> "ModuleInfo for ";
                    default -> null;
                });
    }

    /** {@code TemplateID LName TemplateArgs Z}. */
    private void template(StringBuilder out) throws UnreadableNameException {
        in.enter(out);
        in.text(3);
        symbol(out, out.length());
        out.append("!(");
        boolean first = true;
        while (!in.take('Z')) {
            out.append(first ? "" : ", ");
            first = false;
            argument(out);
        }
        out.append(')');
        in.leave();
    }

    private void argument(StringBuilder out) throws UnreadableNameException {
        in.take('H'); // a specialised parameter
        switch (in.next()) {
            case 'T' -> types.type(out);
            case 'S' -> symbolArgument(out);
            case 'V' -> {
                char kind = in.peek();
                if (kind == 'Q') {
                    kind = in.charAt(in.backTarget().orElseThrow(() -> in.unreadable("a type")));
                }
                StringBuilder type = new StringBuilder();
                types.type(type);
                new DValues(in, this).value(out, type.toString(), kind);
            }
            case 'X' -> out.append(in.text(in.lengthAhead()));
            default -> throw in.unreadable("a template argument expected");
        }
        in.requireLength(out);
    }

    /** A symbol in full, or by its qualified name; compilers up to 2.076 wrote its length. */
    private void symbolArgument(StringBuilder out) throws UnreadableNameException {
        if (in.startsWith("_D")) {
            mangledName(out);
            return;
        }
        if (in.peek() == 'Q') {
            qualified(out, false);
            return;
        }
        int position = in.position();
        int length = out.length();
        int depth = in.depth();
        try {
            int end = in.lengthAhead() + in.position();
            if (in.startsWith("_D")) {
                mangledName(out);
            } else {
                qualified(out, false);
            }
            if (in.position() == end) {
                return;
            }
        } catch (UnreadableNameException notByLength) {
            in.requireWork();
        }
        in.moveTo(position);
        in.returnToDepth(depth);
        out.setLength(length);
        qualified(out, false);
    }
}
