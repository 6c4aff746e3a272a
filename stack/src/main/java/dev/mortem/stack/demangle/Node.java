package dev.mortem.stack.demangle;

import java.util.List;
import java.util.Optional;

/**
 * A mangled name taken apart. Nodes are shared: a substitution refers to the very node that stood
 * for it before, so the whole is a directed graph whose written form may be far larger than it.
 */
sealed interface Node {
    /** What stands below, in the order in which it was mangled. */
    default List<Node> children() {
        return List.of();
    }

    /** Names, and whatever can stand in a name's place. */
    sealed interface Name extends Node {}

    /** Whole entities: functions with their types, tables and thunks. */
    sealed interface Entity extends Node {}

    /** Types. Those of {@link Declarator} wrap what they are made of. */
    sealed interface Type extends Node {}

    /** Types that C++ writes around a name: {@code int (*)[3]}. */
    sealed interface Declarator extends Type {}

    /** Expressions and literals. */
    sealed interface Expression extends Node {}

    // Names

    /** An identifier, or digits. */
    record Text(String text) implements Name {}

    /**
     * What {@code St}, {@code Sa} and the other fixed abbreviations stand for.
     *
     * @param shortened what people call it
     */
    record Abbreviation(String text, String shortened) implements Name {}

    record Qualified(Node scope, Node name) implements Name {
        @Override
        public List<Node> children() {
            return List.of(scope, name);
        }
    }

    record Local(Node function, Node entity) implements Name {
        @Override
        public List<Node> children() {
            return List.of(function, entity);
        }
    }

    /** An entity in a default argument; the number counts from the last parameter, from 0. */
    record DefaultArgument(int number, Node entity) implements Name {
        @Override
        public List<Node> children() {
            return List.of(entity);
        }
    }

    record Tagged(Node name, Node tag) implements Name {}

    record Instance(Node template, Arguments arguments) implements Name {
        @Override
        public List<Node> children() {
            return List.of(template, arguments);
        }
    }

    /** Template arguments, or a pack of them as one argument. */
    record Arguments(List<Node> list) implements Name {
        Optional<Node> at(int index) {
            return index < list.size() ? Optional.of(list.get(index)) : Optional.empty();
        }

        @Override
        public List<Node> children() {
            return list;
        }
    }

    record Constructor(Node of) implements Name {
        @Override
        public List<Node> children() {
            return List.of(of);
        }
    }

    record Destructor(Node of) implements Name {
        @Override
        public List<Node> children() {
            return List.of(of);
        }
    }

    /** {@code operator T}. */
    record Conversion(Node type) implements Name {
        @Override
        public List<Node> children() {
            return List.of(type);
        }
    }

    record Operator(OperatorCode code) implements Name {}

    record VendorOperator(int operands, Node name) implements Name {
        @Override
        public List<Node> children() {
            return List.of(name);
        }
    }

    /** {@code operator""_suffix}. */
    record LiteralOperator(Node suffix) implements Name {
        @Override
        public List<Node> children() {
            return List.of(suffix);
        }
    }

    /** A closure type; the number counts from 1. */
    record Lambda(List<String> head, List<Node> parameters, int number) implements Name {}

    /** The number counts from 1. */
    record UnnamedType(int number) implements Name {}

    record StructuredBinding(List<Node> names) implements Name {
        @Override
        public List<Node> children() {
            return names;
        }
    }

    record ModuleName(String text) implements Name {}

    record ModuleMember(Node name, ModuleName module) implements Name {
        @Override
        public List<Node> children() {
            return List.of(name);
        }
    }

    record MemberLikeFriend(Node name) implements Name {
        @Override
        public List<Node> children() {
            return List.of(name);
        }
    }

    // Entities

    record Function(Node name, FunctionType type) implements Entity {
        @Override
        public List<Node> children() {
            return List.of(name, type);
        }
    }

    /** A table, thunk or other thing that the compiler makes: "vtable for " and what it is for. */
    record Special(String prefix, Node of) implements Entity {
        @Override
        public List<Node> children() {
            return List.of(of);
        }
    }

    record ConstructionVtable(Node base, Node derived) implements Entity {
        @Override
        public List<Node> children() {
            return List.of(base, derived);
        }
    }

    /** A function with the trailing requires-clause that it is overloaded on. */
    record Constrained(Function function, Node constraint) implements Entity {
        @Override
        public List<Node> children() {
            return List.of(function, constraint);
        }
    }

    record Suffixed(Node of, String suffix) implements Entity {
        @Override
        public List<Node> children() {
            return List.of(of);
        }
    }

    // Types

    record Builtin(BuiltinType type) implements Type {}

