package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.info.DwarfUnit;
import dev.mortem.format.dwarf.info.ReadBudget;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads what the entry of one function says of its first parameter and of what its calls hand over
 * (DWARF 5, sections 3.4.2 and 4.1; before version 5 DW_TAG_GNU_call_site_parameter). Belongs to one
 * question.
 */
final class ParameterReader {
    private static final int DW_TAG_formal_parameter = 0x05;
    private static final int DW_TAG_call_site_parameter = 0x49;
    private static final int DW_TAG_GNU_call_site_parameter = 0x410a;
    private static final int DW_AT_location = 0x02;
    private static final int DW_AT_frame_base = 0x40;
    private static final int DW_AT_call_value = 0x7e;
    private static final int DW_AT_GNU_call_site_value = 0x2111;

    /** More than any CPU has registers for. */
    private static final int ARGUMENTS_MAX = 64;

    private final EntryReference function;
    private final EntryBudget budget;
    private final ReadBudget lists;

    ParameterReader(EntryReference function, EntryBudget budget, Limits limits) {
        this.function = function;
        this.budget = budget;
        this.lists = ReadBudget.ofUnit(limits);
    }

    /** The first parameter's place at the svma; empty where it has none there. */
    Optional<FirstParameter> first(long svma) throws MalformedException {
        EntryCursor entry = cursor(
                function, DW_AT_location, DW_AT_frame_base, FunctionNames.DW_AT_abstract_origin);
        if (!entry.read() || !entry.hasChildren()) {
            return Optional.empty();
        }
        FunctionFrame frame = frame(entry, svma);
        Optional<EntryReference> origin = entry.reference(FunctionNames.DW_AT_abstract_origin);
        if (!toFirstParameter(entry)) {
            return Optional.empty();
        }
        // A copy of the function that a compiler specialised may have lost its first parameters.
        if (origin.isPresent() && !isFirst(entry, origin.get())) {
            return Optional.empty();
        }
        return entry.location(DW_AT_location, svma, lists)
                .map(location -> new FirstParameter(expression(location), frame));
    }

    /** Whether the parameter is that of the function which this one is a copy of. */
    private boolean isFirst(EntryCursor parameter, EntryReference origin)
            throws MalformedException {
        Optional<EntryReference> own = parameter.reference(FunctionNames.DW_AT_abstract_origin);
        if (!origin.isInUnit()) {
            return false;
        }
        EntryCursor entry = cursor(origin, DW_AT_location);
        return own.isPresent()
                && entry.read()
                && entry.hasChildren()
                && toFirstParameter(entry)
                && entry.file() == own.get().file()
                && entry.offset() == own.get().offset();
    }

    /** Goes on to the first parameter among the children, past what else there is. */
    private boolean toFirstParameter(EntryCursor entry) throws MalformedException {
        int depth = 1;
        while (depth > 0) { // every step passes bytes of the section
            budget.spend(entry);
            if (!entry.read()) {
                depth--;
                continue;
            }
            if (depth == 1 && entry.tag() == DW_TAG_formal_parameter) {
                return true;
            }
            depth += entry.hasChildren() ? 1 : 0;
        }
        return false;
    }

    /** What the call that returns to the svma hands over; empty where no call is there, or several. */
    Optional<CallArguments> handedOver(long returnSvma) throws MalformedException {
        EntryCursor entry = cursor(function, DW_AT_frame_base);
        if (!entry.read()) {
            return Optional.empty();
        }
        FunctionFrame frame = frame(entry, returnSvma - 1);
        List<FunctionCalls.Site> sites = FunctionCalls.read(function, budget).sites().stream()
                .filter(site -> site.svma() == returnSvma && !site.tail())
                .toList();
        return sites.size() == 1
                ? Optional.of(new CallArguments(arguments(sites.getFirst()), frame))
                : Optional.empty();
    }

    private List<CallArguments.Argument> arguments(FunctionCalls.Site site)
            throws MalformedException {
        List<CallArguments.Argument> arguments = new ArrayList<>();
        EntryCursor entry = new EntryCursor(
                function.file(),
                function.unit(),
                site.offset(),
                DW_AT_location,
                DW_AT_call_value,
                DW_AT_GNU_call_site_value);
        if (!entry.read() || !entry.hasChildren()) {
            return arguments;
        }
        int depth = 1;
        while (depth > 0 && arguments.size() < ARGUMENTS_MAX) { // passes bytes of the section
            budget.spend(entry);
            if (!entry.read()) {
                depth--;
                continue;
            }
            if (depth == 1 && isParameter(entry.tag())) {
                argument(entry).ifPresent(arguments::add);
            }
            depth += entry.hasChildren() ? 1 : 0;
        }
        return arguments;
    }

    private static boolean isParameter(int tag) {
        return tag == DW_TAG_call_site_parameter || tag == DW_TAG_GNU_call_site_parameter;
    }

    /** One that is handed over in a register. */
    private Optional<CallArguments.Argument> argument(EntryCursor entry) throws MalformedException {
        Optional<ByteSource> where = entry.block(DW_AT_location);
        Optional<ByteSource> value = entry.has(DW_AT_call_value)
                ? entry.block(DW_AT_call_value)
                : entry.block(DW_AT_GNU_call_site_value);
        if (where.isEmpty() || value.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong register = expression(where.get()).register();
        return register.isPresent()
                ? Optional.of(
                        new CallArguments.Argument(register.getAsLong(), expression(value.get())))
                : Optional.empty();
    }

    private FunctionFrame frame(EntryCursor entry, long svma) throws MalformedException {
        return new FunctionFrame(
                entry.location(DW_AT_frame_base, svma, lists).map(this::expression),
                function.unit());
    }

    private EntryCursor cursor(EntryReference at, int... wanted) throws MalformedException {
        return new EntryCursor(at.file(), at.unit(), at.offset(), wanted);
    }

    private DwarfExpression expression(ByteSource bytes) {
        DwarfUnit unit = function.unit();
        return new DwarfExpression(bytes, unit.header().addressSizeBytes());
    }
}
