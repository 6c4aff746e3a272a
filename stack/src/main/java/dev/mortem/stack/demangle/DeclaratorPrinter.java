package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Node.ArrayType;
import dev.mortem.stack.demangle.Node.Declarator;
import dev.mortem.stack.demangle.Node.DefaultArgument;
import dev.mortem.stack.demangle.Node.FunctionType;
import dev.mortem.stack.demangle.Node.Instance;
import dev.mortem.stack.demangle.Node.Local;
import dev.mortem.stack.demangle.Node.MemberPointer;
import dev.mortem.stack.demangle.Node.Modified;
import dev.mortem.stack.demangle.Node.TemplateParameter;
import dev.mortem.stack.demangle.Node.VectorType;
import dev.mortem.stack.demangle.Output.Part;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Writes types whose parts stand on both sides of what they are made of: {@code void (*(&) [3])()}.
 *
 * <p>A type is a chain of parts, from the outermost to the one beside the base: a reference to an
 * array of pointers to functions returning void. The base is written first, then the chain from its
 * inner end; a function or an array takes all that lies further out into its parentheses.
 */
final class DeclaratorPrinter {
    private static final int NOT_NAMED = -1;

    private final NodePrinter printer;
    private final Output out;

    /**
     * Where the parameter below a reference was met first. A later substitution may mean the same
     * node from inside another template, whose arguments are not its own.
     */
    private final IdentityHashMap<Node, TemplateScope> firstScopes = new IdentityHashMap<>();

    /** The references, and parameters below them, that are being written. */
    private final IdentityHashMap<Node, Integer> open = new IdentityHashMap<>();

    DeclaratorPrinter(NodePrinter printer) {
        this.printer = printer;
        this.out = printer.out;
    }

    /** One part of the chain: a declarator, or the name of the function that is declared. */
    private static final class Link {
        final Node node;
        final TemplateScope scope;
        boolean written;

        Link(Node node, TemplateScope scope) {
            this.node = node;
            this.scope = scope;
        }

        boolean qualifiesFunction() {
            return node instanceof Modified modified && modified.modifier().qualifiesFunction();
        }

        boolean isCv() {
            return node instanceof Modified modified && modified.modifier().isCv();
        }
    }

    /** A chain that grows towards its base. */
    private final class Chain {
        final List<Link> links = new ArrayList<>();
        final List<Node> opened = new ArrayList<>();

        void add(Node node) {
            links.add(new Link(node, printer.scope));
        }

        void open(Node node) {
            open.merge(node, 1, Integer::sum);
            opened.add(node);
        }

        void close() {
            for (Node node : opened) {
                open.computeIfPresent(node, (key, count) -> count == 1 ? null : count - 1);
            }
        }

        /** Whether what the function there returns is written wholly in front of its name. */
        boolean returnsInFront(int named) {
            if (named == NOT_NAMED
                    || !(links.get(named).node instanceof FunctionType function)
                    || function.returned().isEmpty()) {
                return false;
            }
            return links.stream()
                    .skip(named + 1L)
                    .noneMatch(link ->
                            link.node instanceof FunctionType || link.node instanceof ArrayType);
        }

        /** The next part further out than {@code index} that is not written yet, or -1. */
        int unwritten(int index) {
            int i = index;
            while (i >= 0 && links.get(i).written) {
                i--;
            }
            return i;
        }
    }

    void print(Declarator type) throws UnreadableNameException {
        TemplateScope scope = printer.scope;
        printChain(new Chain(), type, NOT_NAMED);
        printer.scope = scope;
    }

    /** A function's name is the outermost part of its type, but for the qualifiers of its object. */
    void printFunction(Node.Function function, Optional<Node> constraint)
            throws UnreadableNameException {
        TemplateScope scope = printer.scope;
        Chain chain = new Chain();
        Node name = addQualifiers(chain, function.name());
        Node declared = name;
        if (name instanceof Local local) {
            Node entity = local.entity();
            boolean inDefault = entity instanceof DefaultArgument;
            if (entity instanceof DefaultArgument argument) {
                entity = argument.entity();
            }
            declared = addQualifiers(chain, entity);
            name = new Local(local.function(), redone(local, inDefault, declared));
        }
        chain.add(name);
        int named = chain.links.size();
        TemplateScope inside =
                declared instanceof Instance instance ? scope.enter(instance.arguments()) : scope;
        printer.scope = inside;
        printChain(chain, function.type(), named);
        if (constraint.isPresent()) {
            printer.scope = inside;
            out.append(" requires ");
            printer.print(constraint.get());
        }
        printer.scope = scope;
    }

