import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM under load: two threads sort, allocate, and read through null now and then, which the JVM finds out by a
 * SIGSEGV. "run N" answers how many ms N rounds of each took. Ends with its input.
 */
public final class NullLoad {
    private static volatile long sink;

    private NullLoad() {}

    public static void main(String[] arguments) throws Exception {
        round(2000);
        System.out.println("ready");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            int rounds = Integer.parseInt(line.substring(line.indexOf(' ') + 1));
            long begun = System.nanoTime();
            List<Thread> threads = new ArrayList<>();
            for (int index = 0; index < 2; index++) threads.add(Thread.ofPlatform().start(() -> round(rounds)));
            for (Thread thread : threads) thread.join();
            System.out.printf("%.1f%n", (System.nanoTime() - begun) / 1e6);
        }
    }

    private static void round(int rounds) {
        long sum = 0;
        for (int round = 0; round < rounds; round++) {
            List<Integer> numbers = new ArrayList<>();
            for (int index = 0; index < 200; index++) numbers.add((index * 7919 + round) % 1009);
            numbers.sort(null);
            sum += numbers.get(round % 200);
            try {
                sum += length(round % 16 == 0 ? null : numbers);
            } catch (NullPointerException expected) {
                sum++;
            }
        }
        sink += sum;
    }

    private static int length(List<Integer> numbers) {
        return numbers.size();
    }
}
