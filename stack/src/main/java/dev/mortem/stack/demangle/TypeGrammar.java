package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.Abbreviation;
import dev.mortem.stack.demangle.Node.Arguments;
import dev.mortem.stack.demangle.Node.ArrayType;
import dev.mortem.stack.demangle.Node.BitInt;
import dev.mortem.stack.demangle.Node.Builtin;
import dev.mortem.stack.demangle.Node.Decltype;
import dev.mortem.stack.demangle.Node.ExpressionList;
import dev.mortem.stack.demangle.Node.FunctionType;
import dev.mortem.stack.demangle.Node.Instance;
import dev.mortem.stack.demangle.Node.MemberPointer;
import dev.mortem.stack.demangle.Node.Modified;
import dev.mortem.stack.demangle.Node.Opaque;
import dev.mortem.stack.demangle.Node.PackExpansion;
import dev.mortem.stack.demangle.Node.TemplateParameter;
import dev.mortem.stack.demangle.Node.Text;
import dev.mortem.stack.demangle.Node.VectorType;
import dev.mortem.stack.demangle.Node.VendorType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Types and template arguments: 5.1.5 and 5.1.6.1 of the ABI. */
final class TypeGrammar {
    private final Grammar grammar;
    private final MangledText in;

    TypeGrammar(Grammar grammar) {
        this.grammar = grammar;
        this.in = grammar.in;
    }

    /** A qualifier read before what it qualifies. */
    record Qualifier(Modifier modifier, Optional<Node> detail) {}

    /** {@code <type>}. */
    Node type() throws UnreadableNameException {
        in.enter();
        Node type = atQualifier() ? qualifiedType() : unqualifiedType();
        in.leave();
        return type;
    }

    private boolean atQualifier() {
        char next = in.peek(1);
        return switch (in.peek()) {
            case 'r', 'V', 'K' -> true;
            case 'D' -> next == 'x' || next == 'o' || next == 'O' || next == 'w';
            default -> false;
        };
    }

    /** Qualifiers and what they qualify are one substitution candidate, not one each (5.1.10). */
    private Node qualifiedType() throws UnreadableNameException {
        List<Qualifier> qualifiers = qualifiers(false);
        Node type;
        if (in.peek() != 'F') {
            type = qualify(qualifiers, type());
        } else {
            FunctionRead function = functionType();
            type = refQualified(qualify(qualifiers, function.type()), function.reference());
        }
        return grammar.substitutable(type);
    }

    /**
     * {@code <CV-qualifiers>}, exception specifications and {@code transaction_safe}.
     *
     * @param ofMember they stand before a member function's name and mean its object
     */
    List<Qualifier> qualifiers(boolean ofMember) throws UnreadableNameException {
        List<Qualifier> read = new ArrayList<>();
        while (atQualifier()) {
            read.add(qualifier());
        }
        boolean ofThis = ofMember || in.peek() == 'F';
        return read.stream()
                .map(one -> ofThis ? new Qualifier(one.modifier().ofThis(), one.detail()) : one)
                .toList();
    }

    private Qualifier qualifier() throws UnreadableNameException {
        char kind = in.peek();
        in.skip(1);
        if (kind != 'D') {
            Modifier modifier = kind == 'r'
                    ? Modifier.RESTRICT
                    : kind == 'V' ? Modifier.VOLATILE : Modifier.CONST;
            return new Qualifier(modifier, Optional.empty());
        }
        char detail = in.peek();
        in.skip(1);
        return switch (detail) {
            case 'x' -> new Qualifier(Modifier.TRANSACTION_SAFE, Optional.empty());
            case 'o' -> new Qualifier(Modifier.NOEXCEPT, Optional.empty());
            case 'O' -> {
                Node condition = grammar.expressions.expression();
                in.expect('E');
                yield new Qualifier(Modifier.NOEXCEPT, Optional.of(condition));
            }
            default -> {
                Node thrown = parameters();
                in.expect('E');
                yield new Qualifier(Modifier.THROW, Optional.of(thrown));
            }
        };
    }

