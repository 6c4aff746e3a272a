package dev.mortem.base.kernel;

import java.nio.ByteBuffer;

/** Addresses in digits, without asking anybody for their names. */
public final class InternetAddress {
    private static final int GROUPS = 8;

    private InternetAddress() {}

    /**
     * Of an address of 4 or 16 bytes in network order. An IPv4 address mapped into IPv6 (RFC 4291,
     * 2.5.5.2) comes out as IPv4, others as RFC 5952 wants them.
     */
    public static String text(byte[] bytes) {
        if (bytes.length != 4 && bytes.length != 16) {
            throw new IllegalArgumentException("an address of " + bytes.length + " bytes");
        }
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