    private static Node redone(Local local, boolean inDefault, Node entity) {
        return inDefault && local.entity() instanceof DefaultArgument argument
                ? new DefaultArgument(argument.number(), entity)
                : entity;
    }

    private Node addQualifiers(Chain chain, Node name) {
        Node plain = name;
        while (plain instanceof Modified modified && modified.modifier().qualifiesFunction()) {
            chain.add(modified);
            plain = modified.of();
        }
        return plain;
    }

    /**
     * @param named where in the chain the type of a function with a name will stand: its return type is
     *     noise where it stands in front of the name and nowhere else
     */
    private void printChain(Chain chain, Declarator type, int named)
            throws UnreadableNameException {
        Node base = type;
        boolean based = true;
        while (based && isLink(base)) {
            out.work();
            switch (base) {
                case FunctionType function -> {
                    chain.add(function);
                    based = function.returned().isPresent();
                    base = function.returned().orElse(function);
                }
                case ArrayType array -> {
                    addArray(chain, array);
                    base = array.element();
                }
                case Modified modified -> base = addModified(chain, modified);
                case MemberPointer pointer -> {
                    chain.add(pointer);
                    base = pointer.member();
                }
                case VectorType vector -> {
                    chain.add(vector);
                    base = vector.element();
                }
                case TemplateParameter parameter -> {
                    base = printer.argument(parameter);
                    printer.scope = printer.scope.outer();
                }
                case Node other -> throw new AssertionError(other);
            }
        }
        int noiseUpTo = based && chain.returnsInFront(named) ? named : NOT_NAMED;
        if (noiseUpTo != NOT_NAMED) {
            out.open(Part.NOISE);
        }
        if (based) {
            printer.print(base);
        }
        writeLinks(chain, noiseUpTo);
        chain.close();
    }

    private boolean isLink(Node node) {
        return node instanceof Declarator
                || (node instanceof TemplateParameter && !printer.inLambda);
    }

    /** The elements of a const array are const: its qualifiers move to them. */
    private void addArray(Chain chain, ArrayType array) {
        List<Link> links = chain.links;
        int first = links.size();
        while (first > 0 && links.get(first - 1).isCv()) {
            first--;
        }
        List<Link> moved = new ArrayList<>(links.subList(first, links.size()));
        links.subList(first, links.size()).clear();
        chain.add(array);
        links.addAll(moved.reversed());
    }

    /** Gives what lies below. */
    private Node addModified(Chain chain, Modified modified) throws UnreadableNameException {
        Modifier modifier = modified.modifier();
        if (modifier.isCv() && hasQualifier(chain, modifier)) {
            return modified.of();
        }
        if (!modifier.isReference()) {
            chain.add(modified);
            return modified.of();
        }
        return addReference(chain, modified);
    }

    /** An argument may bring a qualifier that stands outside it already. */
    private static boolean hasQualifier(Chain chain, Modifier modifier) {
        for (Link link : chain.links.reversed()) {
            if (!(link.node instanceof Modified outer) || !outer.modifier().isCv()) {
                return false;
            }
            if (outer.modifier() == modifier) {
                return true;
            }
        }
        return false;
    }

    /** References collapse: a reference to a reference is one, {@code &} where either is. */
    private Node addReference(Chain chain, Modified reference) throws UnreadableNameException {
        Node referred = reference.of();
        if (referred instanceof TemplateParameter parameter && !printer.inLambda) {
            enterFirstScope(reference, parameter);
            chain.open(reference);
            chain.open(parameter);
            referred = printer.argument(parameter);
        }
        if (referred instanceof Modified inner && inner.modifier().isReference()) {
            boolean innerWins = inner.modifier() == Modifier.REFERENCE
                    || inner.modifier() == reference.modifier();
            chain.add(innerWins ? inner : reference);
            return inner.of();
        }
        chain.add(reference);
        return reference.of();
    }

    private void enterFirstScope(Modified reference, TemplateParameter parameter) {
        TemplateScope first = firstScopes.putIfAbsent(parameter, printer.scope);
        if (first != null && !open.containsKey(parameter) && !open.containsKey(reference)) {
            printer.scope = first;
        }
    }