    /** {@code <ref-qualifier>} of a member function. */
    Optional<Modifier> refQualifier() {
        if (in.take('R')) {
            return Optional.of(Modifier.REFERENCE_THIS);
        }
        return in.take('O') ? Optional.of(Modifier.RVALUE_REFERENCE_THIS) : Optional.empty();
    }

    /** The first qualifier read is the outermost. */
    Node qualify(List<Qualifier> qualifiers, Node type) {
        Node qualified = type;
        for (Qualifier qualifier : qualifiers.reversed()) {
            qualified = new Modified(qualifier.modifier(), qualified, qualifier.detail());
        }
        return qualified;
    }

    private static Node refQualified(Node type, Optional<Modifier> reference) {
        return reference.isEmpty() ? type : new Modified(reference.get(), type, Optional.empty());
    }

    private Node unqualifiedType() throws UnreadableNameException {
        char first = in.peek();
        return switch (first) {
            case 'P' -> modified(Modifier.POINTER);
            case 'R' -> modified(Modifier.REFERENCE);
            case 'O' -> modified(Modifier.RVALUE_REFERENCE);
            case 'C' -> modified(Modifier.COMPLEX);
            case 'G' -> modified(Modifier.IMAGINARY);
            case 'U' -> vendorQualified();
            case 'F' -> {
                FunctionRead function = functionType();
                yield grammar.substitutable(refQualified(function.type(), function.reference()));
            }
            case 'A' -> grammar.substitutable(arrayType());
            case 'M' -> grammar.substitutable(memberPointer());
            case 'T' -> parameterType();
            case 'S' -> substitutedType();
            case 'D' -> extendedType();
            case 'u' -> {
                in.skip(1);
                Node name = grammar.names.sourceName();
                Optional<Arguments> arguments =
                        in.peek() == 'I' ? Optional.of(templateArguments()) : Optional.empty();
                yield grammar.substitutable(new VendorType(name, arguments));
            }
            default -> {
                if (!NameText.isLower(first)) {
                    yield grammar.substitutable(grammar.names.name());
                }
                in.skip(1);
                yield builtin(String.valueOf(first));
            }
        };
    }

    private Node modified(Modifier modifier) throws UnreadableNameException {
        in.skip(1);
        Node of = type();
        return grammar.substitutable(new Modified(modifier, of, Optional.empty()));
    }

    private Node builtin(String code) throws UnreadableNameException {
        Optional<BuiltinType> known = BuiltinType.of(code);
        return new Builtin(known.orElseThrow(() -> in.unreadable("no type " + code)));
    }

    /** {@code U <source-name> [<template-args>] <type>}: a vendor's qualifier (5.1.5.1). */
    private Node vendorQualified() throws UnreadableNameException {
        if (in.peek(1) == 'l' || in.peek(1) == 't') {
            return grammar.substitutable(grammar.names.name());
        }
        in.skip(1);
        Node name = grammar.names.sourceName();
        if (in.peek() == 'I') {
            name = new Instance(name, templateArguments());
        }
        Node type = type();
        return grammar.substitutable(new Modified(Modifier.VENDOR, type, Optional.of(name)));
    }

    /** A function type, and the ref-qualifier that is written outside its other qualifiers. */
    private record FunctionRead(FunctionType type, Optional<Modifier> reference) {}

    /** {@code F [Y] <bare-function-type> [<ref-qualifier>] E} (5.1.5.3). */
    private FunctionRead functionType() throws UnreadableNameException {
        in.expect('F');
        in.take('Y'); // extern "C"
        FunctionType type = bareFunctionType(true);
        Optional<Modifier> reference = refQualifier();
        in.expect('E');
        return new FunctionRead(type, reference);
    }

    /** {@code [J] <bare-function-type>}: the return type, where there is one, then parameters. */
    FunctionType bareFunctionType(boolean hasReturnType) throws UnreadableNameException {
        boolean explicitly = in.take('J');
        if (!hasReturnType && !explicitly) {
            return new FunctionType(Optional.empty(), parameters());
        }
        Node returned = type();
        return new FunctionType(Optional.of(returned), parameters());
    }

