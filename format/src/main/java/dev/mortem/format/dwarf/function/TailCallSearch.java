package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Looks for the jumps that lead from the function that a caller called to the one that was reached
 * instead. Belongs to one question.
 *
 * <p>It would rather say nothing than a wrong thing. Two entries are one function where they have one
 * declaration (copies that a compiler specialised), one name (weak and strong, versions for several
 * CPUs), or one start (folded by a linker or the compiler). A function whose own code is not known
 * may stand for anything: the linker's --wrap and the dynamic linker put others in its place.
 */
final class TailCallSearch {
    private static final int HOPS_MAX = 16;

    /** Functions of a unit among which one without an address of its own is looked for. */
    private static final int FUNCTIONS_MAX = 20_000;

    /** A chain of tail calls is a few functions long. */
    private static final int DEPTH_MAX = 32;

    /** Functions visited on all ways together. */
    private static final int VISITS_MAX = 512;

    /** What the linker's option --wrap puts before the name of the function that is called instead. */
    private static final String WRAPPED = "__wrap_";

    /** Code of a function of its own. */
    record Code(UnitFunctions unit, int scope) {
        long svma() {
            return unit.scopes().startSvma(scope);
        }

        EntryReference entry() {
            return unit.entry(scope);
        }
    }

    /** One function however often it stands in the debug information. */
    private record Identity(UnitFile file, long offset) {}

    private record Target(EntryReference entry, Identity identity, FunctionNames names) {
        static Target of(EntryReference entry) throws MalformedException {
            return new Target(entry, TailCallSearch.identity(entry), FunctionNames.read(entry));
        }

        Optional<String> symbol() {
            return names.linkageName().or(names::name);
        }
    }

    private final LongFunction<Optional<Code>> codeAt;
    private final TailCalls.Reached reached;
    private final EntryBudget budget;
    private final Optional<Code> reachedCode;
    private final Map<UnitFunctions, Map<Identity, List<Integer>>> functions = new HashMap<>();
    private final List<TailCalls.Jump> way = new ArrayList<>();
    private final Set<Identity> onWay = new HashSet<>();
    private final List<List<TailCalls.Jump>> found = new ArrayList<>();
    private boolean allKnown = true;
    private int visits;

    TailCallSearch(
            LongFunction<Optional<Code>> codeAt, TailCalls.Reached reached, EntryBudget budget) {
        this.codeAt = codeAt;
        this.reached = reached;
        this.budget = budget;
        this.reachedCode = reached.svma().isPresent()
                ? codeAt.apply(reached.svma().getAsLong())
                : Optional.empty();
    }

    /** Empty where the caller called what was reached, and where that is not certain. */
    Optional<TailCalls> from(long returnSvma) throws MalformedException {
        Optional<Code> caller = codeAt.apply(returnSvma - 1);
        boolean unknown = reached.svma().isPresent() && reachedCode.isEmpty(); // a stub, assembler
        if (caller.isEmpty() || unknown) {
            return Optional.empty();
        }
        Optional<Target> called = calledAt(caller.get(), returnSvma);
        if (called.isEmpty() || mayBeReached(called.get())) {
            return Optional.empty();
        }
        Optional<Code> code = code(called.get(), caller.get().unit());
        if (code.isEmpty() || isReached(code.get())) {
            return Optional.empty();
        }
        visit(called.get(), code);
        if (allKnown && found.isEmpty()) {
            return Optional.empty(); // no jumps lead there: something else happened
        }
        long svma = code.get().svma();
        return Optional.of(
                allKnown
                        ? inCommon(svma, found)
                        : new TailCalls(svma, List.of(), List.of(), false));
    }

    /** What all ways share is certain, whichever was gone. */
    private static TailCalls inCommon(long calledSvma, List<List<TailCalls.Jump>> ways) {
        List<TailCalls.Jump> one = ways.getFirst();
        int shortest = ways.stream().mapToInt(List::size).min().orElse(0);
        int first = 0;
        while (first < shortest && isShared(ways, one.get(first), first, false)) {
            first++;
        }
        int last = 0;
        while (first + last < shortest
                && isShared(ways, one.get(one.size() - 1 - last), last, true)) {
            last++;
        }
        return new TailCalls(
                calledSvma,
                one.subList(0, first),
                one.subList(one.size() - last, one.size()),
                ways.size() == 1);
    }

    private static boolean isShared(
            List<List<TailCalls.Jump>> ways, TailCalls.Jump jump, int distance, boolean fromEnd) {
        return ways.stream()
                .allMatch(way ->
                        way.get(fromEnd ? way.size() - 1 - distance : distance).equals(jump));
    }

    /** The function that the call before the address names. */
    private Optional<Target> calledAt(Code caller, long returnSvma) throws MalformedException {
        Optional<Target> called = Optional.empty();
        for (FunctionCalls.Site site :
                FunctionCalls.read(caller.entry(), budget).sites()) {
            if (site.svma() != returnSvma || site.tail()) {
                continue;
            }
            if (site.callee().isEmpty()) {
                return Optional.empty();
            }
            Target target = Target.of(site.callee().get());
            if (called.filter(other -> !other.identity().equals(target.identity()))
                    .isPresent()) {
                return Optional.empty();
            }
            called = Optional.of(target);
        }
        return called;
    }

