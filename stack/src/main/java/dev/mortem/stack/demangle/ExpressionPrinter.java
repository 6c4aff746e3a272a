package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.BuiltinType.LiteralStyle;
import dev.mortem.stack.demangle.Node.Arguments;
import dev.mortem.stack.demangle.Node.Binary;
import dev.mortem.stack.demangle.Node.Cast;
import dev.mortem.stack.demangle.Node.Conditional;
import dev.mortem.stack.demangle.Node.Designated;
import dev.mortem.stack.demangle.Node.ExpressionList;
import dev.mortem.stack.demangle.Node.Fold;
import dev.mortem.stack.demangle.Node.FunctionParameter;
import dev.mortem.stack.demangle.Node.InitializerList;
import dev.mortem.stack.demangle.Node.Literal;
import dev.mortem.stack.demangle.Node.New;
import dev.mortem.stack.demangle.Node.Nullary;
import dev.mortem.stack.demangle.Node.Operator;
import dev.mortem.stack.demangle.Node.PackExpansion;
import dev.mortem.stack.demangle.Node.Postfix;
import dev.mortem.stack.demangle.Node.Qualified;
import dev.mortem.stack.demangle.Node.Requirement;
import dev.mortem.stack.demangle.Node.Requires;
import dev.mortem.stack.demangle.Node.Text;
import dev.mortem.stack.demangle.Node.Unary;
import dev.mortem.stack.demangle.Node.VendorExpression;

import java.util.Optional;

/** Writes expressions: every operand that is not a plain name stands in parentheses. */
final class ExpressionPrinter {
    private final NodePrinter printer;
    private final Output out;

    ExpressionPrinter(NodePrinter printer) {
        this.printer = printer;
        this.out = printer.out;
    }

    void print(Node.Expression expression) throws UnreadableNameException {
        switch (expression) {
            case ExpressionList list -> printer.printList(list.list());
            case Literal literal -> printLiteral(literal);
            case FunctionParameter parameter -> printParameter(parameter);
            case Nullary nullary -> out.append(nullary.operator().text());
            case Unary unary -> printUnary(unary);
            case Postfix postfix -> {
                printOperand(postfix.operand());
                printOperator(postfix.operator());
            }
            case Cast cast -> {
                out.append('(');
                printer.print(cast.type());
                out.append(')');
                printOperand(cast.operand());
            }
            case Binary binary -> printBinary(binary);
            case Conditional conditional -> {
                printOperand(conditional.condition());
                out.append('?');
                printOperand(conditional.yes());
                out.append(" : ");
                printOperand(conditional.no());
            }
            case Fold fold -> printFold(fold);
            case Designated designated -> printDesignated(designated);
            case New allocation -> printNew(allocation);
            case InitializerList list -> {
                if (list.type().isPresent()) {
                    printer.print(list.type().get());
                }
                out.append('{');
                printer.print(list.values());
                out.append('}');
            }
            case Requires requires -> printRequires(requires);
            case Requirement requirement -> printRequirement(requirement);
            case VendorExpression vendor -> {
                printer.print(vendor.name());
                out.append('(');
                printer.print(vendor.arguments());
                out.append(')');
            }
        }
    }

    /** In parentheses, unless it is a name or its like. */
    void printOperand(Node node) throws UnreadableNameException {
        boolean plain = node instanceof Text
                || node instanceof Qualified
                || node instanceof InitializerList
                || node instanceof FunctionParameter;
        if (!plain) {
            out.append('(');
        }
        printer.print(node);
        if (!plain) {
            out.append(')');
        }
    }

    private void printOperator(Node operator) throws UnreadableNameException {
        if (operator instanceof Operator known) {
            out.append(known.code().text());
        } else {
            printer.print(operator);
        }
    }

    private void printParameter(FunctionParameter parameter) throws UnreadableNameException {
        out.append(parameter.number() == 0 ? "this" : "{parm#" + parameter.number() + "}");
    }

    private void printLiteral(Literal literal) throws UnreadableNameException {
        LiteralStyle style = literal.type() instanceof Node.Builtin builtin
                ? builtin.type().literals()
                : LiteralStyle.CAST;
        String sign = literal.negative() ? "-" : "";
        String digits = literal.digits();
        boolean truth = digits.equals("0") || digits.equals("1");
        if (style == LiteralStyle.BOOL && truth && !literal.negative()) {
            out.append(digits.equals("1") ? "true" : "false");
            return;
        }
        boolean cast = style == LiteralStyle.CAST
                || style == LiteralStyle.FLOAT
                || style == LiteralStyle.BOOL;
        if (!cast) {
            out.append(sign + digits + style.suffix());
            return;
        }
        out.append('(');
        printer.print(literal.type());
        out.append(')');
        out.append(style == LiteralStyle.FLOAT ? sign + "[" + digits + "]" : sign + digits);
    }

