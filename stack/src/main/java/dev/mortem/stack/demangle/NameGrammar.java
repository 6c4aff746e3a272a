package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.Abbreviation;
import dev.mortem.stack.demangle.Node.Constrained;
import dev.mortem.stack.demangle.Node.ConstructionVtable;
import dev.mortem.stack.demangle.Node.Constructor;
import dev.mortem.stack.demangle.Node.Conversion;
import dev.mortem.stack.demangle.Node.DefaultArgument;
import dev.mortem.stack.demangle.Node.Destructor;
import dev.mortem.stack.demangle.Node.FunctionType;
import dev.mortem.stack.demangle.Node.Instance;
import dev.mortem.stack.demangle.Node.Lambda;
import dev.mortem.stack.demangle.Node.LiteralOperator;
import dev.mortem.stack.demangle.Node.Local;
import dev.mortem.stack.demangle.Node.MemberLikeFriend;
import dev.mortem.stack.demangle.Node.Modified;
import dev.mortem.stack.demangle.Node.ModuleMember;
import dev.mortem.stack.demangle.Node.ModuleName;
import dev.mortem.stack.demangle.Node.Operator;
import dev.mortem.stack.demangle.Node.Qualified;
import dev.mortem.stack.demangle.Node.Special;
import dev.mortem.stack.demangle.Node.StructuredBinding;
import dev.mortem.stack.demangle.Node.Suffixed;
import dev.mortem.stack.demangle.Node.Tagged;
import dev.mortem.stack.demangle.Node.Text;
import dev.mortem.stack.demangle.Node.UnnamedType;
import dev.mortem.stack.demangle.Node.VendorOperator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Encodings, names and special names: 5.1.2 to 5.1.4, 5.1.7 to 5.1.10. */
final class NameGrammar {
    private static final String BASIC_STRING =
            "std::basic_string<char, std::char_traits<char>, std::allocator<char> >";

    private final Grammar grammar;
    private final MangledText in;

    NameGrammar(Grammar grammar) {
        this.grammar = grammar;
        this.in = grammar.in;
    }

    /** {@code _Z <encoding>} and the suffixes that compilers append to the copies of a function. */
    Node mangledName() throws UnreadableNameException {
        in.expect('_');
        in.expect('Z');
        Node node = encoding(true);
        while (in.peek() == '.' && isSuffix(in.peek(1))) {
            node = new Suffixed(node, cloneSuffix());
        }
        return node;
    }

    private static boolean isSuffix(char c) {
        return NameText.isLower(c) || NameText.isDigit(c) || c == '_';
    }

    /** {@code .part.0}, {@code .cold}, {@code .constprop.1}: a word, then numbers. */
    private String cloneSuffix() {
        int start = in.position();
        do {
            in.skip(1);
        } while (isSuffix(in.peek()));
        while (in.peek() == '.' && NameText.isDigit(in.peek(1))) {
            do {
                in.skip(1);
            } while (in.atDigit());
        }
        return in.since(start);
    }

    /** {@code <encoding>}: a function with its type, data, or a special name. */
    Node encoding(boolean outermost) throws UnreadableNameException {
        in.enter();
        Node node =
                in.peek() == 'G' || in.peek() == 'T' ? specialName() : functionOrData(outermost);
        in.leave();
        return node;
    }

    private Node functionOrData(boolean outermost) throws UnreadableNameException {
        Node name = name();
        if (in.atEnd() || in.peek() == 'E') {
            return name;
        }
        FunctionType type = grammar.types.bareFunctionType(hasReturnType(name));
        if (!outermost && name instanceof Local) {
            // two return types in a row would not tell whose they are
            type = withoutReturnType(type);
        }
        Node.Function function = new Node.Function(name, type);
        return in.take('Q')
                ? new Constrained(function, grammar.expressions.expression())
                : function;
    }

    private static FunctionType withoutReturnType(FunctionType type) {
        return new FunctionType(Optional.empty(), type.parameters());
    }

    /** Template functions mangle their return type, unless they have none by nature. */
    private static boolean hasReturnType(Node name) {
        return switch (name) {
            case Local local -> hasReturnType(local.entity());
            case Modified modified -> hasReturnType(modified.of());
            case Instance instance -> !isWithoutReturnType(instance.template());
            case Node other -> false;
        };
    }

