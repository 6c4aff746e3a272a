package dev.mortem.dump.minidump;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The records that an EXCEPTION_RECORD points to: what was being handled when it was raised (winnt.h).
 *
 * <pre>
 * 64  32
 *  0   0  ExceptionCode, ExceptionFlags: 4 bytes each
 *  8   8  ExceptionRecord: pointer
 * 16  12  ExceptionAddress: pointer
 * 24  16  NumberParameters: 4 bytes
 * 32  20  ExceptionInformation: 15 pointers
 * </pre>
 */
final class NestedExceptions {
    static final Limit DEPTH = new Limit(
            "exceptions in exceptions",
            16,
            "entries",
            "two or three are seen; records in memory may point at one another");

    private NestedExceptions() {}

    /** From the one at the address inwards, as far as the dump has them. */
    static List<ExceptionRecord> read(long address, MemoryReader memory, Limits limits) {
        List<ExceptionRecord> records = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        long at = address;
        while (at != 0 && seen.add(at) && records.size() < limits.max(DEPTH)) {
            boolean wide = memory.machine().pointerSizeBytes() == 8;
            OptionalLong code = memory.u4(at);
            OptionalLong flags = memory.u4(at + 4);
            OptionalLong next = memory.pointer(at + 8);
            OptionalLong place = memory.pointer(at + (wide ? 16 : 12));
            OptionalLong count = memory.u4(at + (wide ? 24 : 16));
            boolean sound = code.isPresent()
                    && flags.isPresent()
                    && next.isPresent()
                    && place.isPresent()
                    && count.isPresent()
                    && count.getAsLong() <= ExceptionRecord.PARAMETERS_MAX;
            if (!sound) {
                break;
            }
            records.add(new ExceptionRecord(
                    code.getAsLong(),
                    flags.getAsLong(),
                    place.getAsLong(),
                    parameters(at + (wide ? 32 : 20), (int) count.getAsLong(), memory)));
            at = next.getAsLong();
        }
        return records;
    }

    private static List<Long> parameters(long address, int count, MemoryReader memory) {
        List<Long> parameters = new ArrayList<>();
        int pointer = memory.machine().pointerSizeBytes();
        for (int index = 0; index < count; index++) {
            OptionalLong parameter = memory.pointer(address + (long) index * pointer);
            if (parameter.isEmpty()) {
                break;
            }
            parameters.add(parameter.getAsLong());
        }
        return parameters;
    }
}
