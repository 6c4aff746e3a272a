package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The COFF symbol table of an image ("PE Format", "COFF Symbol Table"): what mingw's linker leaves in an
 * image that is not stripped. IMAGE_SYMBOL, 18 bytes: Name 8 (or 4 zeros and an offset into the string
 * table behind), Value 4, SectionNumber 2, Type 2, StorageClass 1, NumberOfAuxSymbols 1.
 */
public final class CoffSymbols {
    private static final int SYMBOL_BYTES = 18;

    /** IMAGE_SYM_DTYPE_FUNCTION in the upper byte; the lower one is not used. */
    private static final int TYPE_FUNCTION = 0x20;

    private CoffSymbols() {}

    /** A function. */
    public record Function(String name, long rva) {}

    /**
     * The functions, in the order of the table; none where the image is not a file or has no table.
     * What cannot be read ends the list, with a Diagnostic.
     */
    public static List<Function> functions(PeImage image, Diagnostics diagnostics) {
        List<Function> functions = new ArrayList<>();
        PeHeader header = image.header();
        if (image.file().isEmpty() || header.symbolTableOffset() == 0) {
            return functions;
        }
        ByteSource file = image.file().get();
        try {
            long count = Math.min(header.symbolCount(), image.limits().max(PeLimits.SYMBOLS));
            ByteSource table =
                    file.table("IMAGE_SYMBOL", header.symbolTableOffset(), count, SYMBOL_BYTES);
            ByteSource strings = strings(file, header);
            for (long index = 0; index < count; index++) {
                long symbol = index * SYMBOL_BYTES;
                int section = table.u2("SectionNumber", symbol + 12);
                boolean defined = section >= 1 && section <= image.sections().size();
                if (table.u2("Type", symbol + 14) == TYPE_FUNCTION && defined) {
                    long rva =
                            image.sections().get(section - 1).rva() + table.u4("Value", symbol + 8);
                    functions.add(new Function(name(table, symbol, strings, image), rva));
                }
                index += table.u1("NumberOfAuxSymbols", symbol + 17);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions behind this one have no name");
        }
        return functions;
    }

    /** The string table; its offsets count from its own length field. */
    static ByteSource strings(ByteSource file, PeHeader header) throws MalformedException {
        long offset = header.symbolTableOffset() + header.symbolCount() * SYMBOL_BYTES;
        ByteSource rest = file.from("string table", offset);
        return rest.atMost("string table", 0, rest.u4("size", 0));
    }

    private static String name(ByteSource table, long symbol, ByteSource strings, PeImage image)
            throws MalformedException {
        if (table.u4("Name.Zeroes", symbol) != 0) {
            return table.cString("Name", symbol, 8, StandardCharsets.UTF_8);
        }
        return strings.terminatedString(
                "Name",
                table.u4("Name.Offset", symbol + 4),
                image.limits().maxInt(PeLimits.NAME_BYTES));
    }
}