    private static boolean isWithoutReturnType(Node name) {
        return switch (name) {
            case Qualified qualified -> isWithoutReturnType(qualified.name());
            case Local local -> isWithoutReturnType(local.entity());
            case Constructor constructor -> true;
            case Destructor destructor -> true;
            case Conversion conversion -> true;
            case Node other -> false;
        };
    }

    /** {@code <name>}. */
    Node name() throws UnreadableNameException {
        in.enter();
        Node name = switch (in.peek()) {
            case 'N' -> nestedName();
            case 'Z' -> localName();
            default -> unscopedName();
        };
        in.leave();
        return name;
    }

    /** {@code <unscoped-name>}, {@code <unscoped-template-name> <template-args>}. */
    private Node unscopedName() throws UnreadableNameException {
        Optional<Node> scope = Optional.empty();
        Optional<ModuleName> module = Optional.empty();
        if (in.take("St")) {
            scope = Optional.of(new Text("std"));
        }
        Node name;
        boolean substituted = false;
        if (in.peek() == 'S') {
            Node seen = substitution();
            if (seen instanceof ModuleName moduleName) {
                module = Optional.of(moduleName);
                name = unqualifiedName(scope, module);
            } else if (scope.isPresent()) {
                throw in.unreadable("a substitution inside std");
            } else {
                name = seen;
                substituted = true;
            }
        } else {
            name = unqualifiedName(scope, module);
        }
        if (in.peek() != 'I') {
            return name;
        }
        if (!substituted) {
            grammar.substitutable(name);
        }
        return new Instance(name, grammar.types.templateArguments());
    }

    /** {@code N [<CV-qualifiers>] [<ref-qualifier>] <prefix> <unqualified-name> E} (5.1.3). */
    private Node nestedName() throws UnreadableNameException {
        in.expect('N');
        in.take('H'); // explicit object parameter: it is written among the parameters
        List<TypeGrammar.Qualifier> qualifiers = grammar.types.qualifiers(true);
        Optional<Modifier> reference = grammar.types.refQualifier();
        Node name = prefix(true);
        in.expect('E');
        Node qualified = grammar.types.qualify(qualifiers, name);
        return reference.isEmpty()
                ? qualified
                : new Modified(reference.get(), qualified, Optional.empty());
    }

    /** {@code <prefix>} up to the {@code E}, which stays. */
    Node prefix(boolean substitutable) throws UnreadableNameException {
        Optional<Node> scope = Optional.empty();
        while (in.peek() != 'E') {
            if (in.take('M')) {
                // the member whose initializer holds a closure: a candidate already
                continue;
            }
            boolean substituted = false;
            Node node;
            if (in.peek() == 'S') {
                Node seen = substitution();
                if (seen instanceof ModuleName module) {
                    node = unqualifiedName(scope, Optional.of(module));
                } else {
                    requireAbsent(scope);
                    node = seen;
                    substituted = true;
                }
            } else {
                node = prefixStep(scope);
            }
            if (substitutable && !substituted && in.peek() != 'E') {
                grammar.substitutable(node);
            }
            scope = Optional.of(node);
        }
        return scope.orElseThrow(() -> in.unreadable("an empty nested name"));
    }

    private Node prefixStep(Optional<Node> scope) throws UnreadableNameException {
        char next = in.peek(1);
        return switch (in.peek()) {
            case 'I' -> {
                Node template = scope.orElseThrow(() -> in.unreadable("arguments of nothing"));
                yield new Instance(template, grammar.types.templateArguments());
            }
            case 'T' -> {
                requireAbsent(scope);
                yield grammar.types.templateParameter();
            }
            case 'D' -> {
                if (next == 'T' || next == 't') {
                    requireAbsent(scope);
                    yield grammar.types.decltype();
                }
                yield unqualifiedName(scope, Optional.empty());
            }
            default -> unqualifiedName(scope, Optional.empty());
        };
    }

    private void requireAbsent(Optional<Node> scope) throws UnreadableNameException {
        if (scope.isPresent()) {
            throw in.unreadable("something inside a scope that stands only at the start");
        }
    }

