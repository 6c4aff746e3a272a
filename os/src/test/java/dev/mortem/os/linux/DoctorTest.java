package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Doctor.Check;
import dev.mortem.os.Doctor.Status;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** The checks of this machine: each says something, and the trial leaves no child behind. */
class DoctorTest {
    @TempDir
    Path folder;

    @Test
    void everyCheckSaysWhatWasFoundAndWhatItMeans() {
        List<Check> checks = new LinuxPlatform().doctor().examine(folder.resolve("not/there"));
        assertThat(checks)
                .extracting(Check::name)
                .doesNotHaveDuplicates()
                .contains(
                        "kernel",
                        "ptrace_scope",
                        "capability",
                        "seccomp",
                        "trace",
                        "snapshot",
                        "seccomp_targets",
                        "huge_pages",
                        "overcommit",
                        "core_pattern",
                        "core_limit",
                        "space",
                        "container",
                        "gdb",
                        "cc");
        assertThat(checks).allSatisfy(check -> {
            assertThat(check.found()).isNotBlank();
            assertThat(check.meaning()).isNotBlank();
            if (check.status() == Status.MISSING) {
                assertThat(check.mend()).isPresent();
            }
        });
        assertThat(checks)
                .filteredOn(check -> check.name().equals("trace"))
                .hasSize(1)
                .allMatch(check -> check.status() == Status.OK);
        assertThat(ProcessHandle.current().children()).isEmpty();
    }
}
