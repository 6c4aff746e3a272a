package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The functions of an ARM64 image ("ARM64 exception handling"). A function without an entry is a leaf: lr
 * holds its caller. Immutable, safe for any thread while the image's bytes are open.
 */
public final class Arm64FunctionTable {
    /** The extended header, 65,535 scopes, 255 words of codes, a handler. */
    private static final int XDATA_BYTES_MAX = 8 + 4 * 65_535 + 4 * 255 + 4;

    private static final int INSTRUCTION_BYTES = 4;

    private final PeImage image;
    private final FunctionIndex index;

    private Arm64FunctionTable(PeImage image, FunctionIndex index) {
        this.image = image;
        this.index = index;
    }

    /** The table; empty where the image is not for ARM64 or has none. */
    public static Optional<Arm64FunctionTable> read(PeImage image, Diagnostics diagnostics)
            throws MalformedException {
        if (image.header().machine() != PeHeader.MACHINE_ARM64) {
            return Optional.empty();
        }
        return FunctionIndex.read(image, Arm64Function.SIZE_BYTES, diagnostics)
                .map(index -> new Arm64FunctionTable(image, index));
    }

    public long count() {
        return index.count();
    }

    public Arm64Function get(long position) throws MalformedException {
        return Arm64Function.read(index.entry(position));
    }

    /**
     * The entry whose function an rva lies in.
     *
     * @throws MalformedException where the size of the one below cannot be read
     */
    public Optional<Arm64Function> find(long rva) throws MalformedException {
        OptionalLong found = index.atOrBelow(rva);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Arm64Function function = get(found.getAsLong());
        return rva - function.beginRva() < functionBytes(function)
                ? Optional.of(function)
                : Optional.empty();
    }

    /** How to unwind a function; throws where its data is broken or absent. */
    public Arm64UnwindInfo unwind(Arm64Function function) throws MalformedException {
        return switch (function.flag()) {
            case 0 ->
                xdata(
                        image.view(".xdata", function.xdataRva(), XDATA_BYTES_MAX),
                        function.xdataRva());
            case 1, 2 -> Arm64Packed.of(function.unwindData()).unwind();
            default -> throw reserved(function);
        };
    }

    private long functionBytes(Arm64Function function) throws MalformedException {
        return switch (function.flag()) {
            case 0 -> {
                ByteSource head = image.view(".xdata", function.xdataRva(), 4);
                yield INSTRUCTION_BYTES * (head.u4("FunctionLength", 0) & 0x3_ffff);
            }
            case 1, 2 -> Arm64Packed.of(function.unwindData()).functionBytes();
            default -> throw reserved(function);
        };
    }

    private MalformedException reserved(Arm64Function function) {
        return image.view(".pdata", function.beginRva(), 0).malformed("Flag", 0, "3", "0, 1 or 2");
    }

    /**
     * An .xdata record: FunctionLength 18 bits, Vers 2, X 1, E 1, EpilogCount 5, CodeWords 5; where both
     * last are 0, a second word of 16 and 8 bits of them. Then the scopes unless E is set, the codes and
     * the handler if X is.
     */
    static Arm64UnwindInfo xdata(ByteSource record, long rva) throws MalformedException {
        int head = record.s4("FunctionLength", 0);
        int version = head >>> 18 & 3;
        if (version != 0) {
            throw record.malformed("Vers", 0, String.valueOf(version), "0");
        }
        boolean isPacked = (head >>> 21 & 1) != 0;
        int epilogCount = head >>> 22 & 0x1f;
        int codeWords = head >>> 27 & 0x1f;
        long at = 4;
        if (epilogCount == 0 && codeWords == 0) {
            int extension = record.s4("ExtendedEpilogCount", at);
            epilogCount = extension & 0xffff;
            codeWords = extension >>> 16 & 0xff;
            at += 4;
        }
        long functionBytes = (long) INSTRUCTION_BYTES * (head & 0x3_ffff);
        ByteSource scopes = record.table("epilog scopes", at, isPacked ? 0 : epilogCount, 4);
        at += scopes.sizeBytes();
        ByteSource codes = record.table("unwind codes", at, codeWords, 4);
        at += codes.sizeBytes();
        List<Arm64UnwindCode> prolog = Arm64Codes.decode(codes, 0);
        boolean hasHandler = (head >>> 20 & 1) != 0;
        return new Arm64UnwindInfo(
                functionBytes,
                prolog,
                Arm64UnwindInfo.prologLength(prolog),
                isPacked
                        ? List.of(atEnd(functionBytes, Arm64Codes.decode(codes, epilogCount)))
                        : epilogs(scopes, codes),
                hasHandler ? OptionalLong.of(record.u4("handler", at)) : OptionalLong.empty(),
                hasHandler ? OptionalLong.of(rva + at + 4) : OptionalLong.empty());
    }

    private static Arm64UnwindInfo.Epilog atEnd(long functionBytes, List<Arm64UnwindCode> codes) {
        long sizeBytes = new Arm64UnwindInfo.Epilog(0, codes).sizeBytes();
        return new Arm64UnwindInfo.Epilog(functionBytes - sizeBytes, codes);
    }

    /** Each scope: start in instructions 18 bits, reserved 4, index of its first code 10. */
    private static List<Arm64UnwindInfo.Epilog> epilogs(ByteSource scopes, ByteSource codes)
            throws MalformedException {
        List<Arm64UnwindInfo.Epilog> epilogs = new ArrayList<>();
        Map<Integer, List<Arm64UnwindCode>> decoded = new HashMap<>();
        for (long at = 0; at < scopes.sizeBytes(); at += 4) {
            int scope = scopes.s4("epilog scope", at);
            int first = scope >>> 22;
            if (!decoded.containsKey(first)) {
                decoded.put(first, Arm64Codes.decode(codes, first));
            }
            long start = (long) INSTRUCTION_BYTES * (scope & 0x3_ffff);
            epilogs.add(new Arm64UnwindInfo.Epilog(start, decoded.getOrDefault(first, List.of())));
        }
        epilogs.sort(Comparator.comparingLong(Arm64UnwindInfo.Epilog::start));
        return epilogs;
    }
}
