package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The namespaces, classes and functions around a C++ entry: the entries that own it (DWARF 5, section
 * 2.3). Only entries of functions that no other unit knows are asked for: of the others the linkage name
 * tells.
 *
 * <p>An entry does not say who owns it, so its unit is read up to it; what DW_AT_sibling leads past is
 * not read. Belongs to one thread.
 */
final class EnclosingScopes {
    private static final int DW_TAG_class_type = 0x02;
    private static final int DW_TAG_structure_type = 0x13;
    private static final int DW_TAG_union_type = 0x17;
    private static final int DW_TAG_namespace = 0x39;

    /** Blocks in blocks: compilers end at some hundreds. */
    private static final int DEPTH_MAX = 4_096;

    /** Local classes in functions of local classes. */
    private static final int FUNCTIONS_MAX = 16;

    /** A closure's first members are its constructors and its operator(). */
    private static final int MEMBERS_MAX = 64;

    private static final String ANONYMOUS_NAMESPACE = "(anonymous namespace)";
    private static final String LAMBDA = "{lambda}";
    private static final String UNNAMED_TYPE = "{unnamed type}";

    private record Owner(long offset, int tag) {
        boolean isFunction() {
            return tag == FunctionWalk.DW_TAG_subprogram
                    || tag == FunctionWalk.DW_TAG_inlined_subroutine;
        }
    }

    /** Answers that are kept: a few names each. */
    private static final int KEPT_MAX = 8_192;

    private record Key(UnitFile file, long offset) {}

    private final EntryBudget budget;
    private final Map<Key, Optional<String>> known = new LinkedHashMap<>(16, 0.75f, true);

    EnclosingScopes(EntryBudget budget) {
        this.budget = budget;
    }

    /** As C++ writes them, "shop::(anonymous namespace)::Cart"; empty for an entry of the unit's own. */
    Optional<String> around(EntryReference entry) throws MalformedException {
        Key key = new Key(entry.file(), entry.offset());
        Optional<String> found = known.get(key);
        if (found == null) {
            List<String> names = around(entry, 0);
            found = names.isEmpty() ? Optional.empty() : Optional.of(String.join("::", names));
            known.put(key, found);
            if (known.size() > KEPT_MAX) {
                var oldest = known.entrySet().iterator();
                oldest.next();
                oldest.remove();
            }
        }
        return found;
    }

    private List<String> around(EntryReference entry, int functions) throws MalformedException {
        List<Owner> owners = owners(entry);
        int innermost = owners.size() - 1;
        while (innermost >= 0 && !owners.get(innermost).isFunction()) {
            innermost--;
        }
        List<String> names = new ArrayList<>();
        if (innermost >= 0) {
            if (functions == FUNCTIONS_MAX) {
                return List.of();
            }
            // what stands around its declaration is what counts, not what it was inlined into
            FunctionNames function = FunctionNames.read(at(entry, owners.get(innermost)));
            names.addAll(around(function.declaration(), functions + 1));
            function.name().ifPresent(names::add);
        }
        for (Owner owner : owners.subList(innermost + 1, owners.size())) {
            switch (owner.tag()) {
                case DW_TAG_namespace ->
                    names.add(name(at(entry, owner)).orElse(ANONYMOUS_NAMESPACE));
                case DW_TAG_class_type, DW_TAG_structure_type, DW_TAG_union_type ->
                    names.add(typeName(at(entry, owner)));
                default -> {} // a block has no name
            }
        }
        return names;
    }

    private static EntryReference at(EntryReference entry, Owner owner) {
        return new EntryReference(entry.file(), entry.unit(), owner.offset());
    }

    private static Optional<String> name(EntryReference at) throws MalformedException {
        EntryCursor entry =
                new EntryCursor(at.file(), at.unit(), at.offset(), EntryCursor.DW_AT_name);
        entry.read();
        return entry.text(EntryCursor.DW_AT_name);
    }

    /** A closure has no name; GCC calls its constructors "&lt;lambda&gt;". */
    private static String typeName(EntryReference at) throws MalformedException {
        EntryCursor entry = new EntryCursor(
                at.file(),
                at.unit(),
                at.offset(),
                EntryCursor.DW_AT_name,
                EntryCursor.DW_AT_sibling);
        entry.read();
        Optional<String> name = entry.text(EntryCursor.DW_AT_name);
        if (name.isPresent()) {
            return name.get().startsWith("<lambda") ? LAMBDA : name.get();
        }
        int depth = entry.hasChildren() ? 1 : 0;
        for (int members = 0; depth > 0 && members < MEMBERS_MAX; members++) {
            if (!entry.read()) {
                depth--;
                continue;
            }
            boolean closure = depth == 1
                    && entry.text(EntryCursor.DW_AT_name)
                            .filter(member -> member.startsWith("<lambda"))
                            .isPresent();
            if (closure) {
                return LAMBDA;
            }
            depth += entry.hasChildren() ? 1 : 0;
        }
        return UNNAMED_TYPE;
    }

    /** Outermost first, without the unit's own entry. */
    private List<Owner> owners(EntryReference wanted) throws MalformedException {
        List<Owner> open = new ArrayList<>();
        EntryCursor entry = new EntryCursor(
                wanted.file(),
                wanted.unit(),
                wanted.unit().header().dieOffset(),
                EntryCursor.DW_AT_sibling);
        while (!entry.atEnd() && entry.position() <= wanted.offset()) {
            budget.spend(entry);
            if (!entry.read()) {
                if (open.isEmpty()) {
                    break; // padding
                }
                open.removeLast();
                continue;
            }
            if (entry.offset() == wanted.offset()) {
                return open.isEmpty() ? List.of() : List.copyOf(open.subList(1, open.size()));
            }
            if (!entry.hasChildren()) {
                continue;
            }
            long sibling = entry.reference(EntryCursor.DW_AT_sibling)
                    .map(EntryReference::offset)
                    .orElse(0L);
            if (sibling > entry.position() && sibling <= wanted.offset()) {
                entry.moveTo(sibling);
            } else if (open.size() == DEPTH_MAX) {
                break;
            } else {
                open.add(new Owner(entry.offset(), entry.tag()));
            }
        }
        return List.of();
    }
}
