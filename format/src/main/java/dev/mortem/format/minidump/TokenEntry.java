package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_TOKEN_INFO_HEADER of TokenStream (minidumpapiset.h): an access token of the process or of one
 * of its threads. The stream's header is TokenListSize, TokenListEntries, ListHeaderSize,
 * ElementHeaderSize of 4 bytes each; an entry is TokenSize 4, TokenId 4, TokenHandle 8, then its bytes.
 *
 * @param sizeBytes of the whole entry
 * @param id the process's or the thread's
 */
public record TokenEntry(long sizeBytes, long id, long handle) {
    private static final int HEADER_BYTES = 16;

    /** In the dump's order; none where it has no such stream. */
    public static List<TokenEntry> readAll(MinidumpFile file) {
        List<TokenEntry> tokens = new ArrayList<>();
        Optional<ByteSource> stream = file.stream(StreamType.TOKEN);
        if (stream.isEmpty()) {
            return tokens;
        }
        try {
            ByteSource content = stream.get();
            long count = content.u4("TokenListEntries", 4);
            long at = content.u4("ListHeaderSize", 8);
            for (long index = 0; index < count; index++) {
                ByteSource entry = content.slice("Token", at, HEADER_BYTES);
                long sizeBytes = entry.u4("TokenSize", 0);
                if (sizeBytes < HEADER_BYTES) {
                    throw entry.malformed("TokenSize", 0, sizeBytes + " bytes", "at least 16");
                }
                tokens.add(new TokenEntry(
                        sizeBytes, entry.u4("TokenId", 4), entry.u8("TokenHandle", 8)));
                at += sizeBytes;
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the tokens behind are not known");
        }
        return tokens;
    }
}
