package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.Binary;
import dev.mortem.stack.demangle.Node.Cast;
import dev.mortem.stack.demangle.Node.Conditional;
import dev.mortem.stack.demangle.Node.Conversion;
import dev.mortem.stack.demangle.Node.Designated;
import dev.mortem.stack.demangle.Node.ExpressionList;
import dev.mortem.stack.demangle.Node.Fold;
import dev.mortem.stack.demangle.Node.FunctionParameter;
import dev.mortem.stack.demangle.Node.InitializerList;
import dev.mortem.stack.demangle.Node.Instance;
import dev.mortem.stack.demangle.Node.Literal;
import dev.mortem.stack.demangle.Node.New;
import dev.mortem.stack.demangle.Node.Nullary;
import dev.mortem.stack.demangle.Node.Operator;
import dev.mortem.stack.demangle.Node.PackExpansion;
import dev.mortem.stack.demangle.Node.Postfix;
import dev.mortem.stack.demangle.Node.Qualified;
import dev.mortem.stack.demangle.Node.Requirement;
import dev.mortem.stack.demangle.Node.Requires;
import dev.mortem.stack.demangle.Node.Unary;
import dev.mortem.stack.demangle.Node.VendorExpression;
import dev.mortem.stack.demangle.Node.VendorOperator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Expressions and literals: 5.1.6 of the ABI. */
final class ExpressionGrammar {
    private final Grammar grammar;
    private final MangledText in;

    ExpressionGrammar(Grammar grammar) {
        this.grammar = grammar;
        this.in = grammar.in;
    }

    /** {@code <expression>}. */
    Node expression() throws UnreadableNameException {
        boolean was = grammar.inExpression;
        grammar.inExpression = true;
        in.enter();
        Node expression = read();
        in.leave();
        grammar.inExpression = was;
        return expression;
    }

    private Node read() throws UnreadableNameException {
        char first = in.peek();
        if (first == 'L') {
            return primary();
        }
        if (first == 'T') {
            return grammar.types.templateParameter();
        }
        if (in.take("sr")) {
            return unresolvedName();
        }
        if (in.take("sp")) {
            return new PackExpansion(expression());
        }
        if (in.take("fp")) {
            return functionParameter(0);
        }
        if (first == 'f' && in.peek(1) == 'L' && NameText.isDigit(in.peek(2))) {
            in.skip(2);
            return functionParameter(in.number() + 1);
        }
        if (NameText.isDigit(first) || (first == 'o' && in.peek(1) == 'n')) {
            return withArguments(grammar.names.unqualifiedName(Optional.empty(), Optional.empty()));
        }
        if (in.take("il")) {
            return new InitializerList(Optional.empty(), listUpTo('E'));
        }
        if (in.take("tl")) {
            Node type = grammar.types.type();
            return new InitializerList(Optional.of(type), listUpTo('E'));
        }
        if (in.take("rq")) {
            return new Requires(new ExpressionList(List.of()), requirements());
        }
        if (in.take("rQ")) {
            ExpressionList parameters = grammar.types.parameters();
            in.expect('_');
            return new Requires(parameters, requirements());
        }
        if (in.take('u')) {
            Node name = grammar.names.sourceName();
            return new VendorExpression(name, grammar.types.templateArgumentsAfterStart());
        }
        return operation();
    }

    /**
     * {@code sr <type> <base>} or {@code sr <level>+ E <base>}, whose levels are no substitution
     * candidates. Compilers write the ABI's {@code sr N … E <base>} as an ordinary nested name with its
     * candidates. GCC before 4.5 wrote a type in all cases; as this cannot be told in advance, the whole
     * name is read again where it fails.
     */
    private Node unresolvedName() throws UnreadableNameException {
        Node scope;
        if (in.atDigit() && !grammar.unresolvedScopeIsType) {
            scope = grammar.names.prefix(false);
            in.expect('E');
        } else {
            scope = grammar.types.type();
        }
        Node name = grammar.names.unqualifiedName(Optional.empty(), Optional.empty());
        return withArguments(new Qualified(scope, name));
    }

    private Node withArguments(Node name) throws UnreadableNameException {
        return in.peek() == 'I' ? new Instance(name, grammar.types.templateArguments()) : name;
    }

    /** {@code fpT} is {@code this}; qualifiers of a parameter are read and not shown. */
    private Node functionParameter(int level) throws UnreadableNameException {
        if (level > 0) {
            in.expect('p');
        }
        if (in.take('T')) {
            return new FunctionParameter(0);
        }
        grammar.types.qualifiers(false);
        return new FunctionParameter(in.compactNumber() + 1);
    }

    /** {@code <requirement>+ E}. */
    private List<Node> requirements() throws UnreadableNameException {
        List<Node> requirements = new ArrayList<>();
        do {
            requirements.add(requirement());
        } while (!in.take('E'));
        return List.copyOf(requirements);
    }

    /** {@code X <expression> [N] [R <name>]}, {@code T <type>} or {@code Q <expression>}. */
    private Node requirement() throws UnreadableNameException {
        if (in.take('T')) {
            return new Requirement("typename ", grammar.types.type(), false, Optional.empty());
        }
        if (in.take('Q')) {
            return new Requirement("requires ", expression(), false, Optional.empty());
        }
        in.expect('X');
        Node expression = expression();
        boolean noexcept = in.take('N');
        Optional<Node> result = in.take('R') ? Optional.of(grammar.names.name()) : Optional.empty();
        return new Requirement("", expression, noexcept, result);
    }

