package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.Abbreviation;
import dev.mortem.stack.demangle.Node.Arguments;
import dev.mortem.stack.demangle.Node.BitInt;
import dev.mortem.stack.demangle.Node.Builtin;
import dev.mortem.stack.demangle.Node.Constrained;
import dev.mortem.stack.demangle.Node.ConstructionVtable;
import dev.mortem.stack.demangle.Node.Constructor;
import dev.mortem.stack.demangle.Node.Conversion;
import dev.mortem.stack.demangle.Node.Declarator;
import dev.mortem.stack.demangle.Node.Decltype;
import dev.mortem.stack.demangle.Node.DefaultArgument;
import dev.mortem.stack.demangle.Node.Destructor;
import dev.mortem.stack.demangle.Node.Instance;
import dev.mortem.stack.demangle.Node.Lambda;
import dev.mortem.stack.demangle.Node.LiteralOperator;
import dev.mortem.stack.demangle.Node.Local;
import dev.mortem.stack.demangle.Node.MemberLikeFriend;
import dev.mortem.stack.demangle.Node.ModuleMember;
import dev.mortem.stack.demangle.Node.ModuleName;
import dev.mortem.stack.demangle.Node.Opaque;
import dev.mortem.stack.demangle.Node.Operator;
import dev.mortem.stack.demangle.Node.PackExpansion;
import dev.mortem.stack.demangle.Node.Qualified;
import dev.mortem.stack.demangle.Node.Special;
import dev.mortem.stack.demangle.Node.StructuredBinding;
import dev.mortem.stack.demangle.Node.Suffixed;
import dev.mortem.stack.demangle.Node.Tagged;
import dev.mortem.stack.demangle.Node.TemplateParameter;
import dev.mortem.stack.demangle.Node.Text;
import dev.mortem.stack.demangle.Node.UnnamedType;
import dev.mortem.stack.demangle.Node.VendorOperator;
import dev.mortem.stack.demangle.Node.VendorType;
import dev.mortem.stack.demangle.Output.Part;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes nodes as c++filt does: names and entities here, {@link DeclaratorPrinter} types with
 * something around them, {@link ExpressionPrinter} expressions.
 */
final class NodePrinter {
    /** A whole pack is meant, not one of its elements. */
    static final int WHOLE_PACK = -1;

    /** Of libstdc++, libc++ and Android's: reserved words, so no program has others. */
    private static final Set<String> INLINE_NAMESPACES =
            Set.of("__cxx11", "_V2", "__1", "__2", "__ndk1");

    final Output out;

    /** Where template parameters are looked up now. */
    TemplateScope scope = new TemplateScope.None();

    /** Which element of packs is written now. */
    int packIndex;

    /** Inside the parameters of a generic lambda, whose template parameters have no arguments. */
    boolean inLambda;

    /** The arguments of the template being written: a conversion operator's type uses them. */
    private Optional<Arguments> enclosing = Optional.empty();

    private final DeclaratorPrinter declarators;
    private final ExpressionPrinter expressions;

    NodePrinter(Output out) {
        this.out = out;
        this.declarators = new DeclaratorPrinter(this);
        this.expressions = new ExpressionPrinter(this);
    }

    void print(Node node) throws UnreadableNameException {
        out.enter();
        switch (node) {
            case Node.Name name -> printName(name);
            case Node.Entity entity -> printEntity(entity);
            case Node.Type type -> printType(type);
            case Node.Expression expression -> expressions.print(expression);
        }
        out.leave();
    }

    /** Separated by commas. What writes nothing at the end, as an empty pack, leaves no comma. */
    void printList(List<Node> list) throws UnreadableNameException {
        printList(list, false);
    }

    private void printList(List<Node> list, boolean arguments) throws UnreadableNameException {
        Output.Place end = out.place();
        boolean first = true;
        for (Node node : list) {
            if (!first) {
                out.append(", ");
            }
            int before = out.length();
            if (arguments) {
                out.open(Part.ARGUMENT);
            }
            print(node);
            if (arguments) {
                out.close(Part.ARGUMENT);
            }
            if (first || out.length() > before) {
                end = out.place();
            }
            first = false;
        }
        out.cutTo(end);
    }

