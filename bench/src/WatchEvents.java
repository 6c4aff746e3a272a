import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.SnapshotOptions;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Watches a process and prints what happens: PID [first] [hold] [snapshot] [modules] [norest] [quiet]. "first" tells signals that are
 * handled, "hold" holds threads at their events, "snapshot" takes one of each, "norest" never leaves a thread alone.
 */
final class WatchEvents {
    public static void main(String[] arguments) throws Exception {
        Set<String> words = Set.copyOf(Arrays.asList(arguments).subList(1, arguments.length));
        boolean hold = words.contains("hold") || words.contains("snapshot");
        EventOptions options = EventOptions.fatalOnly(event -> hold ? Decision.HOLD : Decision.TELL);
        if (words.contains("first")) options = options.withFirstChance(Set.of(4, 5, 6, 7, 8, 11, 31));
        if (words.contains("modules")) options = options.withModulesEvery(Duration.ofMillis(200));
        if (words.contains("norest")) options = options.withRestAbovePerSecond(0);
        boolean quiet = words.contains("quiet");
        try (ProcessEvents events = ProcessControl.ofThisMachine().events(Long.parseLong(arguments[0]), options)) {
            System.out.println("ready");
            while (true) {
                Optional<ProcessEvents.Told> told = events.next(Duration.ofSeconds(1));
                if (told.isEmpty()) continue;
                if (!quiet) System.out.println(told.get());
                if (words.contains("snapshot") && told.get().held()) {
                    try (LiveSnapshot snapshot = events.snapshot(told.get(), SnapshotOptions.defaults())) {
                        System.out.println(snapshot.method() + " " + snapshot.methodWhy() + " " + snapshot.reason() + " first thread "
                            + snapshot.threads().getFirst().id() + " of " + snapshot.threads().size());
                    }
                }
                events.release(told.get());
                if (told.get().event() instanceof ProcessEvent.Gone) break;
            }
            System.out.println(events.counts());
        }
    }
}
