import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32;

/**
 * A Java process that works in three threads, makes garbage, and checks what it computes: prints "ready",
 * then "progress N" whenever all threads have got on, and "harm: ..." before it ends with 3 where a sum is
 * wrong. Ends with its standard input.
 */
public final class Busy {
    private static final int THREADS = 3;
    private static final int PIECES = 64;
    private static final int PIECE_BYTES = 4096;

    private Busy() {}

    /** The same bytes in fresh arrays each time: the sum must come out the same. */
    private static long sum() {
        byte[][] pieces = new byte[PIECES][];
        for (int i = 0; i < PIECES; i++) {
            pieces[i] = new byte[PIECE_BYTES];
            for (int j = 0; j < PIECE_BYTES; j++) {
                pieces[i][j] = (byte) (i * 31 + j * 7);
            }
        }
        CRC32 crc = new CRC32();
        double squares = 0;
        for (byte[] piece : pieces) {
            crc.update(piece);
            for (byte value : piece) {
                squares += (double) value * value;
            }
        }
        return crc.getValue() ^ Double.doubleToLongBits(squares);
    }

    private static void work(int number, long expected, AtomicLongArray done) {
        try {
            while (true) {
                long got = sum();
                if (got != expected) {
                    System.out.println("harm: thread " + number + " computed " + got);
                    Runtime.getRuntime().halt(3);
                }
                done.incrementAndGet(number);
                Thread.sleep(2);
            }
        } catch (Throwable wrong) {
            System.out.println("harm: thread " + number + ": " + wrong);
            Runtime.getRuntime().halt(3);
        }
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {}
        } catch (java.io.IOException gone) {
            System.err.println(gone);
        }
        Runtime.getRuntime().halt(0);
    }

    public static void main(String[] arguments) throws Exception {
        long expected = sum();
        AtomicLongArray done = new AtomicLongArray(THREADS);
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            new Thread(() -> work(number, expected, done)).start();
        }
        new Thread(Busy::endWithInput).start();
        System.out.println("ready java " + System.getProperty("java.version"));
        long[] last = new long[THREADS];
        for (long lines = 0; ; ) {
            Thread.sleep(50);
            boolean all = true;
            for (int i = 0; i < THREADS; i++) {
                all &= done.get(i) != last[i];
            }
            if (all) {
                for (int i = 0; i < THREADS; i++) {
                    last[i] = done.get(i);
                }
                System.out.println("progress " + ++lines);
            }
        }
    }
}