    /** By its declaration and its names, the quick ways first: most calls are of what was reached. */
    private boolean mayBeReached(Target target) throws MalformedException {
        if (reachedCode.isPresent()) {
            EntryReference entry = reachedCode.get().entry();
            FunctionNames names = FunctionNames.read(entry);
            boolean same = names.name().isEmpty()
                    || names.name().equals(target.names().name())
                    || identity(entry).equals(target.identity());
            if (same) {
                return true;
            }
        }
        return target.symbol()
                .filter(name -> reached.isNamed(name) || reached.isNamed(WRAPPED + name))
                .isPresent();
    }

    private boolean isReached(Code code) {
        return reachedCode.filter(at -> at.svma() == code.svma()).isPresent();
    }

    private void visit(Target function, Optional<Code> of) throws MalformedException {
        if (of.isEmpty() || onWay.size() == DEPTH_MAX || ++visits > VISITS_MAX) {
            allKnown = false;
            return;
        }
        if (!onWay.add(function.identity())) {
            return; // in a circle: no new way
        }
        Code code = of.get();
        FunctionCalls calls = FunctionCalls.read(code.entry(), budget);
        allKnown &= calls.allTailCalls();
        for (FunctionCalls.Site site : calls.sites()) {
            if (site.tail() && site.callee().isEmpty()) {
                allKnown = false;
            } else if (site.tail()) {
                jump(site, Target.of(site.callee().orElseThrow()), code.unit());
            }
        }
        onWay.remove(function.identity());
    }

    private void jump(FunctionCalls.Site site, Target to, UnitFunctions from)
            throws MalformedException {
        way.add(new TailCalls.Jump(site.svma(), site.inside()));
        boolean outside = reachedCode.isEmpty()
                && to.names().isExternal()
                && to.symbol().filter(reached::isNamed).isPresent();
        Optional<Code> code = outside ? Optional.empty() : code(to, from);
        boolean same = reachedCode.isPresent()
                && (identity(reachedCode.get().entry()).equals(to.identity())
                        || code.filter(this::isReached).isPresent());
        if (outside || same) {
            found.add(List.copyOf(way));
        } else {
            visit(to, code);
        }
        way.removeLast();
    }

    /** The code of a function that is called: other units' by their symbol. */
    private Optional<Code> code(Target called, UnitFunctions caller) throws MalformedException {
        if (!called.names().isExternal()) {
            return own(called, caller);
        }
        OptionalLong svma = called.symbol().map(reached::definedAt).orElse(OptionalLong.empty());
        if (svma.isEmpty()) {
            return Optional.empty();
        }
        long start = svma.getAsLong();
        return codeAt.apply(start).filter(code -> code.svma() == start);
    }

    /** The only code in the unit that an entry, or its declaration, is for. */
    private Optional<Code> own(Target called, UnitFunctions unit) throws MalformedException {
        List<Integer> scopes = identities(unit).getOrDefault(called.identity(), List.of());
        for (int scope : scopes) {
            if (unit.scopes().entryOffset(scope) == called.entry().offset()) {
                return Optional.of(new Code(unit, scope));
            }
        }
        return scopes.size() == 1
                ? Optional.of(new Code(unit, scopes.getFirst()))
                : Optional.empty();
    }

    private Map<Identity, List<Integer>> identities(UnitFunctions unit) throws MalformedException {
        Map<Identity, List<Integer>> known = functions.get(unit);
        if (known != null) {
            return known;
        }
        Map<Identity, List<Integer>> byIdentity = new HashMap<>();
        FunctionScopes scopes = unit.scopes();
        int count = 0;
        for (int scope = 0; scope < scopes.count() && count < FUNCTIONS_MAX; scope++) {
            if (scopes.parent(scope) == FunctionScopes.NONE) {
                count++;
                byIdentity
                        .computeIfAbsent(identity(unit.entry(scope)), _ -> new ArrayList<>(1))
                        .add(scope);
            }
        }
        functions.put(unit, count < FUNCTIONS_MAX ? byIdentity : Map.of());
        return functions.get(unit);
    }

    /** Where abstract instances and declarations lead. */
    private static Identity identity(EntryReference entry) throws MalformedException {
        EntryReference last = entry;
        for (int hops = 0; hops < HOPS_MAX; hops++) {
            if (!last.isInUnit()) {
                throw last.unit()
                        .entries()
                        .malformed("reference", last.offset(), "outside the unit", "an entry");
            }
            EntryCursor cursor = new EntryCursor(
                    last.file(),
                    last.unit(),
                    last.offset(),
                    FunctionNames.DW_AT_abstract_origin,
                    FunctionNames.DW_AT_specification);
            cursor.read();
            Optional<EntryReference> next = cursor.has(FunctionNames.DW_AT_specification)
                    ? cursor.reference(FunctionNames.DW_AT_specification)
                    : cursor.reference(FunctionNames.DW_AT_abstract_origin);
            if (next.isEmpty()) {
                break;
            }
            last = next.get();
        }
        return new Identity(last.file(), last.offset());
    }
}
