package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Output.Part;

/**
 * Names of Rust's second mangling: Rust RFC 2603, "Symbol name mangling v0", and "The rustc book",
 * "v0 Symbol Format", from which the names of productions are.
 *
 * <p>Read and written in one pass: back references go to an earlier place of the text, which is read
 * again. Crates are written without the hash that tells two of one name apart, numbers without their
 * type. Belongs to one thread.
 */
final class RustV0Name {
    private static final String NO_TEXT = "";

    private final RustV0Text in;
    private final Output out;

    /** Lifetimes bound by the {@code for<…>}s around this place. */
    private long boundLifetimes;

    /** The place of an {@code impl} is read and not written. */
    private int silent;

    private RustV0Name(RustV0Text in, Output out) {
        this.in = in;
        this.out = out;
    }

    /**
     * Writes the name.
     *
     * @param mangled from behind {@code _R} on, without what LLVM appends
     * @throws UnreadableNameException where it is none, or goes beyond the limits
     */
    static void write(String mangled, Output out) throws UnreadableNameException {
        RustV0Name name = new RustV0Name(new RustV0Text(mangled), out);
        if (name.in.atDigit()) {
            throw name.in.unreadable("an encoding version that is not known");
        }
        name.path(true);
        if (!name.in.atEnd()) {
            name.silently(() -> name.path(false)); // the crate that made this instance
        }
        if (!name.in.atEnd()) {
            throw name.in.unreadable("the end expected");
        }
    }

    /** A step that may fail. */
    private interface Step {
        void run() throws UnreadableNameException;
    }

    private void silently(Step step) throws UnreadableNameException {
        silent++;
        step.run();
        silent--;
    }

    private void write(String text) throws UnreadableNameException {
        if (silent == 0) {
            out.append(text);
        }
    }

    private void open(Part part) {
        if (silent == 0) {
            out.open(part);
        }
    }

    private void close(Part part) {
        if (silent == 0) {
            out.close(part);
        }
    }

    /**
     * {@code <backref>}: reads on at an earlier place, then comes back. Not followed where nothing is
     * written: what it stands for has been read before.
     */
    private void backReference(Step step) throws UnreadableNameException {
        int start = in.position() - 1;
        long target = in.base62();
        if (Long.compareUnsigned(target, start) >= 0) {
            throw in.unreadable("a back reference that does not go back");
        }
        if (silent > 0) {
            return;
        }
        int after = in.position();
        in.moveTo((int) target);
        step.run();
        in.moveTo(after);
    }

    /**
     * {@code <path>}.
     *
     * @param inValue in the name of a function or constant, where generic arguments take {@code ::}
     */
    private void path(boolean inValue) throws UnreadableNameException {
        out.enter();
        char kind = in.next();
        switch (kind) {
            case 'C' -> {
                in.disambiguator();
                write(in.identifier());
            }
            case 'M' -> {
                implPath();
                write("<");
                type();
                write(">");
            }
            case 'X' -> {
                implPath();
                qualified();
            }
            case 'Y' -> qualified();
            case 'N' -> nested(inValue);
            case 'I' -> {
                open(Part.INSTANCE);
                path(inValue);
                write(inValue ? "::" : NO_TEXT);
                open(Part.ARGUMENTS);
                genericArguments();
                write(">");
                close(Part.ARGUMENTS);
                close(Part.INSTANCE);
            }
            case 'B' -> backReference(() -> path(inValue));
            default -> throw in.unreadable("a path expected");
        }
        out.leave();
    }

    private void implPath() throws UnreadableNameException {
        silently(() -> {
            in.disambiguator();
            path(false);
        });
    }

    /** {@code <T as Trait>}. */
    private void qualified() throws UnreadableNameException {
        write("<");
        type();
        write(" as ");
        path(false);
        write(">");
    }

    /** A namespace in capitals is the compiler's own; in small letters it is not shown. */
    private void nested(boolean inValue) throws UnreadableNameException {
        char namespace = in.next();
        boolean special = NameText.isUpper(namespace);
        if (!special && !NameText.isLower(namespace)) {
            throw in.unreadable("a namespace expected");
        }
        path(inValue);
        long number = in.disambiguator();
        String name = in.identifier();
        if (!special) {
            write(name.isEmpty() ? NO_TEXT : "::" + name);
            return;
        }
        String what = switch (namespace) {
            case 'C' -> "closure";
            case 'S' -> "shim";
            default -> String.valueOf(namespace);
        };
        write("::{" + what + (name.isEmpty() ? "" : ":" + name) + "#"
                + Long.toUnsignedString(number) + "}");
    }

