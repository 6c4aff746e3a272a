package dev.mortem.testkit.checks;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages inputs: the same seed, the same damage. Belongs to one thread. */
final class Mutator {
    /** Numbers at which counts, sizes and offsets go wrong. */
    private static final long[] EDGES = {
        0,
        1,
        -1,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0xffff,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -4096
    };

    private static final int CHANGES_MAX = 6;

    private final SplittableRandom random;

    Mutator(long seed) {
        random = new SplittableRandom(seed);
    }

    /** A damaged copy of {@code input}, at times with a part of {@code other}. */
    byte[] damage(byte[] input, byte[] other) {
        byte[] bytes = input.clone();
        int changes = 1 + random.nextInt(CHANGES_MAX);
        for (int change = 0; change < changes && bytes.length > 0; change++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(7)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> edge(bytes, at, 4);
                case 3 -> edge(bytes, at, 8);
                case 4 -> bytes = Arrays.copyOf(bytes, at);
                case 5 -> copyWithin(bytes, at);
                default -> splice(bytes, at, other);
            }
        }
        return bytes;
    }

    private void edge(byte[] bytes, int at, int sizeBytes) {
        long value = EDGES[random.nextInt(EDGES.length)];
        boolean bigEndian = random.nextInt(8) == 0;
        for (int index = 0; index < sizeBytes && at + index < bytes.length; index++) {
            int shift = 8 * (bigEndian ? sizeBytes - 1 - index : index);
            bytes[at + index] = (byte) (value >>> shift);
        }
    }

    private void copyWithin(byte[] bytes, int at) {
        int from = random.nextInt(bytes.length);
        int size = random.nextInt(1 + Math.min(64, bytes.length - Math.max(at, from)));
        System.arraycopy(bytes, from, bytes, at, size);
    }

    private void splice(byte[] bytes, int at, byte[] other) {
        if (other.length == 0) {
            return;
        }
        int from = random.nextInt(other.length);
        int size =
                random.nextInt(1 + Math.min(64, Math.min(bytes.length - at, other.length - from)));
        System.arraycopy(other, from, bytes, at, size);
    }

    /** A number from 0 to {@code bound}, which is not reached. */
    int choose(int bound) {
        return random.nextInt(bound);
    }
}
