package dev.mortem.format.dwarf.function;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfUnit;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the expressions of one function refer to. Immutable, safe for any thread.
 *
 * @param base DW_AT_frame_base (DWARF 5, section 3.3.5): what the places of its variables count from
 */
public record FunctionFrame(Optional<DwarfExpression> base, DwarfUnit unit) {
    /** What .debug_addr has at that index; empty where the file has no such section. */
    public OptionalLong indexed(long index) throws MalformedException {
        return unit.sections().get(DwarfSection.ADDR).isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(unit.forms().addressByIndex(index, unit.addrBase()));
    }
}
