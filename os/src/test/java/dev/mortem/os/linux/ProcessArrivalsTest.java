package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessArrivals;
import dev.mortem.os.ProcessArrivals.Arrival;
import dev.mortem.os.linux.arrive.PolledArrivals;
import dev.mortem.os.linux.arrive.ProcConnector;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Both ways of seeing processes begin, on processes that begin here. */
class ProcessArrivalsTest {
    private static final ProcFolder PROC = new ProcFolder(Path.of("/proc"));

    @TempDir
    Path folder;

    @Test
    void lookingFindsAProcessAndWhatItBecomes() throws Exception {
        try (ProcessArrivals arrivals = new PolledArrivals(PROC, Duration.ofMillis(5))) {
            seesASleeper(arrivals);
            assertThat(arrivals.how()).contains("every 5 ms");
        }
    }

    @Test
    void theKernelTellsOfAProcessAndWhatItBecomes() throws Exception {
        Optional<ProcessArrivals> told = ProcConnector.open(PROC);
        assumeTrue(told.isPresent(), "needs CAP_NET_ADMIN and CONFIG_PROC_EVENTS");
        try (ProcessArrivals arrivals = told.get()) {
            seesASleeper(arrivals);
        }
    }

    @Test
    void theKernelTellsOfTheShortestLife() throws Exception {
        Optional<ProcessArrivals> told = ProcConnector.open(PROC);
        assumeTrue(told.isPresent(), "needs CAP_NET_ADMIN and CONFIG_PROC_EVENTS");
        try (ProcessArrivals arrivals = told.get();
                Launcher.Child child = start("true")) {
            assertThat(child.awaitExit(LiveTarget.DEADLINE)).hasValue(0);
            assertThat(arrivals.next(LiveTarget.DEADLINE)).isPresent();
            await(arrivals, child.pid(), "");
        }
    }

    @Test
    void nothingNewIsNothing() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("proc"));
        Files.writeString(empty.resolve("loadavg"), "0.00 0.00 0.00 1/50 77\n");
        Files.createDirectory(empty.resolve("12"));
        try (ProcessArrivals arrivals =
                new PolledArrivals(new ProcFolder(empty), Duration.ofMillis(1))) {
            assertThat(arrivals.next(Duration.ofMillis(5))).isEmpty();
            Files.createDirectory(empty.resolve("78"));
            Files.writeString(empty.resolve("78/status"), "Tgid:\t12\n"); // a thread
            Files.writeString(empty.resolve("loadavg"), "0.00 0.00 0.00 1/50 78\n");
            assertThat(arrivals.next(Duration.ofMillis(5))).isEmpty();
            Files.createDirectory(empty.resolve("79"));
            Files.writeString(empty.resolve("79/status"), "Tgid:\t79\n");
            Files.writeString(empty.resolve("loadavg"), "0.00 0.00 0.00 1/50 79\n");
            assertThat(arrivals.next(LiveTarget.DEADLINE))
                    .hasValue(new Arrival(79, Optional.empty()));
            Files.createDirectory(empty.resolve("13")); // ids started again from below
            Files.writeString(empty.resolve("loadavg"), "0.00 0.00 0.00 1/50 13\n");
            assertThat(arrivals.next(LiveTarget.DEADLINE))
                    .hasValue(new Arrival(13, Optional.empty()));
        }
    }

    private void seesASleeper(ProcessArrivals arrivals) throws IOException {
        try (Launcher.Child child = start("sleep", "60")) {
            await(arrivals, child.pid(), "sleep");
        }
    }

    private Launcher.Child start(String... command) throws IOException {
        return new PosixLauncher()
                .start(new Launcher.Program(
                        List.of(command), Map.of(), folder, folder.resolve("output"), false));
    }

    /** Until it is told with that name in its executable's path. */
    private static void await(ProcessArrivals arrivals, long pid, String name) {
        long end = System.nanoTime() + LiveTarget.DEADLINE.toNanos();
        while (System.nanoTime() - end < 0) {
            Optional<Arrival> arrival = arrivals.next(Duration.ofSeconds(1));
            if (arrival.isPresent()
                    && arrival.get().pid() == pid
                    && (name.isEmpty()
                            || arrival.get().executable().orElse("").endsWith("/" + name)
                            || arrival.get().executable().orElse("").endsWith("/coreutils"))) {
                return;
            }
        }
        throw new AssertionError("process " + pid + " was not seen as " + name);
    }
}
