package dev.mortem.os.linux.descriptor;

import dev.mortem.os.linux.proc.Numbers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalLong;

/** Addresses in digits, without asking anybody for their names. */
final class InternetAddress {
    private static final int WORD_DIGITS = 8;
    private static final int GROUPS = 8;

    private InternetAddress() {}

    /**
     * From the hex of /proc/net/tcp and tcp6: words of 32 bits, each printed as a number of this
     * machine's byte order. An IPv4 address mapped into IPv6 (RFC 4291, 2.5.5.2) comes out as IPv4.
     */
    static Optional<String> ofProc(String hex) {
        if (hex.length() != WORD_DIGITS && hex.length() != 4 * WORD_DIGITS) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.nativeOrder());
        for (int at = 0; at < hex.length(); at += WORD_DIGITS) {
            OptionalLong word = Numbers.parseHex(hex.substring(at, at + WORD_DIGITS));
            if (word.isEmpty()) {
                return Optional.empty();
            }
            bytes.putInt((int) word.getAsLong());
        }
        return Optional.of(text(bytes.array()));
    }

    private static String text(byte[] bytes) {
        ByteBuffer address = ByteBuffer.wrap(bytes);
        boolean mapped = bytes.length > 4 && address.getLong(0) == 0 && address.getInt(8) == 0xffff;
        if (bytes.length == 4 || mapped) {
            int from = bytes.length - 4;
            return (bytes[from] & 0xff)
                    + "." + (bytes[from + 1] & 0xff)
                    + "." + (bytes[from + 2] & 0xff)
                    + "." + (bytes[from + 3] & 0xff);
        }
        return sixes(address);
    }

    /** RFC 5952: lower case, no leading zeros, the longest run of zeros as "::". */
    private static String sixes(ByteBuffer address) {
        int runStart = GROUPS;
        int runLength = 1; // a single group of zeros stays
        int start = 0;
        for (int group = 0; group <= GROUPS; group++) {
            if (group == GROUPS || address.getShort(group * 2) != 0) {
                if (group - start > runLength) {
                    runStart = start;
                    runLength = group - start;
                }
                start = group + 1;
            }
        }
        StringBuilder text = new StringBuilder();
        int group = 0;
        while (group < GROUPS) {
            if (group == runStart) {
                text.append("::");
                group += runLength;
            } else {
                boolean follows = !text.isEmpty() && text.charAt(text.length() - 1) != ':';
                text.append(follows ? ":" : "")
                        .append(Integer.toHexString(address.getShort(group * 2) & 0xffff));
                group++;
            }
        }
        return text.toString();
    }
}
