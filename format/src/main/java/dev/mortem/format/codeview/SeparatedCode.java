package dev.mortem.format.codeview;

import dev.mortem.base.bytes.MalformedException;

/**
 * SEPCODESYM, S_SEPCODE (microsoft-pdb, cvinfo.h): 4 pParent, 8 pEnd, 12 length, 16 scf, 20 off, 24
 * offParent: u4 each; 28 sect, 30 sectParent: u2 each. A part of a function that was moved away from it:
 * an exception's handler, or what a profile calls cold.
 *
 * @param parent where the function begins that it is a part of
 */
public record SeparatedCode(CodePlace place, long sizeBytes, CodePlace parent) {
    public static final int SIZE_AT = 12;
    public static final int OFFSET_AT = 20;
    public static final int SECTION_AT = 28;
    private static final int PARENT_OFFSET_AT = 24;
    private static final int PARENT_SECTION_AT = 30;

    public static SeparatedCode read(SymbolRecord record) throws MalformedException {
        return new SeparatedCode(
                CodePlace.read(record.bytes(), OFFSET_AT, SECTION_AT),
                record.bytes().u4("length", SIZE_AT),
                CodePlace.read(record.bytes(), PARENT_OFFSET_AT, PARENT_SECTION_AT));
    }
}
