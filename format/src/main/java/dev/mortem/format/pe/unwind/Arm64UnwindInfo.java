package dev.mortem.format.pe.unwind;

import java.util.List;
import java.util.OptionalLong;

/**
 * How to unwind one ARM64 function, from either form of its data.
 *
 * @param functionBytes its size
 * @param prolog in the order of unwinding, the last instruction first, up to and with {@code END}; none
 *     behind an {@code END_CHAINED} is of this part of the function
 * @param prologInstructions how many of the codes stand for instructions at its start
 * @param epilogs by their start
 * @param handlerRva of the exception handler
 * @param handlerDataRva of what follows it: the handler's own
 */
public record Arm64UnwindInfo(
        long functionBytes,
        List<Arm64UnwindCode> prolog,
        int prologInstructions,
        List<Epilog> epilogs,
        OptionalLong handlerRva,
        OptionalLong handlerDataRva) {
    private static final int INSTRUCTION_BYTES = 4;

    public Arm64UnwindInfo {
        prolog = List.copyOf(prolog);
        epilogs = List.copyOf(epilogs);
    }

    /**
     * One epilog.
     *
     * @param start bytes from the function's start
     * @param codes one for each instruction, in their order, {@code END} for the return
     */
    public record Epilog(long start, List<Arm64UnwindCode> codes) {
        public Epilog {
            codes = List.copyOf(codes);
        }

        /** The bytes it takes. */
        public long sizeBytes() {
            return (long) INSTRUCTION_BYTES * instructions(codes);
        }

        boolean contains(long offset) {
            return offset >= start && offset - start < sizeBytes();
        }
    }

    /**
     * The codes that undo what was executed before an instruction: those of the prolog that were
     * reached, those of an epilog that were not yet, or all of the prolog in between.
     *
     * @param offset bytes from the function's start to the instruction that would come next
     */
    public List<Arm64UnwindCode> codesAt(long offset) {
        long done = offset / INSTRUCTION_BYTES;
        if (offset >= 0 && done < prologInstructions) {
            return prolog.subList(prologInstructions - (int) done, prolog.size());
        }
        for (Epilog epilog : epilogs) {
            if (epilog.contains(offset)) {
                int executed = (int) ((offset - epilog.start()) / INSTRUCTION_BYTES);
                return epilog.codes().subList(executed, epilog.codes().size());
            }
        }
        return prolog;
    }

    /** The codes before the first end, and in an epilog the return. */
    private static int instructions(List<Arm64UnwindCode> codes) {
        return prologLength(codes) + 1;
    }

    /** The codes before the first end: as many as there are instructions. */
    static int prologLength(List<Arm64UnwindCode> codes) {
        int count = 0;
        while (count < codes.size()
                && codes.get(count) != Arm64UnwindCode.Marker.END
                && codes.get(count) != Arm64UnwindCode.Marker.END_CHAINED) {
            count++;
        }
        return count;
    }
}