    /** One type or more; {@code v} alone is none. */
    ExpressionList parameters() throws UnreadableNameException {
        List<Node> types = new ArrayList<>();
        while (!atEndOfParameters()) {
            types.add(type());
        }
        if (types.isEmpty()) {
            throw in.unreadable("parameter types expected");
        }
        boolean none = types.size() == 1
                && types.getFirst() instanceof Builtin only
                && only.type() == BuiltinType.VOID;
        return new ExpressionList(none ? List.of() : List.copyOf(types));
    }

    private boolean atEndOfParameters() {
        char next = in.peek();
        boolean refQualifier = (next == 'R' || next == 'O') && in.peek(1) == 'E';
        return in.atEnd()
                || next == 'E'
                || next == '.'
                || next == 'Q'
                || next == '_'
                || refQualifier;
    }

    /** {@code A [<dimension>] _ <element type>} (5.1.5.4). */
    private Node arrayType() throws UnreadableNameException {
        in.expect('A');
        Optional<Node> dimension = Optional.empty();
        if (in.atDigit()) {
            dimension = Optional.of(digits());
        } else if (in.peek() != '_') {
            dimension = Optional.of(grammar.expressions.expression());
        }
        in.expect('_');
        return new ArrayType(dimension, type());
    }

    private Node digits() {
        int start = in.position();
        while (in.atDigit()) {
            in.skip(1);
        }
        return new Text(in.since(start));
    }

    private Node memberPointer() throws UnreadableNameException {
        in.expect('M');
        Node owner = type();
        return new MemberPointer(owner, type());
    }

    /** {@code T_}, {@code T0_}, …: 5.1.5.8. */
    Node templateParameter() throws UnreadableNameException {
        in.expect('T');
        return new TemplateParameter(in.compactNumber());
    }

    /** A template parameter, or an instance of a template template parameter. */
    private Node parameterType() throws UnreadableNameException {
        Node parameter = grammar.substitutable(templateParameter());
        return in.peek() == 'I' ? instanceOf(parameter) : parameter;
    }

    /**
     * {@code operator T<int>()} and {@code template<class> operator T()} look alike up to the end
     * of the arguments: only where more arguments follow did these belong to the type.
     */
    private Node instanceOf(Node template) throws UnreadableNameException {
        if (!grammar.inConversion) {
            return grammar.substitutable(new Instance(template, templateArguments()));
        }
        Grammar.Checkpoint checkpoint = grammar.checkpoint();
        Arguments arguments = templateArguments();
        if (in.peek() == 'I') {
            return grammar.substitutable(new Instance(template, arguments));
        }
        grammar.returnTo(checkpoint);
        return template;
    }

    private Node substitutedType() throws UnreadableNameException {
        char next = in.peek(1);
        if (next == '_' || NameText.isDigit(next) || NameText.isUpper(next)) {
            Node seen = grammar.names.substitution();
            if (seen instanceof Node.ModuleName module) {
                Node name = grammar.names.unqualifiedName(Optional.empty(), Optional.of(module));
                grammar.substitutable(name);
                return in.peek() == 'I' ? instanceOf(name) : name;
            }
            return in.peek() == 'I' ? instanceOf(seen) : seen;
        }
        Node name = grammar.names.name();
        return name instanceof Abbreviation ? name : grammar.substitutable(name);
    }

    /** The types that begin with {@code D}. */
    private Node extendedType() throws UnreadableNameException {
        char kind = in.peek(1);
        return switch (kind) {
            case 'T', 't' -> grammar.substitutable(decltype());
            case 'p' -> {
                in.skip(2);
                yield grammar.substitutable(new PackExpansion(type()));
            }
            case 'v' -> {
                in.skip(2);
                yield grammar.substitutable(vectorType());
            }
            case 'a' -> placeholder("auto", false);
            case 'c' -> placeholder("decltype(auto)", false);
            case 'k' -> placeholder("auto", true);
            case 'K' -> placeholder("decltype(auto)", true);
            case 'F' -> floatType();
            case 'B', 'U' -> {
                in.skip(2);
                yield bitInt(kind == 'U');
            }
            default -> builtin(in.text(2));
        };
    }

