package dev.mortem.stack.demangle;

import java.util.Arrays;
import java.util.Optional;

/**
 * Punycode as Rust writes it: RFC 3492, section 6.2, with an underscore for the delimiter and small
 * letters and digits only.
 */
final class Punycode {
    private static final int BASE = 36;
    private static final int THRESHOLD_MIN = 1;
    private static final int THRESHOLD_MAX = 26;
    private static final int SKEW = 38;
    private static final int DAMP = 700;
    private static final int BIAS = 72;
    private static final int FIRST = 0x80;

    /** An identifier longer than this helps no reader, and each letter moves the others. */
    private static final int LENGTH_MAX = 1024;

    private Punycode() {}

    /** The text, or empty where it is no Punycode of one. */
    static Optional<String> decode(String encoded) {
        int delimiter = encoded.lastIndexOf('_');
        String basic = encoded.substring(0, Math.max(0, delimiter));
        String deltas = encoded.substring(delimiter + 1);
        if (deltas.isEmpty() || encoded.length() > LENGTH_MAX) {
            return Optional.empty();
        }
        int[] codes = basic.chars().toArray();
        int length = codes.length;
        codes = Arrays.copyOf(codes, length + deltas.length());
        long code = FIRST;
        long index = 0;
        int bias = BIAS;
        int at = 0;
        while (at < deltas.length()) {
            long before = index;
            long weight = 1;
            for (int k = BASE; ; k += BASE) {
                int digit = at < deltas.length() ? digit(deltas.charAt(at++)) : -1;
                if (digit < 0 || weight > Integer.MAX_VALUE) {
                    return Optional.empty();
                }
                index += digit * weight;
                int threshold = Math.clamp(k - bias, THRESHOLD_MIN, THRESHOLD_MAX);
                if (digit < threshold) {
                    break;
                }
                weight *= BASE - threshold;
            }
            bias = adapted(index - before, length + 1, length == basic.length());
            code += index / (length + 1);
            index %= length + 1;
            if (code > Character.MAX_CODE_POINT || (code >= 0xd800 && code <= 0xdfff)) {
                return Optional.empty();
            }
            System.arraycopy(codes, (int) index, codes, (int) index + 1, length - (int) index);
            codes[(int) index++] = (int) code;
            length++;
        }
        return Optional.of(new String(codes, 0, length));
    }

    private static int digit(char c) {
        if (NameText.isLower(c)) {
            return c - 'a';
        }
        return NameText.isDigit(c) ? 26 + c - '0' : -1;
    }

    /** Section 6.1. */
    private static int adapted(long delta, int points, boolean first) {
        long rest = first ? delta / DAMP : delta / 2;
        rest += rest / points;
        int k = 0;
        while (rest > (BASE - THRESHOLD_MIN) * THRESHOLD_MAX / 2) {
            rest /= BASE - THRESHOLD_MIN;
            k += BASE;
        }
        return k + (int) ((BASE - THRESHOLD_MIN + 1) * rest / (rest + SKEW));
    }
}