    private Node operation() throws UnreadableNameException {
        Node operator = grammar.names.operator();
        return switch (operator) {
            case Operator known -> operation(known);
            case Conversion conversion -> cast(conversion);
            case VendorOperator vendor -> vendorOperation(vendor);
            case Node other -> throw in.unreadable("an expression expected");
        };
    }

    private Node operation(Operator operator) throws UnreadableNameException {
        OperatorCode code = operator.code();
        return switch (code.operands()) {
            case 0 -> new Nullary(code);
            case 1 -> unary(operator);
            case 2 -> binary(code);
            default -> ternary(code);
        };
    }

    private Node cast(Conversion conversion) throws UnreadableNameException {
        Node operand = in.take('_') ? listUpTo('E') : expression();
        return new Cast(conversion.type(), operand);
    }

    private Node vendorOperation(VendorOperator operator) throws UnreadableNameException {
        if (operator.operands() != 1) {
            throw in.unreadable("a vendor's operator that is not unary");
        }
        return new Unary(operator, expression());
    }

    private Node unary(Operator operator) throws UnreadableNameException {
        return switch (operator.code().code()) {
            case "st", "at", "ti" -> new Unary(operator, grammar.types.type());
            case "sP" -> new Unary(operator, grammar.types.templateArgumentsAfterStart());
            case "pp", "mm" -> {
                boolean prefix = in.take('_');
                Node operand = expression();
                yield prefix ? new Unary(operator, operand) : new Postfix(operator, operand);
            }
            default -> new Unary(operator, expression());
        };
    }

    private Node binary(OperatorCode code) throws UnreadableNameException {
        if (code.isFold()) {
            Node folded = grammar.names.operator();
            return new Fold(code, folded, expression(), Optional.empty());
        }
        if (code.is("di")) {
            Node member = grammar.names.unqualifiedName(Optional.empty(), Optional.empty());
            return new Designated(code, member, Optional.empty(), expression());
        }
        if (code.is("dx")) {
            Node index = expression();
            return new Designated(code, index, Optional.empty(), expression());
        }
        Node left = code.isNamedCast() ? grammar.types.type() : expression();
        if (code.is("cl")) {
            return new Binary(code, left, listUpTo('E'));
        }
        boolean member = code.is("dt") || code.is("pt");
        return new Binary(code, left, member ? memberName() : expression());
    }

    /** What stands after {@code .} or {@code ->}. */
    private Node memberName() throws UnreadableNameException {
        if (in.startsWith("gs") || in.startsWith("sr")) {
            return expression();
        }
        return withArguments(grammar.names.unqualifiedName(Optional.empty(), Optional.empty()));
    }

    private Node ternary(OperatorCode code) throws UnreadableNameException {
        if (code.is("nw") || code.is("na")) {
            return newExpression();
        }
        if (code.isFold()) {
            Node folded = grammar.names.operator();
            Node first = expression();
            return new Fold(code, folded, first, Optional.of(expression()));
        }
        Node first = expression();
        Node second = expression();
        Node third = expression();
        return code.is("dX")
                ? new Designated(code, first, Optional.of(second), third)
                : new Conditional(first, second, third);
    }

    /** {@code nw <placement>* _ <type> (E | pi <expression>* E | il <expression>* E)}. */
    private Node newExpression() throws UnreadableNameException {
        ExpressionList placement = listUpTo('_');
        Node type = grammar.types.type();
        if (in.take('E')) {
            return new New(placement, type, Optional.empty());
        }
        if (in.take("pi")) {
            return new New(placement, type, Optional.of(listUpTo('E')));
        }
        if (in.startsWith("il")) {
            return new New(placement, type, Optional.of(expression()));
        }
        throw in.unreadable("an initializer expected");
    }

    private ExpressionList listUpTo(char end) throws UnreadableNameException {
        List<Node> list = new ArrayList<>();
        while (!in.take(end)) {
            list.add(expression());
        }
        return new ExpressionList(List.copyOf(list));
    }

    /** {@code <expr-primary>}: {@code L <type> <value> E} or {@code L _Z <encoding> E} (5.1.6.2). */
    Node primary() throws UnreadableNameException {
        in.expect('L');
        Node node;
        if (in.peek() == '_') {
            node = grammar.names.mangledName();
        } else if (in.take('Z')) {
            // GCC left the underscore out of some external names
            node = grammar.names.encoding(false);
        } else {
            node = literal();
        }
        in.expect('E');
        return node;
    }

    private Node literal() throws UnreadableNameException {
        Node type = grammar.types.type();
        if (in.peek() == 'E' && isValueItself(type)) {
            return type;
        }
        boolean negative = in.take('n');
        int start = in.position();
        while (in.peek() != 'E') {
            if (in.atEnd()) {
                throw in.unreadable("a literal without an end");
            }
            in.skip(1);
        }
        return new Literal(type, negative, in.since(start));
    }

    /** A type with one value, or a string whose characters were not mangled. */
    private static boolean isValueItself(Node type) {
        return switch (type) {
            case Node.Builtin builtin -> builtin.type() == BuiltinType.NULLPTR;
            case Node other -> true;
        };
    }
}
