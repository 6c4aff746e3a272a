package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The calls that the code of one function makes, those of what was inlined there included (DWARF 5,
 * section 3.4; before version 5 the GNU extension DW_TAG_GNU_call_site).
 *
 * @param allTailCalls whether every tail call is among the sites (DW_AT_call_all_calls and its like)
 */
record FunctionCalls(boolean allTailCalls, List<Site> sites) {
    private static final int DW_TAG_call_site = 0x48;
    private static final int DW_TAG_GNU_call_site = 0x4109;
    private static final int DW_AT_low_pc = 0x11;
    private static final int DW_AT_call_all_calls = 0x7a;
    private static final int DW_AT_call_all_source_calls = 0x7b;
    private static final int DW_AT_call_all_tail_calls = 0x7c;
    private static final int DW_AT_call_return_pc = 0x7d;
    private static final int DW_AT_call_origin = 0x7f;
    private static final int DW_AT_call_pc = 0x81;
    private static final int DW_AT_call_tail_call = 0x82;
    private static final int DW_AT_GNU_tail_call = 0x2115;
    private static final int DW_AT_GNU_all_tail_call_sites = 0x2116;
    private static final int DW_AT_GNU_all_call_sites = 0x2117;
    private static final int DW_AT_GNU_all_source_call_sites = 0x2118;

    FunctionCalls {
        sites = List.copyOf(sites);
    }

    /**
     * @param svma behind the call, where it returns to; of a tail call that does not say that, its own
     * @param inside an svma of the call itself
     * @param tail whether it leaves the function, by a jump
     * @param callee the function called; empty for a call through a pointer
     * @param offset of the entry, in the function's .debug_info
     */
    record Site(
            long svma, long inside, boolean tail, Optional<EntryReference> callee, long offset) {}

    /** Reads the entry of a function with code, and what it owns. */
    static FunctionCalls read(EntryReference function, EntryBudget budget)
            throws MalformedException {
        EntryCursor entry = new EntryCursor(
                function.file(),
                function.unit(),
                function.offset(),
                DW_AT_low_pc,
                DW_AT_call_all_calls,
                DW_AT_call_all_source_calls,
                DW_AT_call_all_tail_calls,
                DW_AT_call_return_pc,
                DW_AT_call_origin,
                FunctionNames.DW_AT_abstract_origin,
                DW_AT_call_pc,
                DW_AT_call_tail_call,
                DW_AT_GNU_tail_call,
                DW_AT_GNU_all_tail_call_sites,
                DW_AT_GNU_all_call_sites,
                DW_AT_GNU_all_source_call_sites);
        List<Site> sites = new ArrayList<>();
        if (!entry.read()) {
            return new FunctionCalls(false, sites);
        }
        boolean all = entry.isSet(DW_AT_call_all_calls)
                || entry.isSet(DW_AT_call_all_source_calls)
                || entry.isSet(DW_AT_call_all_tail_calls)
                || entry.isSet(DW_AT_GNU_all_tail_call_sites)
                || entry.isSet(DW_AT_GNU_all_call_sites)
                || entry.isSet(DW_AT_GNU_all_source_call_sites);
        int depth = entry.hasChildren() ? 1 : 0;
        int foreignDepth =
                0; // of a function that stands inside, whose calls are its own; 0 outside
        while (depth > 0) { // every step passes bytes of the section
            budget.spend(entry);
            if (!entry.read()) {
                depth--;
                foreignDepth = depth < foreignDepth ? 0 : foreignDepth;
                continue;
            }
            if (foreignDepth == 0 && isCallSite(entry.tag())) {
                site(entry).ifPresent(sites::add);
            }
            if (entry.hasChildren()) {
                depth++;
                if (foreignDepth == 0 && entry.tag() == FunctionWalk.DW_TAG_subprogram) {
                    foreignDepth = depth;
                }
            }
        }
        return new FunctionCalls(all, sites);
    }

    private static boolean isCallSite(int tag) {
        return tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
    }

    private static Optional<Site> site(EntryCursor entry) throws MalformedException {
        boolean gnu = entry.tag() == DW_TAG_GNU_call_site;
        OptionalLong behind = entry.address(gnu ? DW_AT_low_pc : DW_AT_call_return_pc);
        OptionalLong own = entry.address(DW_AT_call_pc);
        if (behind.isEmpty() && own.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Site(
                behind.isPresent() ? behind.getAsLong() : own.getAsLong(),
                behind.isPresent() ? behind.getAsLong() - 1 : own.getAsLong(),
                entry.isSet(gnu ? DW_AT_GNU_tail_call : DW_AT_call_tail_call),
                entry.reference(gnu ? FunctionNames.DW_AT_abstract_origin : DW_AT_call_origin),
                entry.offset()));
    }
}
