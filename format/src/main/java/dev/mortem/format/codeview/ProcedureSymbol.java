package dev.mortem.format.codeview;

import dev.mortem.base.bytes.MalformedException;

/**
 * PROCSYM32, S_GPROC32 and its kin (microsoft-pdb, cvinfo.h): 4 pParent, 8 pEnd, 12 pNext, 16 len, 20
 * DbgStart, 24 DbgEnd, 28 typind, 32 off: u4 each; 36 seg u2, 38 flags u1, 39 name.
 *
 * @param name undecorated: "shop::Cart::checkout"
 * @param sizeBytes of its code
 * @param endOffset pEnd: where the record stands that ends it, in the module's stream
 */
public record ProcedureSymbol(String name, CodePlace place, long sizeBytes, long endOffset) {
    public static final int END_AT = 8;
    public static final int SIZE_AT = 16;
    public static final int OFFSET_AT = 32;
    public static final int SECTION_AT = 36;
    private static final int NAME_AT = 39;

    public static ProcedureSymbol read(SymbolRecord record) throws MalformedException {
        return new ProcedureSymbol(
                record.name(NAME_AT),
                CodePlace.read(record.bytes(), OFFSET_AT, SECTION_AT),
                record.bytes().u4("len", SIZE_AT),
                record.bytes().u4("pEnd", END_AT));
    }
}
