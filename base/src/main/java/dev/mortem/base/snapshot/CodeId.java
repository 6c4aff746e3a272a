package dev.mortem.base.snapshot;

import java.util.HexFormat;
import java.util.Optional;

/**
 * What tells one build of a PE image from any other, as symbol servers spell it: "5AB38077a1000", the
 * time stamp in eight digits of upper case, then the size without leading zeros in lower case.
 *
 * @param timeDateStamp of the COFF header, unsigned; a hash in a reproducible build
 * @param sizeOfImage of the optional header, bytes, unsigned
 */
public record CodeId(int timeDateStamp, int sizeOfImage) {
    private static final int TIMESTAMP_DIGITS = 8;
    private static final int SIZE_DIGITS_MAX = 8;

    /** Reads what {@link #toString} writes, in either case; empty where it is no such text. */
    public static Optional<CodeId> parse(String text) {
        int sizeDigits = text.length() - TIMESTAMP_DIGITS;
        if (sizeDigits < 1
                || sizeDigits > SIZE_DIGITS_MAX
                || !text.chars().allMatch(HexFormat::isHexDigit)) {
            return Optional.empty();
        }
        return Optional.of(new CodeId(
                HexFormat.fromHexDigits(text, 0, TIMESTAMP_DIGITS),
                HexFormat.fromHexDigits(text, TIMESTAMP_DIGITS, text.length())));
    }

    /** Where a symbol server keeps the image: "ntdll.dll/5AB38077a1000/ntdll.dll". */
    public String symbolServerPath(String fileName) {
        return fileName + "/" + this + "/" + fileName;
    }

    @Override
    public String toString() {
        return "%08X%x".formatted(timeDateStamp, sizeOfImage);
    }
}
