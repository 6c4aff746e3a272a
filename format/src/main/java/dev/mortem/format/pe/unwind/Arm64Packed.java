package dev.mortem.format.pe.unwind;

import dev.mortem.format.pe.unwind.Arm64UnwindCode.Marker;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.RegisterFile;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Save;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Packed unwind data ("ARM64 exception handling", "Packed unwind data"): Flag 2 bits, FunctionLength 11,
 * RegF 3, RegI 4, H 1, CR 2, FrameSize 9, from the lowest bit up.
 *
 * @param fragment flag 2: a part of a function, without the prolog and the epilog
 * @param functionBytes FunctionLength in bytes
 * @param regF 0, or d8 to d(8 + regF) are saved
 * @param regI x19 to x(18 + regI) are saved
 * @param homesParameters H: x0 to x7 are stored at the start
 * @param cr 0 lr is not saved, 1 it is, 2 a frame chain with a signed lr, 3 a frame chain
 * @param frameBytes FrameSize in bytes
 */
public record Arm64Packed(
        boolean fragment,
        int functionBytes,
        int regF,
        int regI,
        boolean homesParameters,
        int cr,
        int frameBytes) {
    private static final int LR = 30;
    private static final int CR_SAVED = 1;
    private static final int CR_SIGNED = 2;
    private static final int CR_CHAINED = 3;

    /** Most that stp can lower sp by. */
    private static final int STORE_BYTES_MAX = 512;

    /** Most that one sub of a multiple of 16 can lower sp by. */
    private static final int SUB_BYTES_MAX = 4080;

    static Arm64Packed of(int unwindData) {
        return new Arm64Packed(
                (unwindData & 3) == 2,
                4 * (unwindData >>> 2 & 0x7ff),
                unwindData >>> 13 & 7,
                unwindData >>> 16 & 0xf,
                (unwindData >>> 20 & 1) != 0,
                unwindData >>> 21 & 3,
                16 * (unwindData >>> 23 & 0x1ff));
    }

    /** The prolog that the fields stand for, and the epilog that mirrors it. */
    public Arm64UnwindInfo unwind() {
        List<Arm64UnwindCode> prolog = prolog();
        List<Arm64UnwindInfo.Epilog> epilogs = new ArrayList<>();
        if (!fragment) {
            List<Arm64UnwindCode> epilog = epilog(prolog);
            epilogs.add(new Arm64UnwindInfo.Epilog(functionBytes - 4L * epilog.size(), epilog));
        }
        return new Arm64UnwindInfo(
                functionBytes,
                prolog,
                fragment ? 0 : prolog.size() - 1,
                epilogs,
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    /** lr counts among the integers where no frame chain holds it. */
    private int integerBytes() {
        return 8 * regI + (cr == CR_SAVED ? 8 : 0);
    }

    private int floatRegisters() {
        return regF == 0 ? 0 : regF + 1;
    }

    /** The area of the saved registers, at the frame's upper end. */
    private int saveBytes() {
        int bytes = integerBytes() + 8 * floatRegisters() + (homesParameters ? 64 : 0);
        return (bytes + 15) & ~15;
    }

    /** From the last instruction to the first. */
    private List<Arm64UnwindCode> prolog() {
        List<Arm64UnwindCode> codes = new ArrayList<>();
        locals(codes);
        homing(codes);
        floats(codes);
        integers(codes);
        if (cr == CR_SIGNED) {
            codes.add(Marker.SIGN_RETURN_ADDRESS);
        }
        codes.add(Marker.END);
        return codes;
    }

    private void locals(List<Arm64UnwindCode> codes) {
        int localBytes = frameBytes - saveBytes();
        boolean chained = cr == CR_CHAINED || cr == CR_SIGNED;
        boolean byStore = chained && localBytes <= STORE_BYTES_MAX;
        if (chained) {
            codes.add(new Arm64UnwindCode.SetFrame());
            codes.add(new Save(RegisterFile.X, List.of(29, LR), byStore ? localBytes : 0, byStore));
        }
        if (localBytes > SUB_BYTES_MAX) {
            codes.add(new Arm64UnwindCode.Allocate(localBytes - SUB_BYTES_MAX));
            codes.add(new Arm64UnwindCode.Allocate(SUB_BYTES_MAX));
        } else if (!byStore && localBytes > 0) {
            codes.add(new Arm64UnwindCode.Allocate(localBytes));
        }
    }

    /** Four stores; where nothing was saved before, the first of them makes room. */
    private void homing(List<Arm64UnwindCode> codes) {
        if (homesParameters) {
            codes.add(Marker.NOP);
            codes.add(Marker.NOP);
            codes.add(Marker.NOP);
            boolean first = regI == 0 && regF == 0 && cr != CR_SAVED;
            codes.add(first ? new Arm64UnwindCode.Allocate(saveBytes()) : Marker.NOP);
        }
    }

    private void floats(List<Arm64UnwindCode> codes) {
        int count = floatRegisters();
        for (int pair = (count + 1) / 2 - 1; pair >= 0; pair--) {
            int register = 8 + 2 * pair;
            boolean single = 2 * pair + 1 == count;
            boolean first = pair == 0 && regI == 0 && cr != CR_SAVED;
            codes.add(new Save(
                    RegisterFile.D,
                    single ? List.of(register) : List.of(register, register + 1),
                    first ? saveBytes() : integerBytes() + 16 * pair,
                    first));
        }
    }

    private void integers(List<Arm64UnwindCode> codes) {
        if (cr == CR_SAVED && regI % 2 == 0) {
            boolean first = regI == 0;
            codes.add(new Save(
                    RegisterFile.X, List.of(LR), first ? saveBytes() : integerBytes() - 8, first));
        }
        for (int pair = (regI + 1) / 2 - 1; pair >= 0; pair--) {
            int register = 19 + 2 * pair;
            boolean single = 2 * pair + 1 == regI;
            if (single && cr == CR_SAVED) {
                codes.add(new Save(RegisterFile.X, List.of(register, LR), 16 * pair, false));
                if (pair == 0) { // no code lowers sp for this pair
                    codes.add(new Arm64UnwindCode.Allocate(saveBytes()));
                }
            } else {
                codes.add(new Save(
                        RegisterFile.X,
                        single ? List.of(register) : List.of(register, register + 1),
                        pair == 0 ? saveBytes() : 16 * pair,
                        pair == 0));
            }
        }
    }

    /** It neither sets the frame pointer nor stores parameters. */
    private static List<Arm64UnwindCode> epilog(List<Arm64UnwindCode> prolog) {
        return prolog.stream()
                .filter(code -> code != Marker.NOP && !(code instanceof Arm64UnwindCode.SetFrame))
                .toList();
    }
}
