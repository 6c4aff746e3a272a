package dev.mortem.stack.demangle;

/** Types and parameters of D names. */
final class DTypes {
    private final DText in;
    private final DName names;

    DTypes(DText in, DName names) {
        this.in = in;
        this.names = names;
    }

    boolean atCallConvention() {
        return "FUWVRY".indexOf(in.peek()) >= 0 && !in.atEnd();
    }

    /** {@code TypeModifiers} of a member function, which are written behind it. */
    void suffixes(StringBuilder out) {
        boolean more = true;
        while (more) {
            if (in.take('x')) {
                out.append(" const");
            } else if (in.take('y')) {
                out.append(" immutable");
            } else if (in.take('O')) {
                out.append(" shared");
            } else if (in.take("Ng")) {
                out.append(" inout");
            } else {
                more = false;
            }
        }
    }

    /** {@code CallConvention FuncAttrs Parameters ParamClose}, each to its own place. */
    void parameters(StringBuilder out, StringBuilder convention, StringBuilder attributes)
            throws UnreadableNameException {
        convention.append(
                switch (in.next()) {
                    case 'F' -> "";
                    case 'U' -> "extern(C) ";
                    case 'W' -> "extern(Windows) ";
                    case 'V' -> "extern(Pascal) ";
                    case 'R' -> "extern(C++) ";
                    case 'Y' -> "extern(Objective-C) ";
                    default -> throw in.unreadable("a calling convention expected");
                });
        attributes(attributes);
        out.append('(');
        boolean first = true;
        while (true) {
            if (in.take('Z')) {
                break;
            }
            if (in.take('X')) {
                out.append("...");
                break;
            }
            out.append(first ? "" : ", ");
            first = false;
            if (in.take('Y')) {
                out.append("...");
                break;
            }
            parameter(out);
        }
        out.append(')');
    }

    private void attributes(StringBuilder out) {
        boolean more = in.peek() == 'N';
        while (more) {
            String attribute = switch (in.charAt(in.position() + 1)) {
                case 'a' -> "pure ";
                case 'b' -> "nothrow ";
                case 'c' -> "ref ";
                case 'd' -> "@property ";
                case 'e' -> "@trusted ";
                case 'f' -> "@safe ";
                case 'i' -> "@nogc ";
                case 'j' -> "return ";
                case 'l' -> "scope ";
                case 'm' -> "@live ";
                default -> ""; // of a parameter's type
            };
            more = !attribute.isEmpty();
            if (more) {
                in.moveTo(in.position() + 2);
                out.append(attribute);
                more = in.peek() == 'N';
            }
        }
    }

    private void parameter(StringBuilder out) throws UnreadableNameException {
        if (in.take('M')) {
            out.append("scope ");
        }
        if (in.take("Nk")) {
            out.append("return ");
        }
        if (in.take('I')) {
            out.append(in.take('K') ? "in ref " : "in ");
        } else if (in.take('J')) {
            out.append("out ");
        } else if (in.take('K')) {
            out.append("ref ");
        } else if (in.take('L')) {
            out.append("lazy ");
        }
        type(out);
    }

    /** {@code Type}. */
    void type(StringBuilder out) throws UnreadableNameException {
        in.enter(out);
        switch (in.peek()) {
            case 'O', 'x', 'y' -> {
                char kind = in.next();
                out.append(kind == 'O' ? "shared(" : kind == 'x' ? "const(" : "immutable(");
                type(out);
                out.append(')');
            }
            case 'N' -> special(out);
            case 'A' -> {
                in.next();
                type(out);
                out.append("[]");
            }
            case 'G' -> {
                in.next();
                String size = in.digits();
                type(out);
                out.append('[').append(size).append(']');
            }
            case 'H' -> {
                in.next();
                StringBuilder key = new StringBuilder();
                type(key);
                type(out);
                out.append('[').append(key).append(']');
            }
            case 'P' -> {
                in.next();
                if (atCallConvention()) {
                    function(out);
                    out.append("function");
                } else {
                    type(out);
                    out.append('*');
                }
            }
            case 'F', 'U', 'W', 'V', 'R', 'Y' -> {
                function(out);
                out.append("function");
            }
            case 'I', 'C', 'S', 'E', 'T' -> {
                in.next();
                names.qualified(out, false);
            }
            case 'D' -> delegate(out);
            case 'B' -> tuple(out);
            case 'Q' -> backReference(out, false);
            default -> out.append(basic());
        }
        in.leave();
    }

    private void special(StringBuilder out) throws UnreadableNameException {
        in.next();
        switch (in.next()) {
            case 'g' -> {
                out.append("inout(");
                type(out);
                out.append(')');
            }
            case 'h' -> {
                out.append("__vector(");
                type(out);
                out.append(')');
            }
            case 'n' -> out.append("typeof(*null)");
            default -> throw in.unreadable("a type expected");
        }
    }

    private void delegate(StringBuilder out) throws UnreadableNameException {
        in.next();
        StringBuilder modifiers = new StringBuilder();
        suffixes(modifiers);
        if (in.peek() == 'Q') {
            backReference(out, true);
        } else {
            function(out);
        }
        out.append("delegate").append(modifiers);
    }

    private void tuple(StringBuilder out) throws UnreadableNameException {
        in.next();
        int count = in.number();
        out.append("Tuple!(");
        for (int i = 0; i < count; i++) {
            out.append(i > 0 ? ", " : "");
            type(out);
        }
        out.append(')');
    }

    private void backReference(StringBuilder out, boolean ofFunction)
            throws UnreadableNameException {
        int target = in.takeBackReference();
        int after = in.position();
        in.moveTo(target);
        if (ofFunction) {
            function(out);
        } else {
            type(out);
        }
        in.moveTo(after);
    }

    /** What it returns, its parameters, then its attributes. */
    private void function(StringBuilder out) throws UnreadableNameException {
        StringBuilder parameters = new StringBuilder();
        StringBuilder attributes = new StringBuilder();
        parameters(parameters, out, attributes);
        type(out);
        out.append(parameters).append(' ').append(attributes);
        in.requireLength(out);
    }

    private String basic() throws UnreadableNameException {
        return switch (in.next()) {
            case 'n' -> "typeof(null)";
            case 'v' -> "void";
            case 'g' -> "byte";
            case 'h' -> "ubyte";
            case 's' -> "short";
            case 't' -> "ushort";
            case 'i' -> "int";
            case 'k' -> "uint";
            case 'l' -> "long";
            case 'm' -> "ulong";
            case 'f' -> "float";
            case 'd' -> "double";
            case 'e' -> "real";
            case 'o' -> "ifloat";
            case 'p' -> "idouble";
            case 'j' -> "ireal";
            case 'q' -> "cfloat";
            case 'r' -> "cdouble";
            case 'c' -> "creal";
            case 'b' -> "bool";
            case 'a' -> "char";
            case 'u' -> "wchar";
            case 'w' -> "dchar";
            case 'z' ->
                switch (in.next()) {
                    case 'i' -> "cent";
                    case 'k' -> "ucent";
                    default -> throw in.unreadable("a type expected");
                };
            default -> throw in.unreadable("a type expected");
        };
    }
}
