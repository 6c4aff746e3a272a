package dev.mortem.stack.demangle;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One reading of one mangled name: the text, the three parts of the grammar, and what they share.
 *
 * <p>Sections are those of the Itanium C++ ABI's chapter 5.1, "External Names (a.k.a. Mangling)".
 */
final class Grammar {
    final MangledText in;
    final NameGrammar names;
    final TypeGrammar types;
    final ExpressionGrammar expressions;

    /** Old compilers wrote the scope of an unresolved name as a type: see ExpressionGrammar. */
    final boolean unresolvedScopeIsType;

    /** The name that a following constructor or destructor takes. */
    Optional<Node> lastName = Optional.empty();

    /** In an expression, {@code cv} is a cast; in a name, a conversion operator. */
    boolean inExpression;

    /** In the type of a conversion operator, {@code T_ I…E} may be the operator's own arguments. */
    boolean inConversion;

    private final List<Node> candidates = new ArrayList<>();

    Grammar(String mangled, int depthMax, boolean unresolvedScopeIsType) {
        this.in = new MangledText(mangled, depthMax);
        this.unresolvedScopeIsType = unresolvedScopeIsType;
        this.names = new NameGrammar(this);
        this.types = new TypeGrammar(this);
        this.expressions = new ExpressionGrammar(this);
    }

    /** Remembers a component that a later {@code S_}, {@code S0_}, … may stand for (5.1.10). */
    Node substitutable(Node node) {
        candidates.add(node);
        return node;
    }

    /** The component with a sequence number, from 0. */
    Node candidate(long number) throws UnreadableNameException {
        if (number >= candidates.size()) {
            throw in.unreadable("substitution of something that was not there");
        }
        return candidates.get((int) number);
    }

    /** A place to return to with {@link #returnTo} when a reading turns out to be wrong. */
    record Checkpoint(int position, int candidates) {}

    Checkpoint checkpoint() {
        return new Checkpoint(in.position(), candidates.size());
    }

    void returnTo(Checkpoint checkpoint) {
        in.moveTo(checkpoint.position());
        candidates.subList(checkpoint.candidates(), candidates.size()).clear();
    }
}