    private void printEntity(Node.Entity entity) throws UnreadableNameException {
        switch (entity) {
            case Node.Function function -> declarators.printFunction(function, Optional.empty());
            case Special special -> {
                out.append(special.prefix());
                print(special.of());
            }
            case ConstructionVtable table -> {
                out.append("construction vtable for ");
                print(table.base());
                out.append("-in-");
                print(table.derived());
            }
            case Constrained constrained ->
                declarators.printFunction(
                        constrained.function(), Optional.of(constrained.constraint()));
            case Suffixed suffixed -> {
                print(suffixed.of());
                out.append(" [clone " + suffixed.suffix() + "]");
            }
        }
    }

    private void printName(Node.Name name) throws UnreadableNameException {
        switch (name) {
            case Text text -> out.append(text.text());
            case Abbreviation abbreviation -> {
                out.openAlias(abbreviation.shortened());
                out.append(abbreviation.text());
                out.close(Part.ALIAS);
            }
            case Qualified qualified -> printQualified(qualified);
            case Local local -> printLocal(local, local.entity());
            case DefaultArgument argument -> {
                printDefaultArgument(argument);
                print(argument.entity());
            }
            case Tagged tagged -> {
                print(tagged.name());
                out.open(Part.NOISE);
                out.append("[abi:");
                print(tagged.tag());
                out.append("]");
                out.close(Part.NOISE);
            }
            case Instance instance -> printInstance(instance);
            case Arguments arguments -> printList(arguments.list());
            case Constructor constructor -> print(constructor.of());
            case Destructor destructor -> {
                out.append("~");
                print(destructor.of());
            }
            case Conversion conversion -> {
                out.append("operator ");
                printConversionType(conversion.type());
            }
            case Operator operator -> printOperatorName(operator.code().text());
            case VendorOperator operator -> {
                out.append("operator ");
                print(operator.name());
            }
            case LiteralOperator operator -> {
                out.append("operator\"\" ");
                print(operator.suffix());
            }
            case Lambda lambda -> printLambda(lambda);
            case UnnamedType type -> out.append("{unnamed type#" + type.number() + "}");
            case StructuredBinding binding -> {
                out.append("[");
                printList(binding.names());
                out.append("]");
            }
            case ModuleName module -> out.append(module.text());
            case ModuleMember member -> {
                print(member.name());
                out.append("@" + member.module().text());
            }
            case MemberLikeFriend friend -> {
                print(friend.name());
                out.append("[friend]");
            }
        }
    }

    private void printQualified(Qualified qualified) throws UnreadableNameException {
        print(qualified.scope());
        boolean inline =
                qualified.name() instanceof Text name && INLINE_NAMESPACES.contains(name.text());
        if (inline) {
            out.open(Part.NOISE);
        }
        out.append("::");
        print(qualified.name());
        if (inline) {
            out.close(Part.NOISE);
        }
    }

    /** The entity may be given without qualifiers that are written elsewhere. */
    void printLocal(Local local, Node entity) throws UnreadableNameException {
        print(local.function());
        out.append("::");
        if (entity instanceof DefaultArgument argument) {
            printDefaultArgument(argument);
            print(argument.entity());
        } else {
            print(entity);
        }
    }

    private void printDefaultArgument(DefaultArgument argument) throws UnreadableNameException {
        out.append("{default arg#" + (argument.number() + 1) + "}::");
    }

    private void printInstance(Instance instance) throws UnreadableNameException {
        Optional<Arguments> outer = enclosing;
        enclosing = Optional.of(instance.arguments());
        out.open(Part.INSTANCE);
        print(instance.template());
        printArguments(instance.arguments());
        out.close(Part.INSTANCE);
        enclosing = outer;
    }

    /** Never {@code <<} nor {@code >>}, which once meant something else. */
    private void printArguments(Arguments arguments) throws UnreadableNameException {
        if (out.last() == '<') {
            out.append(' ');
        }
        out.open(Part.ARGUMENTS);
        out.append('<');
        out.enter();
        printList(arguments.list(), true);
        out.leave();
        if (out.last() == '>') {
            out.append(' ');
        }
        out.append('>');
        out.close(Part.ARGUMENTS);
    }

