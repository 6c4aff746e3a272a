package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.Doctor.Check;
import dev.mortem.os.Doctor.Status;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the doctor says of snapshots, on machines made of a few files. */
class SnapshotChecksTest {
    @TempDir
    Path root;

    @Test
    void aRealSnapshotIsTakenOfAChild() throws IOException {
        try (LiveTarget target = LiveTarget.start(root, "threads", "3")) {
            Check check = new SnapshotChecks(
                            new ProcFolder(Path.of("/proc")),
                            Path.of("/"),
                            new LinuxPlatform().processControl())
                    .trial(target.pid());
            if (InjectionTable.ofThisCpu().hasBeenRun()) {
                assertThat(check.status()).as(check.found()).isEqualTo(Status.OK);
                assertThat(check.found()).matches("a child was copied .* \\d+\\.\\d ms");
            } else {
                assertThat(check.status()).isEqualTo(Status.LIMITED);
                assertThat(check.found()).contains("not been tried on this CPU");
            }
            target.assertUntouched();
        }
    }

    @Test
    void whereNoneCanBeTakenTheReasonIsTold() {
        long kernelThreads = 2;
        Check check = new SnapshotChecks(
                        new ProcFolder(Path.of("/proc")),
                        Path.of("/"),
                        new LinuxPlatform().processControl())
                .trial(kernelThreads);
        assertThat(check.status()).isEqualTo(Status.LIMITED);
        assertThat(check.found()).contains("process 2");
        assertThat(check.meaning()).contains("stand");
    }

    @ParameterizedTest
    @CsvSource({
        "[always] madvise never,OK,always,",
        "always [madvise] never,LIMITED,madvise,UseTransparentHugePages",
        "always madvise [never],LIMITED,never,echo madvise | sudo tee",
        "'',LIMITED,not known,"
    })
    void hugePages(String content, Status status, String found, String mend) throws IOException {
        if (!content.isEmpty()) {
            write("sys/kernel/mm/transparent_hugepage/enabled", content + "\n");
        }
        Check check = check("huge_pages", "");
        assertThat(check.status()).isEqualTo(status);
        assertThat(check.found()).isEqualTo(found);
        assertThat(check.meaning()).contains("35 ms a GiB");
        assertThat(check.mend().orElse("")).contains(mend == null ? "" : mend);
    }

    @ParameterizedTest
    @CsvSource({"0,OK", "1,OK", "2,LIMITED"})
    void overcommit(String content, Status status) throws IOException {
        write("proc/sys/vm/overcommit_memory", content + "\n");
        Check check = check("overcommit", "");
        assertThat(check.status()).isEqualTo(status);
        assertThat(check.found()).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({
        "0000000000200000,0,OK",
        "0000000000200000,2,LIMITED",
        "00000000001fffff,0,LIMITED",
        "0000000000080000,2,LIMITED"
    })
    void targetsUnderSeccompNeedAnAdministratorWithoutFilters(
            String capabilities, String seccomp, Status status) throws IOException {
        Check check = check(
                "seccomp_targets", "CapEff:\t" + capabilities + "\nSeccomp:\t" + seccomp + "\n");
        assertThat(check.status()).isEqualTo(status);
        assertThat(check.mend().isPresent()).isEqualTo(status != Status.OK);
    }

    private Check check(String name, String ownStatus) {
        List<Check> checks = new SnapshotChecks(
                        new ProcFolder(root.resolve("proc")),
                        root,
                        new LinuxPlatform().processControl())
                .surroundings(StatusFile.parse(ownStatus));
        return checks.stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
