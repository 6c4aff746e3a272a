package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.MsvcNode.Conversion;
import dev.mortem.stack.demangle.MsvcNode.Function;
import dev.mortem.stack.demangle.MsvcNode.Import;
import dev.mortem.stack.demangle.MsvcNode.Name;
import dev.mortem.stack.demangle.MsvcNode.Part;
import dev.mortem.stack.demangle.MsvcNode.Pointer;
import dev.mortem.stack.demangle.MsvcNode.Routine;
import dev.mortem.stack.demangle.MsvcNode.Special;
import dev.mortem.stack.demangle.MsvcNode.Template;
import dev.mortem.stack.demangle.MsvcNode.Text;
import dev.mortem.stack.demangle.MsvcNode.TypeName;
import dev.mortem.stack.demangle.MsvcNode.Variable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads symbols of Microsoft's scheme, which its maker has not published; what is known of it stands in
 * "Calling conventions for different C++ compilers and operating systems" (Agner Fog, chapter 8) and in
 * "Visual C++ name mangling" (Wikiversity). Belongs to one name.
 */
final class MsvcGrammar {
    private static final int MD5_DIGITS = 32;

    final MsvcNames names;
    final MsvcTypes types;
    private final MsvcText in;
    private MsvcBackReferences references = new MsvcBackReferences();

    private MsvcGrammar(String mangled, int depthMax) {
        this.in = new MsvcText(mangled, depthMax);
        this.names = new MsvcNames(this, in);
        this.types = new MsvcTypes(this, in);
    }

    /** Whether a text may be a name of this scheme. */
    static boolean matches(String mangled) {
        return mangled.startsWith("?")
                || mangled.startsWith("_?")
                || mangled.startsWith(".?A")
                || mangled.startsWith(".P")
                || mangled.startsWith("__imp_?");
    }

    /** Reads the whole name. */
    static MsvcNode read(String mangled, int depthMax) throws UnreadableNameException {
        MsvcGrammar grammar = new MsvcGrammar(mangled, depthMax);
        MsvcNode symbol = grammar.entry();
        if (!grammar.in.atEnd()) {
            throw grammar.in.unreadable("the end expected");
        }
        return symbol;
    }

    /** Reads {@code .?AVA@@}: any type, also {@code .H}. */
    static MsvcNode readTypeDescriptor(String mangled, int depthMax)
            throws UnreadableNameException {
        MsvcGrammar grammar = new MsvcGrammar(mangled, depthMax);
        grammar.in.expect('.');
        MsvcNode type = grammar.types.result();
        if (!grammar.in.atEnd()) {
            throw grammar.in.unreadable("the end expected");
        }
        return type;
    }

    MsvcBackReferences references() {
        return references;
    }

    /** Begins the arguments of a template; what comes back is for {@link #leaveTemplate}. */
    MsvcBackReferences enterTemplate() {
        MsvcBackReferences outer = references;
        references = new MsvcBackReferences();
        return outer;
    }

    void leaveTemplate(MsvcBackReferences outer) {
        references = outer;
    }

    private MsvcNode entry() throws UnreadableNameException {
        if (in.take('.')) {
            return new TypeName(types.result(), "`RTTI Type Descriptor Name'");
        }
        if (in.take("__imp_")) {
            return new Import(symbol());
        }
        if (in.startsWith("?filt$") || in.startsWith("?fin$")) {
            in.skip(1);
            return names.handler();
        }
        in.take('_'); // what C names have on 32-bit x86, some tools put before these, too
        return symbol();
    }

    /** A symbol; the end of the name need not follow. */
    MsvcNode symbol() throws UnreadableNameException {
        in.enter();
        in.expect('?');
        Optional<MsvcNode> special = in.take('?') ? special() : Optional.empty();
        MsvcNode symbol = special.isPresent() ? special.get() : entity();
        in.leave();
        return symbol;
    }

