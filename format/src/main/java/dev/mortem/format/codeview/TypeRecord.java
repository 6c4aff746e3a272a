package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A record of the TPI or IPI stream, as far as it has a name (microsoft-pdb, cvinfo.h: lf records): len
 * u2, which counts what follows it, leaf u2, then its leaf's fields. Offsets in bytes from its start.
 *
 * @param bytes the record from {@code len} on
 */
public record TypeRecord(int leaf, ByteSource bytes) {
    public static final int LF_CLASS = 0x1504;
    public static final int LF_STRUCTURE = 0x1505;
    public static final int LF_UNION = 0x1506;
    public static final int LF_ENUM = 0x1507;
    public static final int LF_INTERFACE = 0x1519;
    public static final int LF_FUNC_ID = 0x1601;
    public static final int LF_MFUNC_ID = 0x1602;
    public static final int LF_STRING_ID = 0x1605;

    /** Numbers below stand for themselves (cvinfo.h: LF_NUMERIC). */
    private static final int LF_NUMERIC = 0x8000;

    /** The name; empty of a leaf that has none. */
    public Optional<String> name() throws MalformedException {
        return switch (leaf) {
            // 4 count u2, 6 property u2, 8 field, 12 derived, 16 vshape: u4 each, 20 size, name
            case LF_CLASS, LF_STRUCTURE, LF_INTERFACE -> Optional.of(text(behindNumber(20)));
            // 4 count u2, 6 property u2, 8 field u4, 12 size, name
            case LF_UNION -> Optional.of(text(behindNumber(12)));
            // 4 count u2, 6 property u2, 8 utype, 12 field: u4 each, 16 name
            case LF_ENUM -> Optional.of(text(16));
            // 4 scopeId or parentType, 8 type: u4 each, 12 name
            case LF_FUNC_ID, LF_MFUNC_ID -> Optional.of(text(12));
            // 4 id u4, 8 name
            case LF_STRING_ID -> Optional.of(text(8));
            default -> Optional.empty();
        };
    }

    /** What a function stands in: of LF_FUNC_ID a record of the IPI stream; empty where it is none. */
    public OptionalLong scopeId() throws MalformedException {
        return leaf == LF_FUNC_ID ? nonZero(bytes.u4("scopeId", 4)) : OptionalLong.empty();
    }

    /** What a member function stands in: of LF_MFUNC_ID a record of the TPI stream. */
    public OptionalLong parentType() throws MalformedException {
        return leaf == LF_MFUNC_ID ? nonZero(bytes.u4("parentType", 4)) : OptionalLong.empty();
    }

    private static OptionalLong nonZero(long index) {
        return index == 0 ? OptionalLong.empty() : OptionalLong.of(index);
    }

    private String text(int offset) throws MalformedException {
        return bytes.cString("name", offset, 1 << 16);
    }

    /** A number is a u2, or the kind of one that follows. */
    private int behindNumber(int offset) throws MalformedException {
        int leafOrValue = bytes.u2("size", offset);
        if (leafOrValue < LF_NUMERIC) {
            return offset + 2;
        }
        int valueBytes = switch (leafOrValue) {
            case 0x8000 -> 1; // LF_CHAR
            case 0x8001, 0x8002 -> 2; // LF_SHORT, LF_USHORT
            case 0x8003, 0x8004 -> 4; // LF_LONG, LF_ULONG
            case 0x8009, 0x800a -> 8; // LF_QUADWORD, LF_UQUADWORD
            default ->
                throw bytes.malformed(
                        "size",
                        offset,
                        "0x" + Integer.toHexString(leafOrValue),
                        "a number of up to eight bytes");
        };
        return offset + 2 + valueBytes;
    }
}