    private void printUnary(Unary unary) throws UnreadableNameException {
        if (!(unary.operator() instanceof Operator known)) {
            printOperator(unary.operator());
            printOperand(unary.operand());
            return;
        }
        switch (known.code().code()) {
            case "sZ" -> out.append(String.valueOf(packLength(unary.operand())));
            case "sP" -> out.append(String.valueOf(argumentCount(unary.operand())));
            case "ad" -> {
                printOperator(known);
                printOperand(withoutParameters(unary.operand()));
            }
            case "gs" -> {
                printOperator(known);
                printer.print(unary.operand());
            }
            case "st", "nx" -> {
                printOperator(known);
                out.append('(');
                printer.print(unary.operand());
                out.append(')');
            }
            default -> {
                printOperator(known);
                printOperand(unary.operand());
            }
        }
    }

    /** The address of a function does not need to say its parameters. */
    private static Node withoutParameters(Node operand) {
        return operand instanceof Node.Function function && function.name() instanceof Qualified
                ? function.name()
                : operand;
    }

    private int packLength(Node pattern) throws UnreadableNameException {
        return printer.findPack(pattern).map(pack -> pack.list().size()).orElse(0);
    }

    private int argumentCount(Node operand) throws UnreadableNameException {
        int count = 0;
        if (operand instanceof Arguments arguments) {
            for (Node argument : arguments.list()) {
                count += argument instanceof PackExpansion expansion
                        ? packLength(expansion.pattern())
                        : 1;
            }
        }
        return count;
    }

    private void printBinary(Binary binary) throws UnreadableNameException {
        OperatorCode operator = binary.operator();
        if (operator.isNamedCast()) {
            out.append(operator.text() + "<");
            printer.print(binary.left());
            out.append(">(");
            printer.print(binary.right());
            out.append(')');
            return;
        }
        // it must not end the template arguments around it
        boolean greater = operator.is("gt");
        if (greater) {
            out.append('(');
        }
        boolean call = operator.is("cl");
        printOperand(
                call && binary.left() instanceof Node.Function called
                        ? called.name()
                        : binary.left());
        if (operator.is("ix")) {
            out.append('[');
            printer.print(binary.right());
            out.append(']');
        } else {
            out.append(call ? "" : operator.text());
            printOperand(binary.right());
        }
        if (greater) {
            out.append(')');
        }
    }

    private void printFold(Fold fold) throws UnreadableNameException {
        int outer = printer.packIndex;
        printer.packIndex = NodePrinter.WHOLE_PACK;
        out.append('(');
        Optional<Node> other = fold.other();
        if (other.isPresent()) {
            printOperand(fold.pack());
            printOperator(fold.operator());
            out.append("...");
            printOperator(fold.operator());
            printOperand(other.get());
        } else if (fold.kind().is("fl")) {
            out.append("...");
            printOperator(fold.operator());
            printOperand(fold.pack());
        } else {
            printOperand(fold.pack());
            printOperator(fold.operator());
            out.append("...");
        }
        out.append(')');
        printer.packIndex = outer;
    }

    private void printRequires(Requires requires) throws UnreadableNameException {
        out.append("requires ");
        if (!requires.parameters().list().isEmpty()) {
            out.append('(');
            printer.print(requires.parameters());
            out.append(") ");
        }
        out.append('{');
        for (Node requirement : requires.requirements()) {
            out.append(' ');
            printer.print(requirement);
        }
        out.append(" }");
    }

    private void printRequirement(Requirement requirement) throws UnreadableNameException {
        boolean compound =
                requirement.noexcept() || requirement.resultConstraint().isPresent();
        out.append(requirement.keyword() + (compound ? "{" : ""));
        printer.print(requirement.of());
        out.append((compound ? "}" : "") + (requirement.noexcept() ? " noexcept" : ""));
        if (requirement.resultConstraint().isPresent()) {
            out.append(" -> ");
            printer.print(requirement.resultConstraint().get());
        }
        out.append(';');
    }

    private void printDesignated(Designated designated) throws UnreadableNameException {
        boolean member = designated.kind().is("di");
        out.append(member ? '.' : '[');
        printer.print(designated.first());
        if (designated.last().isPresent()) {
            out.append(" ... ");
            printer.print(designated.last().get());
        }
        if (!member) {
            out.append(']');
        }
        if (designated.value() instanceof Designated next) {
            printer.print(next); // .a.b=1
        } else {
            out.append('=');
            printOperand(designated.value());
        }
    }

    private void printNew(New allocation) throws UnreadableNameException {
        out.append("new ");
        if (!allocation.placement().list().isEmpty()) {
            printOperand(allocation.placement());
            out.append(' ');
        }
        printer.print(allocation.type());
        if (allocation.initializer().isPresent()) {
            printOperand(allocation.initializer().get());
        }
    }
}