    /** What has no type of a function or variable behind its name; else the place before it is kept. */
    private Optional<MsvcNode> special() throws UnreadableNameException {
        if (in.take('@')) {
            return Optional.of(hash());
        }
        if (in.take("_R")) {
            return Optional.of(runtimeType());
        }
        if (in.take("_7")) {
            return Optional.of(table("`vftable'", '6'));
        }
        if (in.take("_8")) {
            return Optional.of(table("`vbtable'", '7'));
        }
        if (in.take("_S")) {
            return Optional.of(table("`local vftable'", '6'));
        }
        if (in.take("_9")) {
            return Optional.of(virtualCall());
        }
        if (in.take("_B")) {
            return Optional.of(guard("`local static guard'"));
        }
        if (in.take("__J")) {
            return Optional.of(guard("`local static thread guard'"));
        }
        if (in.take("_C@_")) {
            return Optional.of(new Text(MsvcLiteral.read(in)));
        }
        in.moveTo(in.position() - 1); // a name takes the question mark of its operator or template
        return Optional.empty();
    }

    /** {@code ??@} and the MD5 of a name that was too long: all that can be said is the name itself. */
    private MsvcNode hash() throws UnreadableNameException {
        String digits = in.upToAt();
        boolean isHash = digits.length() == MD5_DIGITS
                && digits.chars().allMatch(c -> Character.digit(c, 16) >= 0);
        if (!isHash) {
            throw in.unreadable("an MD5 expected");
        }
        String locator = in.take("??_R4@") ? "??_R4@" : "";
        return new Text("??@" + digits + "@" + locator);
    }

    private MsvcNode runtimeType() throws UnreadableNameException {
        return switch (in.next()) {
            case '0' -> {
                MsvcNode.Type type = types.result();
                in.take('@');
                in.expect('8');
                yield new TypeName(type, "`RTTI Type Descriptor'");
            }
            case '1' -> {
                List<String> numbers = new ArrayList<>();
                for (int index = 0; index < 4; index++) {
                    numbers.add(in.number().toString());
                }
                yield ofClass(
                        "`RTTI Base Class Descriptor at (" + String.join(", ", numbers) + ")'");
            }
            case '2' -> ofClass("`RTTI Base Class Array'");
            case '3' -> ofClass("`RTTI Class Hierarchy Descriptor'");
            case '4' -> table("`RTTI Complete Object Locator'", '6');
            default -> throw in.unreadable("a kind of run-time type information expected");
        };
    }

    private MsvcNode ofClass(String what) throws UnreadableNameException {
        Name name = names.typeName();
        in.expect('8');
        return new Special("", name, what, List.of());
    }

    private MsvcNode table(String what, char kind) throws UnreadableNameException {
        Name name = names.typeName();
        in.expect(kind);
        int qualifiers = types.qualifiers().bits();
        List<Name> targets = new ArrayList<>();
        while (!in.take('@')) {
            targets.add(names.typeName());
        }
        return new Special(MsvcPrinter.words(qualifiers), name, what, targets);
    }

    /** {@code ??_9A@@$BA@AA}: calls the virtual function that stands at an offset of the table. */
    private MsvcNode virtualCall() throws UnreadableNameException {
        Name name = names.typeName();
        in.expect('$');
        in.expect('B');
        String offset = in.number().toString();
        in.expect('A');
        String convention = in.take('A') ? "__cdecl" : "__thiscall";
        if (convention.equals("__thiscall")) {
            in.expect('E');
        }
        return new Special(
                "[thunk]: " + convention + " ", name, "`vcall'{" + offset + ", {flat}}", List.of());
    }

    private MsvcNode guard(String what) throws UnreadableNameException {
        Name name = names.scopeName();
        if (in.take("4IA")) {
            return new Special("", name, what, List.of());
        }
        in.expect('5');
        String number = in.atEnd() ? "" : "{" + in.number() + "}";
        return new Special("", name, what + number, List.of());
    }

