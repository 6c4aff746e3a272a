package dev.mortem.format.codeview;

import dev.mortem.base.bytes.MalformedException;

/**
 * LABELSYM32, S_LABEL32 (microsoft-pdb, cvinfo.h): 4 off u4, 8 seg u2, 10 flags u1, 11 name. A place in
 * code that has a name: in assembler the only one that a function may have.
 */
public record LabelSymbol(String name, CodePlace place) {
    public static final int OFFSET_AT = 4;
    public static final int SECTION_AT = 8;
    private static final int NAME_AT = 11;

    public static LabelSymbol read(SymbolRecord record) throws MalformedException {
        return new LabelSymbol(
                record.name(NAME_AT), CodePlace.read(record.bytes(), OFFSET_AT, SECTION_AT));
    }
}
