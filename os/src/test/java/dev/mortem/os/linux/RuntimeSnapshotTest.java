package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runtimes with stacks, signals and guards of their own compute on, and compute right. */
class RuntimeSnapshotTest {
    private static final SnapshotOptions REQUIRE =
            SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE);
    private static final int ROUNDS = 10;

    private final ProcessControl control = new LinuxPlatform().processControl();

    @TempDir
    Path folder;

    @Test
    void python() throws Exception {
        runsOnAndRight("python3", List.of("python3", copy("runtime.py")));
    }

    @Test
    void node() throws Exception {
        runsOnAndRight("node", List.of("node", copy("runtime.js")));
    }

    @Test
    void java() throws Exception {
        String java =
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
        Files.move(Path.of(copy("runtime.java")), folder.resolve("Runs.java"));
        runsOnAndRight(
                "sh", List.of(java, "-Xmx64m", folder.resolve("Runs.java").toString()));
    }

    @Test
    void go() throws Exception {
        assumeTrue(LiveTarget.tool("go"), "needs go");
        String program = folder.resolve("runs").toString();
        LiveTarget.run(
                folder,
                "env",
                "GOFLAGS=-mod=mod",
                "GOTOOLCHAIN=local",
                "GOCACHE=" + folder.resolve("cache"),
                "go",
                "build",
                "-o",
                program,
                copy("runtime.go"));
        runsOnAndRight("go", List.of(program));
    }

    private String copy(String program) throws Exception {
        return LiveTarget.copy(folder, program).toString();
    }

    /** Each prints "ok" whenever a computation came out right, and "wrong" when it did not. */
    private void runsOnAndRight(String tool, List<String> command) throws Exception {
        assumeTrue(LiveTarget.tool(tool), "needs " + tool);
        try (LiveTarget target = LiveTarget.startCommand(folder, command)) {
            LiveTarget.await("computations", () -> rightOnes(target) > 1);
            for (int round = 0; round < ROUNDS; round++) {
                long before = rightOnes(target);
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                    assertThat(snapshot.method()).isEqualTo("snapshot");
                    assertThat(snapshot.threads())
                            .allMatch(thread -> thread.registers().isPresent());
                    if (round % 2 == 0) {
                        LiveTarget.await("it goes on", () -> rightOnes(target) > before + 1);
                    }
                }
                LiveTarget.await("computations", () -> rightOnes(target) > before + 1);
            }
            assertThat(target.output()).doesNotContain("wrong").doesNotContain("Error");
            assertThat(target.child().isRunning()).isTrue();
            Remains.assertNone(target.pid());
        }
    }

    private static long rightOnes(LiveTarget target) {
        return target.output().lines().filter("ok"::equals).count();
    }
}
