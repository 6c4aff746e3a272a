package dev.mortem.base.snapshot;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * What tells one build's debug information from that of any other: a signature, and an age that counts
 * how often the information was written again. As Breakpad and symbol servers spell it, in one word:
 * "3249D99D0C4049318610F4E4FB0B69361".
 *
 * <p>The signature of a PDB of today is a GUID, 32 digits; of one before Visual C++ 7.0 the time it was
 * made at, 8 digits; of an ELF file its build id cut to a GUID.
 *
 * @param signature 32 or 8 hexadecimal digits in upper case
 * @param age unsigned; 0 for ELF
 */
public record DebugId(String signature, int age) {
    private static final int GUID_BYTES = 16;
    private static final int GUID_DIGITS = 2 * GUID_BYTES;
    private static final int TIMESTAMP_DIGITS = 8;
    private static final int AGE_DIGITS_MAX = 8;

    public DebugId {
        boolean sized = signature.length() == GUID_DIGITS || signature.length() == TIMESTAMP_DIGITS;
        if (!sized || !signature.chars().allMatch(DebugId::isUpperHexDigit)) {
            throw new IllegalArgumentException(
                    "'" + signature + "' is not 32 or 8 hexadecimal digits in upper case");
        }
    }

    /**
     * From a GUID as it lies in files: its first three fields are little-endian numbers, so their bytes
     * are turned round to be read.
     *
     * @param guid 16 bytes
     */
    public static DebugId ofGuid(byte[] guid, int age) {
        if (guid.length != GUID_BYTES) {
            throw new IllegalArgumentException("a GUID of " + guid.length + " bytes");
        }
        byte[] read = guid.clone();
        reverse(read, 0, 4);
        reverse(read, 4, 2);
        reverse(read, 6, 2);
        return new DebugId(HexFormat.of().withUpperCase().formatHex(read), age);
    }

    /** The signature as {@link #ofGuid} takes it; only of a signature that is a GUID. */
    public byte[] guid() {
        byte[] guid = HexFormat.of().parseHex(signature);
        if (guid.length != GUID_BYTES) {
            throw new IllegalStateException("'" + signature + "' is no GUID");
        }
        reverse(guid, 0, 4);
        reverse(guid, 4, 2);
        reverse(guid, 6, 2);
        return guid;
    }

    /** Whether it tells nothing: writers of dumps put zeros where a file that is no program has no id. */
    public boolean isNil() {
        return signature.chars().allMatch(digit -> digit == '0');
    }

    /** From the signature of an old PDB (NB10), the time it was made at. */
    public static DebugId ofTimestamp(int timestamp, int age) {
        return new DebugId("%08X".formatted(timestamp), age);
    }

    /**
     * From an ELF build id as Breakpad does: its first 16 bytes, zeros behind a shorter one, taken as a
     * GUID.
     */
    public static DebugId ofBuildId(byte[] buildId) {
        return ofGuid(Arrays.copyOf(buildId, GUID_BYTES), 0);
    }

    /**
     * Reads what {@link #toString} writes, in either case; dashes are passed over. Empty where it is
     * no such text.
     */
    public static Optional<DebugId> parse(String text) {
        String digits = text.replace("-", "").toUpperCase(Locale.ROOT);
        int signature = digits.length() > TIMESTAMP_DIGITS + AGE_DIGITS_MAX
                ? GUID_DIGITS
                : TIMESTAMP_DIGITS;
        int ageDigits = digits.length() - signature;
        if (ageDigits < 1
                || ageDigits > AGE_DIGITS_MAX
                || !digits.chars().allMatch(DebugId::isUpperHexDigit)) {
            return Optional.empty();
        }
        int age = HexFormat.fromHexDigits(digits, signature, digits.length());
        return Optional.of(new DebugId(digits.substring(0, signature), age));
    }

    /** Where a symbol server keeps a file of this id: "ntdll.pdb/3249...1/ntdll.pdb". */
    public String symbolServerPath(String fileName) {
        return fileName + "/" + this + "/" + fileName;
    }

    /** The signature, then the age in lower-case hexadecimal without leading zeros. */
    @Override
    public String toString() {
        return signature + Integer.toHexString(age);
    }

    private static boolean isUpperHexDigit(int character) {
        return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'F');
    }

    private static void reverse(byte[] bytes, int from, int count) {
        for (int low = from, high = from + count - 1; low < high; low++, high--) {
            byte kept = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = kept;
        }
    }
}