    private MsvcNode entity() throws UnreadableNameException {
        Name name = names.symbolName();
        char kind = in.peek();
        return kind >= '0' && kind <= '4' ? variable(name) : routine(name);
    }

    private MsvcNode variable(Name name) throws UnreadableNameException {
        String access = switch (in.next()) {
            case '0' -> "private: static ";
            case '1' -> "protected: static ";
            case '2' -> "public: static ";
            default -> "";
        };
        MsvcNode.Type type = types.type();
        int more = type instanceof Pointer ? types.extension() : 0;
        MsvcTypes.Qualifiers qualifiers = types.qualifiers();
        if (qualifiers.ofMember()) {
            names.typeName(); // the class again
        }
        if (type instanceof Pointer pointer) {
            MsvcNode.Type target = pointer.target().with(qualifiers.bits());
            type = new Pointer(
                    pointer.sign(), target, pointer.owner(), pointer.qualifiers() | more);
        } else {
            type = type.with(qualifiers.bits());
        }
        return new Variable(access, type, name);
    }

    private MsvcNode routine(Name name) throws UnreadableNameException {
        String before = in.take("$$J0") ? "extern \"C\" " : "";
        if (in.take('9')) {
            Function none =
                    new Function("", Optional.empty(), List.of(), false, false, 0, "", false);
            return new Routine("extern \"C\" ", name, none, "", false);
        }
        char letter = in.next();
        if (letter == 'Y' || letter == 'Z') {
            return routine(before, name, types.function(false), "");
        }
        if (letter == '$') {
            return virtualBaseThunk(name);
        }
        int kind = letter - 'A';
        if (kind < 0 || kind > 'X' - 'A') {
            throw in.unreadable("what kind of function it is expected");
        }
        String access = accesses(kind / 8);
        return switch (kind % 8) {
            case 2, 3 -> routine(before + access + "static ", name, types.function(false), "");
            case 4, 5 -> routine(before + access + "virtual ", name, types.function(true), "");
            case 6, 7 -> {
                String offset = in.number().toString();
                // llvm-undname does not say it of private ones
                String virtual = kind < 8 ? "" : "virtual ";
                yield routine(
                        "[thunk]: " + before + access + virtual,
                        name,
                        types.function(true),
                        "`adjustor{" + offset + "}'");
            }
            default -> routine(before + access, name, types.function(true), "");
        };
    }

    /** Adjusts {@code this} by what stands before the virtual base. */
    private MsvcNode virtualBaseThunk(Name name) throws UnreadableNameException {
        boolean ex = in.take('R');
        int kind = in.next() - '0';
        if (kind < 0 || kind > 5) {
            throw in.unreadable("what kind of thunk it is expected");
        }
        List<String> offsets = new ArrayList<>();
        for (int index = 0; index < (ex ? 4 : 2); index++) {
            offsets.add(Integer.toString((int) in.number().value())); // of 32 bits, signed
        }
        String adjustment =
                (ex ? "`vtordispex{" : "`vtordisp{") + String.join(", ", offsets) + "}'";
        return routine(
                "[thunk]: " + accesses(kind / 2) + "virtual ",
                name,
                types.function(true),
                adjustment);
    }

    private static String accesses(int number) {
        return switch (number) {
            case 0 -> "private: ";
            case 1 -> "protected: ";
            default -> "public: ";
        };
    }

    /** A conversion operator is named after its result, which is known only now. */
    private static MsvcNode routine(String before, Name name, Function type, String adjustment) {
        List<Part> parts = new ArrayList<>(name.parts());
        Part last = parts.getFirst();
        if (last instanceof Conversion) {
            parts.set(0, new Conversion(type.result()));
        } else if (last instanceof Template template && template.base() instanceof Conversion) {
            parts.set(0, new Template(new Conversion(type.result()), template.arguments()));
        } else {
            return new Routine(before, name, type, adjustment, true);
        }
        return new Routine(before, new Name(parts), type, adjustment, true);
    }
}
