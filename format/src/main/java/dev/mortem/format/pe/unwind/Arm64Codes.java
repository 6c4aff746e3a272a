package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Marker;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.RegisterFile;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Save;

import java.util.ArrayList;
import java.util.List;

/** Decodes the bytes of unwind codes ("ARM64 exception handling", "Unwind codes"). */
final class Arm64Codes {
    private static final int FP = 29;
    private static final int LR = 30;
    private static final int SAVE_NEXT = 0xe6;

    /** Above x28 and d15 no register is a callee's to save: a save_next that gets there says nothing. */
    private static final int X_LAST = 28;

    private static final int D_LAST = 15;

    private final ByteSource bytes;
    private final List<Arm64UnwindCode> codes = new ArrayList<>();
    private int pendingNexts;
    private long at;

    private Arm64Codes(ByteSource bytes, long first) {
        this.bytes = bytes;
        this.at = first;
    }

    /**
     * The codes from one on, up to and with the end.
     *
     * @throws MalformedException where there is no end, or a code is reserved
     */
    static List<Arm64UnwindCode> decode(ByteSource bytes, long first) throws MalformedException {
        Arm64Codes reading = new Arm64Codes(bytes, first);
        while (reading.codes.isEmpty() || reading.codes.getLast() != Marker.END) {
            reading.next();
        }
        return List.copyOf(reading.codes);
    }

    private void next() throws MalformedException {
        int code = bytes.u1("unwind code", at);
        if (code == SAVE_NEXT) {
            pendingNexts++;
            at++;
            return;
        }
        Arm64UnwindCode decoded = code < 0xc0 ? decodeByte(code) : decodeLong(code);
        if (pendingNexts > 0) {
            saveNexts(decoded);
        }
        codes.add(decoded);
    }

    /** The pairs above the one that these stand before, the highest first. */
    private void saveNexts(Arm64UnwindCode below) throws MalformedException {
        if (!(below instanceof Save save)
                || save.registers().getLast() != save.registers().getFirst() + 1) {
            throw refused("save_next before " + below, "a save of a pair below it");
        }
        int last = save.file() == RegisterFile.X ? X_LAST : D_LAST;
        int first = save.registers().getFirst();
        int base = save.preIndexed() ? 0 : save.bytes();
        if (first + 2 * pendingNexts + 1 > last) {
            throw refused("save_next beyond register " + last, "registers of a callee");
        }
        int step = save.file() == RegisterFile.Q ? 32 : 16;
        for (int above = pendingNexts; above > 0; above--) {
            int register = first + 2 * above;
            codes.add(new Save(
                    save.file(), List.of(register, register + 1), base + step * above, false));
        }
        pendingNexts = 0;
    }

    private Arm64UnwindCode decodeByte(int code) {
        at++;
        int low5 = code & 0x1f;
        int low6 = code & 0x3f;
        return switch (code >> 5) {
            case 0 -> new Arm64UnwindCode.Allocate(16L * low5); // alloc_s
            case 1 -> new Save(RegisterFile.X, List.of(19, 20), 8 * low5, true); // save_r19r20_x
            case 2, 3 -> new Save(RegisterFile.X, List.of(FP, LR), 8 * low6, false); // save_fplr
            default -> new Save(RegisterFile.X, List.of(FP, LR), 8 * (low6 + 1), true);
        };
    }