    /** The type sees the arguments of the operator that it names; its own arguments do not. */
    private void printConversionType(Node type) throws UnreadableNameException {
        TemplateScope outside = scope;
        if (enclosing.isPresent()) {
            scope = scope.enter(enclosing.get());
        }
        if (type instanceof Instance instance) {
            print(instance.template());
            scope = outside;
            printArguments(instance.arguments());
        } else {
            print(type);
            scope = outside;
        }
    }

    private void printOperatorName(String text) throws UnreadableNameException {
        out.append(NameText.isLower(text.charAt(0)) ? "operator " : "operator");
        out.append(text.stripTrailing());
    }

    private void printLambda(Lambda lambda) throws UnreadableNameException {
        out.append("{lambda");
        if (!lambda.head().isEmpty()) {
            out.append("<" + String.join(", ", lambda.head()) + ">");
        }
        out.append("(");
        boolean outer = inLambda;
        inLambda = true;
        printList(lambda.parameters());
        inLambda = outer;
        out.append(")#" + lambda.number() + "}");
    }

    private void printType(Node.Type type) throws UnreadableNameException {
        switch (type) {
            case Declarator declarator -> declarators.print(declarator);
            case TemplateParameter parameter -> printParameter(parameter);
            case Builtin builtin -> out.append(builtin.type().text());
            case Opaque opaque -> out.append(opaque.text());
            case VendorType vendor -> {
                print(vendor.name());
                if (vendor.arguments().isPresent()) {
                    printArguments(vendor.arguments().get());
                }
            }
            case Decltype decltype -> {
                out.append("decltype (");
                print(decltype.expression());
                out.append(')');
            }
            case PackExpansion expansion -> printExpansion(expansion);
            case BitInt bitInt -> {
                out.append(bitInt.unsigned() ? "unsigned _BitInt(" : "signed _BitInt(");
                print(bitInt.width());
                out.append(')');
            }
        }
    }

    private void printParameter(TemplateParameter parameter) throws UnreadableNameException {
        if (inLambda) {
            out.append("auto:" + (parameter.index() + 1));
            return;
        }
        TemplateScope inside = scope;
        Node argument = argument(parameter);
        scope = scope.outer();
        print(argument);
        scope = inside;
    }

    /** What a parameter stands for here: of a pack, the element being written. */
    Node argument(TemplateParameter parameter) throws UnreadableNameException {
        Node argument = scope.argument(parameter.index())
                .orElseThrow(() -> new UnreadableNameException("no such argument"));
        if (argument instanceof Arguments pack && packIndex != WHOLE_PACK) {
            return pack.at(packIndex)
                    .orElseThrow(() -> new UnreadableNameException("no such element of a pack"));
        }
        return argument;
    }

    private void printExpansion(PackExpansion expansion) throws UnreadableNameException {
        Optional<Arguments> pack = inLambda ? Optional.empty() : findPack(expansion.pattern());
        if (pack.isEmpty()) {
            // a pack of function parameters: its length is not in the name
            expressions.printOperand(expansion.pattern());
            out.append("...");
            return;
        }
        int outer = packIndex;
        int length = pack.get().list().size();
        for (int i = 0; i < length; i++) {
            packIndex = i;
            if (i > 0) {
                out.append(", ");
            }
            print(expansion.pattern());
        }
        packIndex = outer;
    }

    /** The first pack that a pattern names. */
    Optional<Arguments> findPack(Node pattern) throws UnreadableNameException {
        out.enter();
        Optional<Arguments> found = Optional.empty();
        if (pattern instanceof TemplateParameter parameter) {
            Node argument = scope.argument(parameter.index())
                    .orElseThrow(() -> new UnreadableNameException("no such argument"));
            found = argument instanceof Arguments pack ? Optional.of(pack) : Optional.empty();
        } else {
            for (Node child : pattern.children()) {
                found = findPack(child);
                if (found.isPresent()) {
                    break;
                }
            }
        }
        out.leave();
        return found;
    }
}