    /** {@code {<generic-arg>} E}, from the bracket on; the closing one is left out. */
    private void genericArguments() throws UnreadableNameException {
        write("<");
        boolean first = true;
        while (!in.take('E')) {
            write(first ? NO_TEXT : ", ");
            first = false;
            open(Part.ARGUMENT);
            if (in.take('L')) {
                lifetime(in.base62());
            } else if (in.take('K')) {
                constant(false);
            } else {
                type();
            }
            close(Part.ARGUMENT);
        }
    }

    /** A lifetime by its distance from the innermost one bound; 0 is erased. */
    private void lifetime(long index) throws UnreadableNameException {
        if (index == 0) {
            write("'_");
            return;
        }
        if (silent > 0) {
            return; // binders are not counted where back references are not followed
        }
        if (Long.compareUnsigned(index, boundLifetimes) > 0) {
            throw in.unreadable("a lifetime that nothing binds");
        }
        long depth = boundLifetimes - index;
        write(depth < 26 ? "'" + (char) ('a' + depth) : "'_" + depth);
    }

    /** {@code [<binder>]}, and what it binds for. */
    private void bound(Step step) throws UnreadableNameException {
        long count = in.take('G') ? in.base62() + 1 : 0;
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw in.unreadable("more lifetimes than a name has characters");
        }
        long outer = boundLifetimes;
        if (silent > 0) {
            step.run();
            return;
        }
        if (count > 0) {
            write("for<");
            for (long i = 0; i < count; i++) {
                out.work();
                boundLifetimes++;
                write(i > 0 ? ", " : NO_TEXT);
                lifetime(1);
            }
            write("> ");
        }
        step.run();
        boundLifetimes = outer;
    }

    /** {@code <type>}. */
    private void type() throws UnreadableNameException {
        out.enter();
        char kind = in.next();
        String basic = RustV0Text.basicType(kind);
        if (!basic.isEmpty()) {
            write(basic);
        } else {
            compoundType(kind);
        }
        out.leave();
    }

    private void compoundType(char kind) throws UnreadableNameException {
        switch (kind) {
            case 'R', 'Q' -> {
                write("&");
                if (in.take('L')) {
                    long index = in.base62();
                    if (index != 0) {
                        lifetime(index);
                        write(" ");
                    }
                }
                write(kind == 'Q' ? "mut " : NO_TEXT);
                type();
            }
            case 'P' -> {
                write("*const ");
                type();
            }
            case 'O' -> {
                write("*mut ");
                type();
            }
            case 'A' -> {
                write("[");
                type();
                write("; ");
                constant(true);
                write("]");
            }
            case 'S' -> {
                write("[");
                type();
                write("]");
            }
            case 'T' -> {
                write("(");
                write(list(this::type) == 1 ? ",)" : ")");
            }
            case 'F' -> bound(this::functionSignature);
            case 'W' -> {
                type();
                write(" is ");
                pattern();
            }
            case 'D' -> dynamic();
            case 'B' -> backReference(this::type);
            default -> {
                in.moveTo(in.position() - 1);
                path(false);
            }
        }
    }

    /** Of a pattern type: a range, alternatives or what is not null. */
    private void pattern() throws UnreadableNameException {
        out.enter();
        switch (in.next()) {
            case 'R' -> {
                constant(false);
                write("..=");
                constant(false);
            }
            case 'O' -> {
                pattern();
                while (!in.take('E')) {
                    write(" | ");
                    pattern();
                }
            }
            case 'N' -> write("!null");
            default -> throw in.unreadable("a pattern expected");
        }
        out.leave();
    }

    /** Items up to {@code E}, with commas; how many. */
    private int list(Step item) throws UnreadableNameException {
        int count = 0;
        while (!in.take('E')) {
            write(count > 0 ? ", " : NO_TEXT);
            item.run();
            count++;
        }
        return count;
    }

    /** {@code ["U"] ["K" <abi>] {<type>} "E" <type>}. */
    private void functionSignature() throws UnreadableNameException {
        if (in.take('U')) {
            write("unsafe ");
        }
        if (in.take('K')) {
            String abi = in.take('C') ? "C" : in.identifier().replace('_', '-');
            write("extern \"" + abi + "\" ");
        }
        write("fn(");
        list(this::type);
        write(")");
        if (!in.take('u')) {
            write(" -> ");
            type();
        }
    }

    /** {@code <dyn-bounds> <lifetime>}. */
    private void dynamic() throws UnreadableNameException {
        write("dyn ");
        bound(() -> {
            boolean first = true;
            while (!in.take('E')) {
                write(first ? NO_TEXT : " + ");
                first = false;
                dynamicTrait();
            }
        });
        in.expect('L');
        long index = in.base62();
        if (index != 0) {
            write(" + ");
            lifetime(index);
        }
    }

    /** A trait, with its associated types among its generic arguments. */
    private void dynamicTrait() throws UnreadableNameException {
        open(Part.INSTANCE);
        boolean[] opened = {false};
        openPath(opened);
        while (in.take('p')) {
            if (!opened[0]) {
                open(Part.ARGUMENTS);
            }
            write(opened[0] ? ", " : "<");
            opened[0] = true;
            open(Part.ARGUMENT);
            write(in.identifier() + " = ");
            type();
            close(Part.ARGUMENT);
        }
        if (opened[0]) {
            write(">");
            close(Part.ARGUMENTS);
        }
        close(Part.INSTANCE);
    }

    /** A path whose generic arguments, where it has some, are left without their last bracket. */
    private void openPath(boolean[] opened) throws UnreadableNameException {
        out.enter();
        if (in.take('B')) {
            backReference(() -> openPath(opened));
        } else if (in.take('I')) {
            path(false);
            open(Part.ARGUMENTS);
            genericArguments();
            opened[0] = true;
        } else {
            path(false);
        }
        out.leave();
    }

    /**
     * {@code <const>}.
     *
     * @param inExpression where no braces are needed around what is more than a literal
     */
    private void constant(boolean inExpression) throws UnreadableNameException {
        out.enter();
        char kind = in.next();
        switch (kind) {
            case 'B' -> backReference(() -> constant(inExpression));
            case 'p' -> write("_");
            case 'h', 't', 'm', 'y', 'o', 'j' -> write(in.unsigned());
            case 'a', 's', 'l', 'x', 'n', 'i' -> write(in.signed());
            case 'b' -> write(in.truth());
            case 'c' -> write(in.character());
            case 'e' -> {
                // the literal has the type &str
                write(inExpression ? "*" : "{*");
                write(in.string());
                write(inExpression ? NO_TEXT : "}");
            }
            case 'R' -> {
                if (in.take('e')) {
                    write(in.string());
                } else {
                    reference("&", inExpression);
                }
            }
            case 'Q' -> reference("&mut ", inExpression);
            case 'A' -> braced(inExpression, "[", () -> list(() -> constant(true)), "]");
            case 'T' ->
                braced(
                        inExpression,
                        "(",
                        () -> write(list(() -> constant(true)) == 1 ? "," : NO_TEXT),
                        ")");
            case 'V' -> braced(inExpression, NO_TEXT, this::variant, NO_TEXT);
            default -> throw in.unreadable("a constant expected");
        }
        out.leave();
    }

    private void reference(String sign, boolean inExpression) throws UnreadableNameException {
        braced(inExpression, sign, () -> constant(true), NO_TEXT);
    }

    private void braced(boolean inExpression, String start, Step inside, String end)
            throws UnreadableNameException {
        write((inExpression ? NO_TEXT : "{") + start);
        inside.run();
        write(end + (inExpression ? NO_TEXT : "}"));
    }

    /** A structure's or variant's value: {@code U}, {@code T …} or {@code S …}. */
    private void variant() throws UnreadableNameException {
        path(true);
        switch (in.next()) {
            case 'U' -> {
                // nothing more
            }
            case 'T' -> {
                write("(");
                list(() -> constant(true));
                write(")");
            }
            case 'S' -> {
                write(" { ");
                list(() -> {
                    in.disambiguator();
                    write(in.identifier() + ": ");
                    constant(true);
                });
                write(" }");
            }
            default -> throw in.unreadable("the fields of a value expected");
        }
    }
}