    /** A type without structure that is no {@link BuiltinType}: {@code auto}, {@code _Float32}. */
    record Opaque(String text) implements Type {}

    record VendorType(Node name, Optional<Arguments> arguments) implements Type {}

    /** The index counts from 0. One node for each place: its identity says where it was read. */
    record TemplateParameter(int index) implements Type {}

    record Decltype(Node expression) implements Type {
        @Override
        public List<Node> children() {
            return List.of(expression);
        }
    }

    record PackExpansion(Node pattern) implements Type {}

    record BitInt(boolean unsigned, Node width) implements Type {
        @Override
        public List<Node> children() {
            return List.of(width);
        }
    }

    /**
     * A qualifier, pointer or reference.
     *
     * @param detail of {@code noexcept(…)}, {@code throw(…)} or a vendor's qualifier
     */
    record Modified(Modifier modifier, Node of, Optional<Node> detail) implements Declarator {
        @Override
        public List<Node> children() {
            return detail.isEmpty() ? List.of(of) : List.of(of, detail.get());
        }
    }

    record MemberPointer(Node owner, Node member) implements Declarator {
        @Override
        public List<Node> children() {
            return List.of(owner, member);
        }
    }

    record VectorType(Node dimension, Node element) implements Declarator {
        @Override
        public List<Node> children() {
            return List.of(dimension, element);
        }
    }

    record ArrayType(Optional<Node> dimension, Node element) implements Declarator {
        @Override
        public List<Node> children() {
            return dimension.isEmpty() ? List.of(element) : List.of(dimension.get(), element);
        }
    }

    /** Without a return type where the mangled name has none, or it is not to be shown. */
    record FunctionType(Optional<Node> returned, ExpressionList parameters) implements Declarator {
        @Override
        public List<Node> children() {
            return returned.isEmpty() ? List.of(parameters) : List.of(returned.get(), parameters);
        }
    }

    // Expressions

    record ExpressionList(List<Node> list) implements Expression {
        @Override
        public List<Node> children() {
            return list;
        }
    }

    record Literal(Node type, boolean negative, String digits) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(type);
        }
    }

    /** The number counts from 1; 0 is {@code this}. */
    record FunctionParameter(int number) implements Expression {}

    record Nullary(OperatorCode operator) implements Expression {}

    record Unary(Node operator, Node operand) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(operator, operand);
        }
    }

    record Postfix(Node operator, Node operand) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(operator, operand);
        }
    }

    /** {@code (T)x}, or {@code (T)(x, y)} with an {@link ExpressionList}. */
    record Cast(Node type, Node operand) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(type, operand);
        }
    }

    record Binary(OperatorCode operator, Node left, Node right) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(left, right);
        }
    }

    record Conditional(Node condition, Node yes, Node no) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(condition, yes, no);
        }
    }

    /** {@code other} is there for the binary folds. */
    record Fold(OperatorCode kind, Node operator, Node pack, Optional<Node> other)
            implements Expression {
        @Override
        public List<Node> children() {
            return other.isEmpty() ? List.of(operator, pack) : List.of(operator, pack, other.get());
        }
    }

    /** {@code .a=x}, {@code [1]=x} or, with {@code last}, {@code [1 ... 2]=x}. */
    record Designated(OperatorCode kind, Node first, Optional<Node> last, Node value)
            implements Expression {
        @Override
        public List<Node> children() {
            return last.isEmpty() ? List.of(first, value) : List.of(first, last.get(), value);
        }
    }

    record New(ExpressionList placement, Node type, Optional<Node> initializer)
            implements Expression {
        @Override
        public List<Node> children() {
            return initializer.isEmpty()
                    ? List.of(placement, type)
                    : List.of(placement, type, initializer.get());
        }
    }

    record InitializerList(Optional<Node> type, ExpressionList values) implements Expression {
        @Override
        public List<Node> children() {
            return type.isEmpty() ? List.of(values) : List.of(type.get(), values);
        }
    }

    /** {@code requires (parameters) { … }}. */
    record Requires(ExpressionList parameters, List<Node> requirements) implements Expression {
        @Override
        public List<Node> children() {
            return requirements;
        }
    }

    /** One line of a {@link Requires}: "typename ", "requires " or nothing, and what follows. */
    record Requirement(String keyword, Node of, boolean noexcept, Optional<Node> resultConstraint)
            implements Expression {
        @Override
        public List<Node> children() {
            return List.of(of);
        }
    }

    record VendorExpression(Node name, Arguments arguments) implements Expression {
        @Override
        public List<Node> children() {
            return List.of(name, arguments);
        }
    }
}
