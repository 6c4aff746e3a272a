package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * INLINESITESYM, S_INLINESITE, and S_INLINESITE2 (microsoft-pdb, cvinfo.h): 4 pParent, 8 pEnd, 12
 * inlinee: u4 each; of the second 16 invocations u4; then binary annotations up to the record's end.
 *
 * @param inlinee the function's id in the IPI stream
 * @param endOffset pEnd: where the record stands that ends it, in the module's stream
 * @param annotations see {@link BinaryAnnotations}
 */
public record InlineSite(long inlinee, long endOffset, ByteSource annotations) {
    public static InlineSite read(SymbolRecord record) throws MalformedException {
        ByteSource bytes = record.bytes();
        int head = record.kind() == SymbolKind.S_INLINESITE2 ? 20 : 16;
        return new InlineSite(
                bytes.u4("inlinee", 12),
                bytes.u4("pEnd", ProcedureSymbol.END_AT),
                bytes.from("binaryAnnotations", head));
    }
}
