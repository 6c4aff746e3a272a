import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;

import java.time.Duration;

/**
 * Takes snapshots of a process and gives them back at once, round and round, until it is killed:
 * SnapshotLoop PID [ROUNDS]. After two rounds it prints "ready METHOD ROUND_US PAUSE_US": how long the second
 * one took, and for how long the process stood in it. With ROUNDS it ends after so many, for making a
 * start-up cache.
 */
public final class SnapshotLoop {
    /** So that no time of the machine's makes it refuse; it is killed long before. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private SnapshotLoop() {}

    private static SnapshotOptions options() {
        return SnapshotOptions.defaults().withMaxPause(PATIENCE).withMode(SnapshotMode.REQUIRE);
    }

    public static void main(String[] arguments) throws Exception {
        long pid = Long.parseLong(arguments[0]);
        ProcessControl control = ProcessControl.ofThisMachine();
        SnapshotOptions options = options();
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : Integer.MAX_VALUE;
        for (int round = 1; round <= rounds; round++) {
            long begun = System.nanoTime();
            LiveSnapshot snapshot = control.snapshot(pid, options);
            snapshot.close();
            if (round == 2) {
                System.out.println("ready " + snapshot.method() + " "
                        + (System.nanoTime() - begun) / 1000 + " " + snapshot.pause().toNanos() / 1000);
            }
        }
    }
}