    /** {@code <unqualified-name>}, in a scope where there is one. */
    Node unqualifiedName(Optional<Node> scope, Optional<ModuleName> moduleBefore)
            throws UnreadableNameException {
        boolean friend = in.peek() == 'F' && scope.isPresent() && in.take('F');
        Optional<ModuleName> module = moduleName(moduleBefore);
        Node name = baseName();
        if (module.isPresent()) {
            name = new ModuleMember(name, module.get());
        }
        name = abiTags(name);
        if (friend) {
            name = new MemberLikeFriend(name);
        }
        return scope.isPresent() ? new Qualified(scope.get(), name) : name;
    }

    private Node baseName() throws UnreadableNameException {
        char next = in.peek(1);
        return switch (in.peek()) {
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> sourceName();
            case 'C' -> constructor();
            case 'D' -> next == 'C' ? structuredBinding() : destructor();
            case 'L' -> {
                in.skip(1);
                Node name = sourceName();
                discriminator();
                yield name;
            }
            case 'U' -> {
                if (next == 'l') {
                    yield lambda();
                }
                yield unnamedType();
            }
            default -> namedOperator();
        };
    }

    /** {@code <module-name>}: {@code W <name>}, {@code WP <name>} for a partition. */
    private Optional<ModuleName> moduleName(Optional<ModuleName> before)
            throws UnreadableNameException {
        Optional<ModuleName> module = before;
        while (in.take('W')) {
            String joint = in.take('P') ? ":" : module.isPresent() ? "." : "";
            String text = module.map(ModuleName::text).orElse("") + joint + identifier();
            ModuleName longer = new ModuleName(text);
            grammar.substitutable(longer);
            module = Optional.of(longer);
        }
        return module;
    }

    /** {@code <source-name>}. */
    Node sourceName() throws UnreadableNameException {
        Node name = new Text(identifier());
        grammar.lastName = Optional.of(name);
        return name;
    }

    private String identifier() throws UnreadableNameException {
        int length = in.number();
        if (length == 0) {
            throw in.unreadable("a name without letters");
        }
        String text = in.text(length);
        return isAnonymousNamespace(text) ? "(anonymous namespace)" : text;
    }

    /** {@code _GLOBAL__N_1}; some assemblers make {@code .} or {@code $} of the underscore. */
    private static boolean isAnonymousNamespace(String text) {
        return text.length() >= 10
                && text.startsWith("_GLOBAL_")
                && "._$".indexOf(text.charAt(8)) >= 0
                && text.charAt(9) == 'N';
    }

    private Node abiTags(Node name) throws UnreadableNameException {
        Optional<Node> last = grammar.lastName;
        Node tagged = name;
        while (in.take('B')) {
            tagged = new Tagged(tagged, sourceName());
        }
        grammar.lastName = last;
        return tagged;
    }

    /** {@code <operator-name>} as the name of a function (5.1.3.3). */
    private Node namedOperator() throws UnreadableNameException {
        if (!NameText.isLower(in.peek())) {
            throw in.unreadable("a name expected");
        }
        boolean was = grammar.inExpression;
        if (in.take("on")) {
            // explicitly a name, so that cv is a conversion operator
            grammar.inExpression = false;
        }
        Node operator = operator();
        grammar.inExpression = was;
        if (operator instanceof Operator known && known.code().is("li")) {
            return new LiteralOperator(sourceName());
        }
        return operator;
    }

    /** Gives an Operator, a VendorOperator, a Conversion, or in an expression a Cast's type. */
    Node operator() throws UnreadableNameException {
        if (in.peek() == 'v' && NameText.isDigit(in.peek(1))) {
            int operands = in.peek(1) - '0';
            in.skip(2);
            return new VendorOperator(operands, sourceName());
        }
        if (in.take("cv")) {
            return conversion();
        }
        Optional<OperatorCode> code = OperatorCode.of(in.text(2));
        return new Operator(code.orElseThrow(() -> in.unreadable("an operator expected")));
    }

    private Node conversion() throws UnreadableNameException {
        boolean was = grammar.inConversion;
        grammar.inConversion = !grammar.inExpression;
        Node type = grammar.types.type();
        grammar.inConversion = was;
        return new Conversion(type);
    }

