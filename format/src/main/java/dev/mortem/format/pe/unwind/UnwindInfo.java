package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * UNWIND_INFO of x64, versions 1 and 2 ("x64 exception handling", "struct UNWIND_INFO"):
 *
 * <pre>
 * 0 Version: 3 bits, Flags: 5; 1 SizeOfProlog; 2 CountOfCodes; 3 FrameRegister: 4 bits, FrameOffset: 4
 * 4 UNWIND_CODE: 2 bytes each, an even number of them
 *   then the rva of a handler and its data, or a RUNTIME_FUNCTION
 * </pre>
 *
 * Version 2 has UWOP_EPILOG codes first, which Microsoft's page leaves out. Read here as the unwinder of
 * .NET does: each takes one slot; the first holds the size of every epilog and, in bit 0 of its
 * information, whether one is at the function's end; each further one holds the distance of another's
 * start from the end in 12 bits, and one of 0 is padding.
 *
 * @param flags UNW_FLAG_*
 * @param prologBytes size of the prolog
 * @param frameRegister as {@code Cpu.X86_64} numbers it; empty where sp is the frame
 * @param frameOffsetBytes what the frame register lies above sp
 * @param codes in the order of unwinding: the last instruction of the prolog first
 * @param epilogs of version 2; empty says nothing where the version is 1
 * @param handlerRva of the exception or termination handler
 * @param chained the function that this one continues
 */
