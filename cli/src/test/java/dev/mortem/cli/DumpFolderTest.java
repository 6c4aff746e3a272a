package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Optional;

/** Room for a dump, on disks of 1 TB: a tenth is kept free unless the user says otherwise. */
class DumpFolderTest {
    private static final long GB = 1_000_000_000L;

    @TempDir
    Path folder;

    @Test
    void aDumpThatLeavesWhatIsKeptFitsAndOneByteMoreDoesNot() throws CommandFailure {
        DumpFolder target = new DumpFolder(folder, Optional.empty(), FakeSpace.usable(107 * GB));
        assertThat(target.check(7 * GB).free())
                .isEqualTo(folder + " has 107 GB free, 100 GB stay free");
        assertThatThrownBy(() -> target.check(7 * GB + 1))
                .isInstanceOfSatisfying(
                        CommandFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.STORAGE))
                .hasMessageContainingAll("107 GB", "7.00 GB", "100 GB", "-o", "--keep-free");
    }

    @Test
    void theUserSaysHowMuchIsKept() throws CommandFailure {
        DumpFolder target = new DumpFolder(folder, Optional.of(GB), FakeSpace.usable(3 * GB));
        assertThat(target.check(2 * GB).free()).contains("3.00 GB free, 1.00 GB stay free");
    }

    @Test
    void spaceThatIsNotKnownIsAWarning() throws CommandFailure {
        DumpFolder target = new DumpFolder(folder, Optional.empty(), FakeSpace.unknown());
        DumpFolder.Room room = target.check(GB);
        assertThat(room.free()).contains("not known");
        assertThat(room.warnings()).singleElement().asString().contains("nobody knows");
    }
}
