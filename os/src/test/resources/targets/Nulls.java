import java.nio.file.Files;
import java.nio.file.Path;

/** Reads through null in compiled code, again and again: the JVM finds out by a SIGSEGV. */
void main() throws Exception {
    System.out.println("ready");
    while (!Files.exists(Path.of("go"))) {
        Thread.onSpinWait();
    }
    int[] there = {1};
    int caught = 0;
    long sum = 0;
    for (int i = 0; i < 400_000; i++) {
        try {
            sum += first(i % 2 == 0 ? there : null);
        } catch (NullPointerException expected) {
            caught++;
        }
    }
    System.out.println("caught " + caught + " " + sum);
}

static int first(int[] array) {
    return array[0];
}