    /** {@code auto}, after its concept where it is constrained. */
    private Node placeholder(String text, boolean constrained) throws UnreadableNameException {
        in.skip(2);
        if (!constrained) {
            return new Opaque(text);
        }
        Node concept = grammar.names.name();
        return new Modified(Modifier.VENDOR, concept, Optional.of(new Text(text)));
    }

    /** {@code DT <expression> E} or {@code Dt <expression> E} (5.1.5.7). */
    Node decltype() throws UnreadableNameException {
        in.skip(2);
        Node expression = grammar.expressions.expression();
        in.expect('E');
        return new Decltype(expression);
    }

    private Node vectorType() throws UnreadableNameException {
        Node dimension = in.take('_') ? grammar.expressions.expression() : digits();
        in.expect('_');
        return new VectorType(dimension, type());
    }

    /** {@code DF16_}, {@code DF32x}, {@code DF16b}. */
    private Node floatType() throws UnreadableNameException {
        in.skip(2);
        int bits = in.number();
        if (in.take('b')) {
            return new Opaque("std::bfloat" + bits + "_t");
        }
        if (in.take('x')) {
            return new Opaque("_Float" + bits + "x");
        }
        in.expect('_');
        return new Opaque("_Float" + bits);
    }

    private Node bitInt(boolean unsigned) throws UnreadableNameException {
        Node width = in.atDigit() ? digits() : grammar.expressions.expression();
        in.expect('_');
        return grammar.substitutable(new BitInt(unsigned, width));
    }

    /** {@code <template-args>}: {@code I <template-arg>* E}; {@code J} for a pack. */
    Arguments templateArguments() throws UnreadableNameException {
        if (!in.take('I') && !in.take('J')) {
            throw in.unreadable("template arguments expected");
        }
        return templateArgumentsAfterStart();
    }

    /** The arguments up to and with their {@code E}. */
    Arguments templateArgumentsAfterStart() throws UnreadableNameException {
        in.enter();
        // a constructor after the arguments is that of the template
        Optional<Node> last = grammar.lastName;
        List<Node> arguments = new ArrayList<>();
        while (in.peek() != 'E' && in.peek() != 'Q') {
            arguments.add(templateArgument());
        }
        if (in.take('Q')) {
            // what the arguments had to satisfy; the arguments tell them apart already
            grammar.expressions.expression();
        }
        in.expect('E');
        grammar.lastName = last;
        in.leave();
        return new Arguments(List.copyOf(arguments));
    }

    /** {@code <template-arg>}: a type, an expression, a literal or a pack. */
    Node templateArgument() throws UnreadableNameException {
        return switch (in.peek()) {
            case 'X' -> {
                in.skip(1);
                Node expression = grammar.expressions.expression();
                in.expect('E');
                yield expression;
            }
            case 'L' -> grammar.expressions.primary();
            case 'I', 'J' -> templateArguments();
            case 'T' -> {
                if (atTemplateParameterDeclaration()) {
                    templateParameterDeclaration(0); // said again where it could be ambiguous
                    yield templateArgument();
                }
                yield type();
            }
            default -> type();
        };
    }

    private boolean atTemplateParameterDeclaration() {
        return in.peek() == 'T' && "yntpk".indexOf(in.peek(1)) >= 0;
    }

    /** The {@code <template-param-decl>}s of a generic lambda, as they are written. */
    List<String> templateHead() throws UnreadableNameException {
        List<String> head = new ArrayList<>();
        while (atTemplateParameterDeclaration()) {
            head.add(templateParameterDeclaration(head.size()));
        }
        return List.copyOf(head);
    }

    private String templateParameterDeclaration(int number) throws UnreadableNameException {
        in.enter();
        char kind = in.peek(1);
        in.skip(2);
        String text = switch (kind) {
            case 'y' -> "typename $T" + number;
            case 'k' -> {
                grammar.names.name();
                yield "typename $T" + number;
            }
            case 'n' -> {
                type();
                yield "auto $T" + number;
            }
            case 'p' -> templateParameterDeclaration(number) + "...";
            default -> {
                List<String> inner = templateHead();
                in.expect('E');
                yield "template<" + String.join(", ", inner) + "> class $T" + number;
            }
        };
        in.leave();
        return text;
    }
}
