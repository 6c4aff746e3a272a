package dev.mortem.format.codeview;

import dev.mortem.base.bytes.MalformedException;

/**
 * THUNKSYM32, S_THUNK32 (microsoft-pdb, cvinfo.h): 4 pParent, 8 pEnd, 12 pNext, 16 off: u4 each; 20 seg
 * u2, 22 len u2, 24 ord u1, 25 name. A jump to a function, such as one of another module.
 *
 * @param sizeBytes of its code
 */
public record ThunkSymbol(String name, CodePlace place, int sizeBytes) {
    public static final int OFFSET_AT = 16;
    public static final int SECTION_AT = 20;
    public static final int SIZE_AT = 22;
    private static final int NAME_AT = 25;

    public static ThunkSymbol read(SymbolRecord record) throws MalformedException {
        return new ThunkSymbol(
                record.name(NAME_AT),
                CodePlace.read(record.bytes(), OFFSET_AT, SECTION_AT),
                record.bytes().u2("len", SIZE_AT));
    }
}