    private Arm64UnwindCode decodeLong(int code) throws MalformedException {
        if (code >= 0xe0) {
            return decodeSpecial(code);
        }
        int both = code << 8 | bytes.u1("unwind code", at + 1);
        at += 2;
        int register = both >> 6 & 0xf;
        int offset = 8 * (both & 0x3f);
        int before = offset + 8;
        if (code <= 0xc7) {
            return new Arm64UnwindCode.Allocate(16L * (both & 0x7ff)); // alloc_m
        }
        if (code <= 0xd3) {
            int x = 19 + register;
            return switch (code >> 2) {
                case 0x32 -> new Save(RegisterFile.X, List.of(x, x + 1), offset, false);
                case 0x33 -> new Save(RegisterFile.X, List.of(x, x + 1), before, true);
                default -> new Save(RegisterFile.X, List.of(x), offset, false);
            };
        }
        int d = 8 + (register & 7);
        return switch (code) {
            case 0xd4, 0xd5 -> // save_reg_x has five bits of offset, and four of register above
                new Save(
                        RegisterFile.X,
                        List.of(19 + (both >> 5 & 0xf)),
                        8 * (both & 0x1f) + 8,
                        true);
            case 0xd6, 0xd7 -> // save_lrpair
                new Save(RegisterFile.X, List.of(19 + 2 * (register & 7), LR), offset, false);
            case 0xd8, 0xd9 -> new Save(RegisterFile.D, List.of(d, d + 1), offset, false);
            case 0xda, 0xdb -> new Save(RegisterFile.D, List.of(d, d + 1), before, true);
            case 0xdc, 0xdd -> new Save(RegisterFile.D, List.of(d), offset, false);
            case 0xde ->
                new Save(RegisterFile.D, List.of(8 + (both >> 5 & 7)), 8 * (both & 0x1f) + 8, true);
            default -> new Arm64UnwindCode.AllocateVectors(both & 0xff); // alloc_z
        };
    }

    private Arm64UnwindCode decodeSpecial(int code) throws MalformedException {
        Arm64UnwindCode decoded = switch (code) {
            case 0xe0 -> // alloc_l: the only number with its highest byte first
                new Arm64UnwindCode.Allocate(16L
                        * (bytes.u1("size", at + 1) << 16
                                | bytes.u1("size", at + 2) << 8
                                | bytes.u1("size", at + 3)));
            case 0xe1 -> new Arm64UnwindCode.SetFrame();
            case 0xe2 -> new Arm64UnwindCode.AddFrame(8 * bytes.u1("offset", at + 1));
            case 0xe3 -> Marker.NOP;
            case 0xe4 -> Marker.END;
            case 0xe5 -> Marker.END_CHAINED;
            case 0xe7 -> saveAny(bytes.u1("register", at + 1), bytes.u1("offset", at + 2));
            case 0xe8 -> Marker.TRAP_FRAME;
            case 0xe9 -> Marker.MACHINE_FRAME;
            case 0xea -> Marker.CONTEXT;
            case 0xeb -> Marker.EC_CONTEXT;
            case 0xec -> Marker.CLEAR_UNWOUND_TO_CALL;
            case 0xfc -> Marker.SIGN_RETURN_ADDRESS;
            default -> throw refused("0x" + Integer.toHexString(code), "a code that is in use");
        };
        at += switch (code) {
            case 0xe0 -> 4;
            case 0xe2 -> 2;
            case 0xe7 -> 3;
            default -> 1;
        };
        return decoded;
    }

    /** save_any_xreg, _dreg, _qreg: 0pxrrrrr, then two bits of kind and six of offset. */
    private Arm64UnwindCode saveAny(int first, int second) throws MalformedException {
        boolean pair = (first & 0x40) != 0;
        boolean preIndexed = (first & 0x20) != 0;
        int register = first & 0x1f;
        int kind = second >> 6;
        if ((first & 0x80) != 0) {
            throw refused("save_any with bit 7", "a code that is in use");
        }
        if (kind == 3) {
            int slot = (first >> 5 & 3) << 6 | (second & 0x3f);
            boolean predicate = (first & 0x10) != 0;
            return new Arm64UnwindCode.SaveScalable(predicate, first & 0xf, slot);
        }
        if (pair && register == 31) {
            throw refused("save_any of register 31 and the next", "a register and the next");
        }
        int unit = preIndexed || pair || kind == 2 ? 16 : 8;
        int offset = unit * ((second & 0x3f) + (preIndexed ? 1 : 0));
        return new Save(
                kind == 0 ? RegisterFile.X : kind == 1 ? RegisterFile.D : RegisterFile.Q,
                pair ? List.of(register, register + 1) : List.of(register),
                offset,
                preIndexed);
    }

    private MalformedException refused(String found, String allowed) {
        return bytes.malformed("unwind code", at, found, allowed);
    }
}