    /** The whole chain after its base. A function beside its base or return type takes a space. */
    private void writeLinks(Chain chain, int noiseUpTo) throws UnreadableNameException {
        for (int i = chain.links.size() - 1; i >= 0; i--) {
            Link link = chain.links.get(i);
            if (link.written) {
                continue;
            }
            if (link.node instanceof FunctionType function
                    && function.returned().isPresent()) {
                out.append(' ');
            }
            if (i == noiseUpTo) {
                out.close(Part.NOISE);
            }
            writeLink(chain, i);
        }
    }

    private void writeLink(Chain chain, int index) throws UnreadableNameException {
        Link link = chain.links.get(index);
        if (link.written) {
            return;
        }
        link.written = true;
        TemplateScope outside = printer.scope;
        printer.scope = link.scope;
        out.enter();
        switch (link.node) {
            case FunctionType function -> writeFunction(chain, index, function);
            case ArrayType array -> writeArray(chain, index, array);
            case Modified modified -> writeModifier(modified);
            case MemberPointer pointer -> {
                if (out.last() != '(') {
                    out.append(' ');
                }
                printer.print(pointer.owner());
                out.append("::*");
            }
            case VectorType vector -> {
                out.append(" __vector(");
                printer.print(vector.dimension());
                out.append(')');
            }
            case Node name -> printer.print(name);
        }
        out.leave();
        printer.scope = outside;
    }

    private void writeModifier(Modified modified) throws UnreadableNameException {
        out.append(modified.modifier().text());
        if (modified.detail().isEmpty()) {
            return;
        }
        boolean parenthesized = modified.modifier() != Modifier.VENDOR;
        if (parenthesized) {
            out.append('(');
        }
        printer.print(modified.detail().get());
        if (parenthesized) {
            out.append(')');
        }
    }

    private void writeFunction(Chain chain, int index, FunctionType function)
            throws UnreadableNameException {
        Parentheses parentheses = parentheses(chain, index - 1);
        if (parentheses != Parentheses.NONE) {
            boolean space = parentheses == Parentheses.AFTER_SPACE
                    || (out.last() != '(' && out.last() != '*');
            if (space && out.last() != ' ') {
                out.append(' ');
            }
            out.append('(');
        }
        writeOutward(chain, index - 1, false);
        if (parentheses != Parentheses.NONE) {
            out.append(')');
        }
        out.append('(');
        printer.print(function.parameters());
        out.append(')');
        writeOutward(chain, index - 1, true);
    }

    private enum Parentheses {
        NONE,
        NEEDED,
        AFTER_SPACE
    }

    /** Whether what lies further out binds to a function type rather than to what it returns. */
    private static Parentheses parentheses(Chain chain, int from) {
        for (int i = chain.unwritten(from); i >= 0; i = chain.unwritten(i - 1)) {
            Node node = chain.links.get(i).node;
            if (node instanceof MemberPointer) {
                return Parentheses.AFTER_SPACE;
            }
            if (node instanceof Modified modified && !modified.modifier().qualifiesFunction()) {
                return modified.modifier().isIndirection()
                        ? Parentheses.NEEDED
                        : Parentheses.AFTER_SPACE;
            }
        }
        return Parentheses.NONE;
    }

    private void writeArray(Chain chain, int index, ArrayType array)
            throws UnreadableNameException {
        int outward = chain.unwritten(index - 1);
        boolean inArray = outward >= 0 && chain.links.get(outward).node instanceof ArrayType;
        boolean parenthesized = outward >= 0 && !inArray;
        if (parenthesized) {
            out.append(" (");
        }
        writeOutward(chain, index - 1, false);
        if (parenthesized) {
            out.append(')');
        }
        if (!inArray) {
            out.append(' ');
        }
        out.append('[');
        if (array.dimension().isPresent()) {
            printer.print(array.dimension().get());
        }
        out.append(']');
    }

    /**
     * What lies further out, up to the next function or array, which goes on by itself.
     *
     * @param all also what stands after the parameters of a function
     */
    private void writeOutward(Chain chain, int from, boolean all) throws UnreadableNameException {
        for (int i = chain.unwritten(from); i >= 0; i = chain.unwritten(i - 1)) {
            Link link = chain.links.get(i);
            if (!all && link.qualifiesFunction()) {
                continue;
            }
            writeLink(chain, i);
            if (link.node instanceof FunctionType || link.node instanceof ArrayType) {
                return;
            }
        }
    }
}