    /** {@code <ctor-dtor-name>} (5.1.4.3): complete, base, allocating and unified objects. */
    private Node constructor() throws UnreadableNameException {
        in.expect('C');
        boolean inheriting = in.take('I');
        requireVariant('1', '5');
        if (inheriting) {
            grammar.types.type(); // the base whose constructor it is, and whose name is shown
        }
        Node of = grammar.lastName.orElseThrow(() -> in.unreadable("a constructor of nothing"));
        return new Constructor(of);
    }

    private Node destructor() throws UnreadableNameException {
        in.expect('D');
        requireVariant('0', '5');
        Node of = grammar.lastName.orElseThrow(() -> in.unreadable("a destructor of nothing"));
        return new Destructor(of);
    }

    private void requireVariant(char first, char last) throws UnreadableNameException {
        char variant = in.peek();
        if (variant < first || variant > last) {
            throw in.unreadable("a kind of constructor or destructor expected");
        }
        in.skip(1);
    }

    private Node structuredBinding() throws UnreadableNameException {
        in.skip(2);
        List<Node> names = new ArrayList<>();
        do {
            names.add(sourceName());
        } while (!in.take('E'));
        return new StructuredBinding(List.copyOf(names));
    }

    /** {@code <closure-type-name>} (5.1.8): {@code Ul <lambda-sig> E [<number>] _}. */
    private Node lambda() throws UnreadableNameException {
        in.expect('U');
        in.expect('l');
        List<String> head = grammar.types.templateHead();
        Node.ExpressionList parameters = grammar.types.parameters();
        in.expect('E');
        return new Lambda(head, parameters.list(), in.compactNumber() + 1);
    }

    private Node unnamedType() throws UnreadableNameException {
        if (!in.take("Ut")) {
            throw in.unreadable("an unnamed type expected");
        }
        return grammar.substitutable(new UnnamedType(in.compactNumber() + 1));
    }

    /** {@code <local-name>} (5.1.7): what is declared inside a function. */
    private Node localName() throws UnreadableNameException {
        in.expect('Z');
        Node function = encoding(false);
        in.expect('E');
        if (function instanceof Node.Function typed) {
            // it would be taken for the type of what is inside
            function = new Node.Function(typed.name(), withoutReturnType(typed.type()));
        }
        if (in.take('s')) {
            discriminator();
            return new Local(function, new Text("string literal"));
        }
        if (!in.take('d')) {
            return new Local(function, discriminated(name()));
        }
        int parameter = in.compactNumber();
        return new Local(function, new DefaultArgument(parameter, discriminated(name())));
    }

    private Node discriminated(Node entity) throws UnreadableNameException {
        if (!(entity instanceof Lambda || entity instanceof UnnamedType)) {
            discriminator();
        }
        return entity;
    }

    /** {@code _ <digit>}, or {@code __ <number> _} from 10 on; not shown. */
    private void discriminator() throws UnreadableNameException {
        if (!in.take('_')) {
            return;
        }
        boolean two = in.take('_');
        int number = in.number();
        if (two && number >= 10) {
            in.expect('_');
        }
    }

    /** {@code <substitution>} (5.1.10). */
    Node substitution() throws UnreadableNameException {
        in.expect('S');
        char kind = in.peek();
        if (kind == '_' || NameText.isDigit(kind) || NameText.isUpper(kind)) {
            return grammar.candidate(sequenceId());
        }
        in.skip(1);
        Abbreviation node = switch (kind) {
            case 't' -> new Abbreviation("std", "std");
            case 'a' -> abbreviation("std::allocator", "allocator", "std::allocator");
            case 'b' -> abbreviation("std::basic_string", "basic_string", "std::basic_string");
            case 's' -> abbreviation(BASIC_STRING, "basic_string", "std::string");
            case 'i' -> stream("basic_istream");
            case 'o' -> stream("basic_ostream");
            case 'd' -> stream("basic_iostream");
            default -> throw in.unreadable("a substitution expected");
        };
        if (in.peek() == 'B') {
            return grammar.substitutable(abiTags(node));
        }
        return node;
    }

    private Abbreviation stream(String name) {
        String shortened = "std::" + name.substring("basic_".length());
        return abbreviation("std::" + name + "<char, std::char_traits<char> >", name, shortened);
    }

