package dev.mortem.os.linux.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.Figure;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.ProcessSampler.SampledProcess;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.TargetException;
import dev.mortem.testkit.tool.CProgram;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Figures of small programs that do one thing. */
class SamplerTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private Launcher.Child start(String what, String how) throws IOException {
        Optional<Path> program = CProgram.compile(folder, "moves");
        assumeTrue(program.isPresent(), "needs gcc");
        Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of(program.get().toString(), what, how),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false));
        awaitOutput("ready");
        return child;
    }

    private void go() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private void awaitOutput(String word) {
        await(() -> {
            try {
                return Files.readString(folder.resolve("out.log")).contains(word);
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static long get(ProcessSample sample, Figure figure) {
        OptionalLong value = sample.get(figure);
        assertThat(value).as(figure.name()).isPresent();
        return value.getAsLong();
    }

    private static SampledProcess open(Launcher.Child child, SamplePlan plan)
            throws TargetException {
        return ProcessSampler.ofThisMachine().open(child.pid(), plan);
    }

    @Test
    void cpuTimeIsCountedFinely() throws IOException, TargetException {
        try (Launcher.Child child = start("spin", "0.3");
                SampledProcess process = open(child, SamplePlan.of(Figure.CPU_NANOS))) {
            long before = get(process.sample(), Figure.CPU_NANOS);
            go();
            awaitOutput("done");
            long used = get(process.sample(), Figure.CPU_NANOS) - before;
            assertThat(used).isBetween(1_000_000L, 2_000_000_000L);
            long idle = get(process.sample(), Figure.CPU_NANOS);
            assertThat(get(process.sample(), Figure.CPU_NANOS)).isEqualTo(idle);
        }
    }

    @Test
    void memoryThatIsTouchedIsPrivateAndResident() throws IOException, TargetException {
        SamplePlan plan = SamplePlan.of(
                Figure.PRIVATE_BYTES,
                Figure.RESIDENT_BYTES,
                Figure.VIRTUAL_BYTES,
                Figure.UNIQUE_BYTES);
        try (Launcher.Child child = start("leak", "64");
                SampledProcess process = open(child, plan)) {
            ProcessSample before = process.sample();
            go();
            awaitOutput("done");
            ProcessSample after = process.sample();
            for (Figure figure : plan.figures()) {
                assertThat(get(after, figure) - get(before, figure))
                        .as(figure.name())
                        .isBetween(63L << 20, 70L << 20);
            }
            assertThat(after.get(Figure.CPU_NANOS)).isEmpty();
            assertThat(after.threads()).isEmpty();
        }
    }

    @Test
    void threadsAreCountedAndToldOneByOne() throws IOException, TargetException {
        SamplePlan plan = new SamplePlan(Set.of(Figure.THREADS), true, false);
        try (Launcher.Child child = start("threads", "20");
                SampledProcess process = open(child, plan)) {
            assertThat(get(process.sample(), Figure.THREADS)).isEqualTo(1);
            go();
            awaitOutput("done");
            ProcessSample after = process.sample();
            assertThat(get(after, Figure.THREADS)).isEqualTo(21);
            assertThat(after.threads().orElseThrow())
                    .hasSize(21)
                    .isSortedAccordingTo((a, b) -> Long.compare(a.tid(), b.tid()));
            assertThat(after.threads().orElseThrow().getFirst()).satisfies(first -> {
                assertThat(first.tid()).isEqualTo(child.pid());
                assertThat(first.cpuNanos()).isPositive();
                assertThat(first.runs()).isPositive();
            });
        }
    }

    @Test
    void descriptorsThatAreOpenedAreCounted() throws IOException, TargetException {
        try (Launcher.Child child = start("fds", "50");
                SampledProcess process = open(child, SamplePlan.of(Figure.DESCRIPTORS))) {
            long before = get(process.sample(), Figure.DESCRIPTORS);
            go();
            awaitOutput("done");
            assertThat(get(process.sample(), Figure.DESCRIPTORS)).isEqualTo(before + 50);
        }
    }

    @Test
    void modulesThatAreLoadedAppear() throws IOException, TargetException {
        SamplePlan plan = new SamplePlan(Set.of(), false, true);
        try (Launcher.Child child = start("load", "libresolv.so.2");
                SampledProcess process = open(child, plan)) {
            Set<String> before = process.sample().modules().orElseThrow();
            assertThat(before).contains(folder.toRealPath().resolve("moves").toString());
            go();
            awaitOutput("done");
            assertThat(process.sample().modules().orElseThrow()).hasSize(before.size() + 1);
        }
    }

    @Test
    void whatTheMachineHasIsTold() throws IOException, TargetException {
        SamplePlan plan = SamplePlan.of(
                Figure.MACHINE_CORES,
                Figure.AFFINITY_CORES,
                Figure.QUOTA_MILLICORES,
                Figure.CGROUP_BYTES,
                Figure.OOM_KILLS,
                Figure.PRESSURE_CPU_SOME_MICROS,
                Figure.MAJOR_FAULTS,
                Figure.READ_BYTES);
        try (Launcher.Child child = start("leak", "1");
                SampledProcess process = open(child, plan)) {
            ProcessSample sample = process.sample();
            assertThat(get(sample, Figure.MACHINE_CORES))
                    .isGreaterThanOrEqualTo(get(sample, Figure.AFFINITY_CORES));
            assertThat(get(sample, Figure.AFFINITY_CORES)).isPositive();
            assertThat(get(sample, Figure.MAJOR_FAULTS)).isNotNegative();
        }
    }

    @Test
    void anEndedProcessIsToldAndLeavesNoFigures() throws IOException, TargetException {
        try (Launcher.Child child = start("exit", "3");
                SampledProcess process =
                        open(child, SamplePlan.of(Figure.CPU_NANOS, Figure.PRIVATE_BYTES))) {
            assertThat(process.hasEnded()).isFalse();
            assertThat(process.hasNewProgram()).isFalse();
            go();
            await(process::hasEnded);
            ProcessSample sample = process.sample();
            assertThat(sample.get(Figure.CPU_NANOS)).isEmpty();
            assertThat(sample.get(Figure.PRIVATE_BYTES)).isEmpty();
        }
    }

    @Test
    void aPidThatNobodyHasIsNotFound() {
        assertThatThrownBy(() -> ProcessSampler.ofThisMachine()
                        .open(4_194_304, SamplePlan.of(Figure.CPU_NANOS)))
                .isInstanceOf(TargetException.class)
                .hasMessageContaining("4194304");
    }

    @Test
    void anotherProgramUnderTheSamePidIsNoticed() throws IOException, TargetException {
        Path script = Files.writeString(
                folder.resolve("script"),
                "echo ready; while [ ! -e go ]; do :; done; exec sleep 1000\n");
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of("/bin/sh", script.toString()),
                        Map.of(),
                        folder,
                        folder.resolve("out.log"),
                        false))) {
            awaitOutput("ready");
            try (SampledProcess process = open(child, SamplePlan.of(Figure.CPU_NANOS))) {
                assertThat(process.hasNewProgram()).isFalse();
                Files.createFile(folder.resolve("go"));
                await(process::hasNewProgram);
                assertThat(process.hasEnded()).isFalse();
            }
        }
    }
}
