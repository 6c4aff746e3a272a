package dev.mortem.collect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.LineSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The journal, by a program that says what the test wants in place of journalctl. */
class JournalLinesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private JournalLines begin(String script) throws IOException {
        Path program = Files.writeString(folder.resolve("journalctl"), "#!/bin/sh\n" + script);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return new JournalLines(program.toString(), "_SYSTEMD_UNIT=shop.service");
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void linesComeAndTheUnitIsAskedFor() throws IOException {
        List<Event> events = new ArrayList<>();
        try (JournalLines journal =
                begin("echo \"$*\"; echo \"zweite Zeile \u00fc\"; exec cat\n")) {
            await(() -> {
                journal.drainTo(events);
                return events.size() >= 2;
            });
            assertThat(journal.troubles()).isEmpty();
        }
        LineSource source = new LineSource.OfJournal();
        assertThat(events)
                .containsExactly(
                        new Event.LineCame(source, "-f -n 0 -o cat _SYSTEMD_UNIT=shop.service"),
                        new Event.LineCame(source, "zweite Zeile \u00fc"));
    }

    @Test
    void itsEndIsToldOnceWithItsStatusAndWhatWasSaidBefore() throws IOException {
        List<String> troubles = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        try (JournalLines journal = begin("echo last; exit 3\n")) {
            await(() -> {
                troubles.addAll(journal.troubles());
                return !troubles.isEmpty();
            });
            journal.drainTo(events);
            assertThat(journal.troubles()).isEmpty();
        }
        assertThat(troubles).hasSize(1).first().asString().contains("status 3", "shop.service");
        assertThat(events).hasSize(1);
    }

    @Test
    void withoutTheProgramItCannotBegin() {
        String absent = folder.resolve("absent").toString();
        assertThatThrownBy(() -> new JournalLines(absent, "_PID=1"))
                .isInstanceOf(IOException.class);
    }
}