    private Abbreviation abbreviation(String text, String constructor, String shortened) {
        grammar.lastName = Optional.of(new Text(constructor));
        return new Abbreviation(text, shortened);
    }

    /** Base 36; {@code _} is 0, {@code 0_} is 1. */
    private long sequenceId() throws UnreadableNameException {
        long id = 0;
        if (in.take('_')) {
            return id;
        }
        while (!in.take('_')) {
            char digit = in.peek();
            if (!NameText.isDigit(digit) && !NameText.isUpper(digit)) {
                throw in.unreadable("a sequence number expected");
            }
            id = id * 36 + Character.digit(digit, 36);
            if (id > Integer.MAX_VALUE) {
                throw in.unreadable("a sequence number beyond 31 bits");
            }
            in.skip(1);
        }
        return id + 1;
    }

    /** {@code <special-name>} (5.1.4.1 to 5.1.4.5). */
    private Node specialName() throws UnreadableNameException {
        char family = in.peek();
        char kind = in.peek(1);
        in.skip(2);
        return family == 'T' ? tableOrThunk(kind) : guardOrAlias(kind);
    }

    private Node tableOrThunk(char kind) throws UnreadableNameException {
        return switch (kind) {
            case 'V' -> new Special("vtable for ", grammar.types.type());
            case 'T' -> new Special("VTT for ", grammar.types.type());
            case 'I' -> new Special("typeinfo for ", grammar.types.type());
            case 'S' -> new Special("typeinfo name for ", grammar.types.type());
            case 'F' -> new Special("typeinfo fn for ", grammar.types.type());
            case 'J' -> new Special("java Class for ", grammar.types.type());
            case 'H' -> new Special("TLS init function for ", name());
            case 'W' -> new Special("TLS wrapper function for ", name());
            case 'A' ->
                new Special("template parameter object for ", grammar.types.templateArgument());
            case 'C' -> constructionVtable();
            case 'h' -> {
                callOffset('h');
                yield new Special("non-virtual thunk to ", encoding(false));
            }
            case 'v' -> {
                callOffset('v');
                yield new Special("virtual thunk to ", encoding(false));
            }
            case 'c' -> {
                callOffset(takeOffsetKind());
                callOffset(takeOffsetKind());
                yield new Special("covariant return thunk to ", encoding(false));
            }
            default -> throw in.unreadable("a special name expected");
        };
    }

    /** {@code TC <derived type> <offset> _ <base type>}. */
    private Node constructionVtable() throws UnreadableNameException {
        Node derived = grammar.types.type();
        in.number();
        in.expect('_');
        return new ConstructionVtable(grammar.types.type(), derived);
    }

    private char takeOffsetKind() {
        char kind = in.peek();
        in.skip(1);
        return kind;
    }

    /** {@code <call-offset>}: how a thunk moves the object's address; not shown. */
    private void callOffset(char kind) throws UnreadableNameException {
        if (kind != 'h' && kind != 'v') {
            throw in.unreadable("the offset of a thunk expected");
        }
        in.skipSignedNumber();
        in.expect('_');
        if (kind == 'v') {
            in.skipSignedNumber();
            in.expect('_');
        }
    }

    private Node guardOrAlias(char kind) throws UnreadableNameException {
        return switch (kind) {
            case 'V' -> new Special("guard variable for ", name());
            case 'A' -> new Special("hidden alias for ", encoding(false));
            case 'R' -> referenceTemporary();
            case 'I' -> {
                Optional<ModuleName> module = moduleName(Optional.empty());
                yield new Special(
                        "initializer for module ",
                        module.orElseThrow(() -> in.unreadable("a module expected")));
            }
            case 'T' -> {
                boolean unsafe = in.take('n');
                if (!unsafe) {
                    in.take('t');
                }
                yield new Special(
                        unsafe ? "non-transaction clone for " : "transaction clone for ",
                        encoding(false));
            }
            default -> throw in.unreadable("a special name expected");
        };
    }

    /** {@code GR <name> [<seq-id>] _}; GCC once left the number and underscore out. */
    private Node referenceTemporary() throws UnreadableNameException {
        Node name = name();
        long number = in.atEnd() ? 0 : sequenceId();
        return new Special("reference temporary #" + number + " for ", name);
    }
}
