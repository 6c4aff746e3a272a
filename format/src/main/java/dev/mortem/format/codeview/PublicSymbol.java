package dev.mortem.format.codeview;

import dev.mortem.base.bytes.MalformedException;

/**
 * PUBSYM32, S_PUB32 (microsoft-pdb, cvinfo.h): 4 pubsymflags u4, 8 off u4, 12 seg u2, 14 name.
 *
 * @param name decorated
 * @param code whether it is code: a function or a part of one
 */
public record PublicSymbol(String name, CodePlace place, boolean code) {
    public static final int OFFSET_AT = 8;
    public static final int SECTION_AT = 12;
    private static final int NAME_AT = 14;

    /** CV_PUBSYMFLAGS: cvpsfCode, cvpsfFunction. */
    private static final int CODE_OR_FUNCTION = 3;

    public static PublicSymbol read(SymbolRecord record) throws MalformedException {
        return new PublicSymbol(
                record.name(NAME_AT),
                CodePlace.read(record.bytes(), OFFSET_AT, SECTION_AT),
                (record.bytes().u4("pubsymflags", 4) & CODE_OR_FUNCTION) != 0);
    }
}