public record UnwindInfo(
        int version,
        int flags,
        int prologBytes,
        OptionalInt frameRegister,
        int frameOffsetBytes,
        List<UnwindCode> codes,
        List<Epilog> epilogs,
        OptionalLong handlerRva,
        Optional<RuntimeFunction> chained) {
    public static final int FLAG_EXCEPTION_HANDLER = 1;
    public static final int FLAG_TERMINATION_HANDLER = 2;
    public static final int FLAG_CHAINED = 4;

    /** 255 codes, one for an even number, and a chained entry. */
    static final int SIZE_BYTES_MAX = 4 + 256 * 2 + RuntimeFunction.SIZE_BYTES;

    /** DWARF's numbers of rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi (psABI AMD64, figure 3.36). */
    private static final int[] DWARF = {0, 2, 1, 3, 7, 6, 4, 5};

    private static final int UWOP_EPILOG = 6;

    public UnwindInfo {
        codes = List.copyOf(codes);
        epilogs = List.copyOf(epilogs);
    }

    /**
     * One epilog.
     *
     * @param fromEndBytes its start, counted back from the function's end
     */
    public record Epilog(int fromEndBytes, int sizeBytes) {}

    /**
     * Reads one.
     *
     * @param info from its start on; more bytes may follow
     * @throws MalformedException where it is cut, or of another version, or a code is unknown
     */
    static UnwindInfo read(ByteSource info) throws MalformedException {
        int head = info.u1("Version", 0);
        int version = head & 7;
        if (version != 1 && version != 2) {
            throw info.malformed("Version", 0, String.valueOf(version), "1 or 2");
        }
        int flags = head >> 3;
        int count = info.u1("CountOfCodes", 2);
        int frame = info.u1("FrameRegister", 3);
        ByteSource slots = info.table("UNWIND_CODE", 4, count, 2);
        int epilogSlots = version == 2 ? epilogSlots(slots) : 0;
        long end = 4 + 2L * ((count + 1) & ~1);
        boolean isChained = (flags & FLAG_CHAINED) != 0;
        boolean hasHandler =
                (flags & (FLAG_EXCEPTION_HANDLER | FLAG_TERMINATION_HANDLER)) != 0 && !isChained;
        return new UnwindInfo(
                version,
                flags,
                info.u1("SizeOfProlog", 1),
                (frame & 15) == 0 ? OptionalInt.empty() : OptionalInt.of(register(frame & 15)),
                (frame >> 4) * 16,
                codes(slots, epilogSlots, version),
                epilogs(slots, epilogSlots),
                hasHandler
                        ? OptionalLong.of(info.u4("ExceptionHandler", end))
                        : OptionalLong.empty(),
                isChained
                        ? Optional.of(RuntimeFunction.read(
                                info.slice("RUNTIME_FUNCTION", end, RuntimeFunction.SIZE_BYTES)))
                        : Optional.empty());
    }

    private static int epilogSlots(ByteSource slots) throws MalformedException {
        int count = 0;
        while (2L * count < slots.sizeBytes()
                && (slots.u1("UnwindOp", 2L * count + 1) & 15) == UWOP_EPILOG) {
            count++;
        }
        return count;
    }

    private static List<Epilog> epilogs(ByteSource slots, int count) throws MalformedException {
        List<Epilog> epilogs = new ArrayList<>();
        if (count == 0) {
            return epilogs;
        }
        int sizeBytes = slots.u1("EpilogSize", 0);
        if ((slots.u1("EpilogFlags", 1) >> 4 & 1) != 0) {
            epilogs.add(new Epilog(sizeBytes, sizeBytes));
        }
        for (int slot = 1; slot < count; slot++) {
            int fromEnd = slots.u1("EpilogOffset", 2L * slot)
                    | (slots.u1("EpilogOffset", 2L * slot + 1) >> 4) << 8;
            if (fromEnd != 0) {
                epilogs.add(new Epilog(fromEnd, sizeBytes));
            }
        }
        return epilogs;
    }

    private static List<UnwindCode> codes(ByteSource slots, int first, int version)
            throws MalformedException {
        List<UnwindCode> codes = new ArrayList<>();
        long at = 2L * first;
        while (at < slots.sizeBytes()) {
            int operation = slots.u1("UnwindOp", at + 1) & 15;
            int information = slots.u1("OpInfo", at + 1) >> 4;
            int slotCount = slotCount(slots, at, operation, information, version);
            codes.add(code(slots.slice("UNWIND_CODE", at, 2L * slotCount), operation, information));
            at += 2L * slotCount;
        }
        return codes;
    }

    private static int slotCount(
            ByteSource slots, long at, int operation, int information, int version)
            throws MalformedException {
        boolean isKnown = switch (operation) {
            case 1, 10 -> information <= 1;
            case 0, 2, 3, 4, 5, 7, 8, 9 -> true;
            case UWOP_EPILOG -> version == 1;
            default -> false;
        };
        if (!isKnown) {
            throw slots.malformed(
                    "UnwindOp",
                    at,
                    "operation %d with %d in version %d".formatted(operation, information, version),
                    "an operation of versions 1 and 2");
        }
        return switch (operation) {
            case 1 -> 2 + information;
            case 4, UWOP_EPILOG, 8 -> 2;
            case 5, 7, 9 -> 3;
            default -> 1;
        };
    }

    private static UnwindCode code(ByteSource code, int operation, int information)
            throws MalformedException {
        int offset = code.u1("CodeOffset", 0);
        return switch (operation) {
            case 0 -> new UnwindCode.Push(offset, register(information));
            case 1 ->
                new UnwindCode.Allocate(
                        offset, information == 0 ? 8L * code.u2("size", 2) : code.u4("size", 2));
            case 2 -> new UnwindCode.Allocate(offset, 8L * information + 8);
            case 3 -> new UnwindCode.SetFrame(offset);
            case 4 -> new UnwindCode.Save(offset, register(information), 8L * code.u2("offset", 2));
            case 5 -> new UnwindCode.Save(offset, register(information), code.u4("offset", 2));
            case 8 -> new UnwindCode.SaveXmm(offset, information, 16L * code.u2("offset", 2));
            case 9 -> new UnwindCode.SaveXmm(offset, information, code.u4("offset", 2));
            case 10 -> new UnwindCode.PushMachineFrame(offset, information == 1);
            default -> new UnwindCode.Spare(offset);
        };
    }

    private static int register(int number) {
        return number < DWARF.length ? DWARF[number] : number;
    }
}
