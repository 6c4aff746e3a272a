package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.EventFilter.Decision;
import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessEvent;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessEvents.Told;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/** A target that is watched, and what a test asks of both. */
final class Watch implements AutoCloseable {
    static final int SIGABRT = 6;
    static final int SIGBUS = 7;
    static final int SIGFPE = 8;
    static final int SIGKILL = 9;
    static final int SIGSEGV = 11;

    /** Signals of faults, as one asks for them with "first chance". */
    static final Set<Integer> FAULTS = Set.of(4, 5, 6, 7, 8, 11);

    private final LiveTarget target;
    private final ProcessEvents events;
    private int let;

    private Watch(LiveTarget target, ProcessEvents events) {
        this.target = target;
        this.events = events;
    }

    /** Starts the program "signals" with what it is to do, and watches it. */
    static Watch start(Path folder, EventOptions options, String... acts)
            throws IOException, TargetException {
        LiveTarget target = LiveTarget.start(folder, "signals", acts);
        return new Watch(
                target, new LinuxPlatform().processControl().events(target.pid(), options));
    }

    /** Everything is told, and what {@code holds} says is held. */
    static EventOptions holding(Predicate<ProcessEvent> holds) {
        return EventOptions.fatalOnly(event -> holds.test(event) ? Decision.HOLD : Decision.TELL);
    }

    static EventOptions telling() {
        return holding(event -> false);
    }

    LiveTarget target() {
        return target;
    }

    ProcessEvents events() {
        return events;
    }

    /** Lets the target do its next act. */
    void go() throws IOException {
        Files.createFile(target.folder().resolve("go" + ++let));
    }

    /** Lets it do the next, and waits until it has. */
    void goAndDone() throws IOException {
        go();
        LiveTarget.await("act " + let, () -> target.word("counter", 0) >= let);
    }

    /** The next event of a kind; others before it are skipped. */
    <E extends ProcessEvent> Told await(Class<E> kind) throws InterruptedException {
        long end = System.nanoTime() + LiveTarget.DEADLINE.toNanos();
        while (true) {
            Told told = events.next(Duration.ofSeconds(1)).orElse(null);
            if (told != null && kind.isInstance(told.event())) {
                return told;
            }
            assertThat(System.nanoTime()).as("no " + kind.getSimpleName()).isLessThan(end);
        }
    }

    <E extends ProcessEvent> E awaitEvent(Class<E> kind) throws InterruptedException {
        return kind.cast(await(kind).event());
    }

    LiveSnapshot snapshot(Told told) throws TargetException {
        return events.snapshot(told, SnapshotOptions.defaults().withMode(SnapshotMode.PREFER));
    }

    int exitStatus() {
        return target.child().awaitExit(LiveTarget.DEADLINE).orElseThrow();
    }

    /** It runs, and nobody traces it. */
    void assertRunsFree() {
        target.assertUntouched();
        long before = target.word("counter", 8);
        LiveTarget.await("the target to run", () -> target.word("counter", 8) > before);
    }

    @Override
    public void close() {
        events.close();
        target.close();
    }
}
