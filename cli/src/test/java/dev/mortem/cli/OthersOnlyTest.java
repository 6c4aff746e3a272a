package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessList;
import dev.mortem.os.RuntimeKind;
import dev.mortem.os.SnapshotOptions;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

class OthersOnlyTest {
    private static final long MORTEM = 100;

    @Test
    void theRehearsalsProcessIsMeantByItsPidOnly() {
        ProcessEntry other = sleep(7, OptionalLong.of(1));
        ProcessEntry orphan = sleep(8, OptionalLong.empty());
        ProcessEntry ours = sleep(101, OptionalLong.of(MORTEM));
        ProcessList all = new Fixed(List.of(other, orphan, ours));
        OthersOnly others = new OthersOnly(all, new RehearsingOn(101));
        assertThat(others.list(Duration.ZERO)).containsExactly(other, orphan);
        assertThat(others.entry(101)).contains(ours);
    }

    private record RehearsingOn(long pid) implements ProcessControl {
        @Override
        public void rehearse() {}

        @Override
        public boolean isRehearsal(long candidate) {
            return candidate == pid;
        }

        @Override
        public PendingSnapshot prepare(long target, SnapshotOptions options) {
            throw new UnsupportedOperationException("nobody asks");
        }

        @Override
        public ProcessEvents events(long pid, EventOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<LiveSnapshot> awaitFatalSignal(
                long target, SnapshotOptions options, Duration deadline, Runnable whenWatching) {
            throw new UnsupportedOperationException("nobody asks");
        }
    }

    private record Fixed(List<ProcessEntry> entries) implements ProcessList {
        @Override
        public List<ProcessEntry> list(Duration cpuWindow) {
            return entries;
        }

        @Override
        public Optional<ProcessEntry> entry(long pid) {
            return entries.stream().filter(entry -> entry.pid() == pid).findFirst();
        }
    }

    private static ProcessEntry sleep(long pid, OptionalLong parentPid) {
        return new ProcessEntry(
                pid,
                parentPid,
                "sleep",
                Optional.empty(),
                RuntimeKind.NATIVE,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                OptionalDouble.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of("sleep", "20"));
    }
}
