package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessList;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What an unprivileged Mortem does: tests run as root, so that a second JVM runs as nobody. */
class PermissionTest {
    @TempDir
    Path folder;

    /** Runs in the second JVM: tries what its arguments say and prints what came of it. */
    static final class Attempt {
        private Attempt() {}

        public static void main(String[] arguments) {
            long pid = Long.parseLong(arguments[0]);
            try (LiveSnapshot snapshot =
                    ProcessControl.ofThisMachine().snapshot(pid, SnapshotOptions.defaults())) {
                System.out.println("taken " + snapshot.threads().size());
            } catch (TargetException refused) {
                System.out.println(refused.kind() + " " + refused.getMessage());
            }
            System.out.println("listed "
                    + ProcessList.ofThisMachine().list(Duration.ZERO).stream()
                            .anyMatch(entry -> entry.pid() == pid));
        }
    }

    @Test
    void anotherUsersProcessIsRefusedWithWhatToDo() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2")) {
            String said = asNobody(Long.toString(target.pid()));
            assertThat(said)
                    .contains("NOT_PERMITTED")
                    .contains("another user (uid 0, ours is 65534)")
                    .contains("sudo")
                    .contains("listed true");
            target.assertUntouched();
        }
    }

    @Test
    void ourOwnProcessNeedsNoPrivilege() throws Exception {
        assumeTrue(
                !Files.exists(Path.of("/proc/sys/kernel/yama/ptrace_scope")),
                "needs a kernel without Yama");
        openFolder();
        String program = LiveTarget.compile(folder, "threads").toString();
        try (LiveTarget target = LiveTarget.startCommand(
                folder,
                List.of(
                        "setpriv",
                        "--reuid=65534",
                        "--regid=65534",
                        "--clear-groups",
                        program,
                        "3"))) {
            assertThat(asNobody(Long.toString(target.pid()))).contains("taken 3");
            target.assertUntouched();
        }
    }

    private String asNobody(String argument) throws IOException {
        assumeTrue(LiveTarget.tool("setpriv"), "needs setpriv");
        assumeTrue(System.getProperty("user.name", "").equals("root"), "needs to run as root");
        openFolder();
        Path classes = Files.createDirectories(folder.resolve("classes"));
        for (String part : System.getProperty("java.class.path", "").split(":", -1)) {
            if (part.contains("/os/target/") || part.contains("base")) {
                copy(Path.of(part), classes);
            }
        }
        return LiveTarget.run(
                folder,
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classes + ":" + classes + "/base.jar",
                Attempt.class.getName(),
                argument);
    }

    /** JUnit's folder is its owner's alone. */
    private void openFolder() {
        folder.toFile().setExecutable(true, false);
        folder.toFile().setReadable(true, false);
    }

    private static void copy(Path from, Path to) throws IOException {
        if (Files.isRegularFile(from)) {
            Files.copy(from, to.resolve("base.jar"));
            return;
        }
        try (Stream<Path> files = Files.walk(from)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                try {
                    Path copy = to.resolve(from.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
        }
    }
}
