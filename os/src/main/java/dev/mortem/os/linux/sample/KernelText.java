package dev.mortem.os.linux.sample;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * What was read last of a small file of the kernel's, as ASCII, with the numbers in it. One buffer for all
 * files: nothing is allocated for a reading. Belongs to one thread.
 */
final class KernelText {
    /** /proc/PID/status has 1.5 KB, smaps_rollup 1 KB. */
    private static final int BYTES_MAX = 4096;

    /** More do not fit a long, and count nothing that a machine has. */
    private static final int DIGITS_MAX = 18;

    private final byte[] buffer = new byte[BYTES_MAX];
    private int length;

    byte[] buffer() {
        return buffer;
    }

    /** How much was read, or an error below 0; false for nothing. */
    boolean take(int lengthOrError) {
        length = Math.max(0, lengthOrError);
        return length > 0;
    }

    /** The number of that index among those divided by blanks, the first being 0. */
    OptionalLong number(int index) {
        return number(0, index);
    }

    /**
     * A field of /proc/PID/stat by the manual's number, which counts from 1: those behind the name, which
     * may hold blanks and parentheses itself.
     */
    OptionalLong statField(int number) {
        for (int at = length - 1; at >= 0; at--) {
            if (buffer[at] == ')') {
                return number(at + 2, number - 3);
            }
        }
        return OptionalLong.empty();
    }

    /** The number behind a key at the start of a line: "VmSwap:   12 kB", "oom_kill 0". */
    OptionalLong value(String key) {
        byte[] wanted = key.getBytes(StandardCharsets.US_ASCII);
        boolean atStart = true;
        for (int at = 0; at + wanted.length < length; at++) {
            if (atStart && isAt(at, wanted)) {
                return number(at + wanted.length, 0);
            }
            atStart = buffer[at] == '\n';
        }
        return OptionalLong.empty();
    }

    private boolean isAt(int at, byte[] wanted) {
        for (int index = 0; index < wanted.length; index++) {
            if (buffer[at + index] != wanted[index]) {
                return false;
            }
        }
        return true;
    }

    private OptionalLong number(int from, int index) {
        int at = from;
        for (int passed = 0; ; passed++) {
            while (at < length && isBlank(buffer[at])) {
                at++;
            }
            if (at >= length) {
                return OptionalLong.empty();
            }
            if (passed == index) {
                return digits(at);
            }
            while (at < length && !isBlank(buffer[at])) {
                at++;
            }
        }
    }

    private OptionalLong digits(int from) {
        long value = 0;
        int at = from;
        for (; at < length && buffer[at] >= '0' && buffer[at] <= '9'; at++) {
            value = value * 10 + (buffer[at] - '0');
        }
        boolean isNumber = at > from && at - from <= DIGITS_MAX;
        return isNumber ? OptionalLong.of(value) : OptionalLong.empty();
    }

    private static boolean isBlank(byte value) {
        return value == ' ' || value == '\t' || value == '\n';
    }
}
