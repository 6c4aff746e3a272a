package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;

/** Every core of the corpus, read, written and read again, is the same snapshot. */
class CoreRoundTripTest {
    @TempDir
    Path folder;

    @Test
    void whatIsReadWrittenAndReadAgainIsEqual() throws Exception {
        for (Path path : Corpus.cores()) {
            Path copy = folder.resolve("copy.core");
            try (OpenDump original = DumpFiles.open(path, Limits.defaults())) {
                WrittenDump written = write(original.snapshot(), copy, WriteOptions.plain());
                assertThat(written.gaps()).as(path.toString()).isEmpty();
                assertThat(written.sizeBytes()).isEqualTo(Files.size(copy));
                try (OpenDump again = DumpFiles.open(copy, Limits.defaults())) {
                    assertThat(again.truncated()).isFalse();
                    assertSame(again.snapshot(), original.snapshot());
                }
            }
            Files.delete(copy);
        }
    }

    @Test
    void aCompressedDumpIsTheSameSnapshotAndSmaller() throws Exception {
        Path copy = folder.resolve("copy.core.zst");
        Path core = Corpus.file("own/linux/core.segv");
        try (OpenDump original = DumpFiles.open(core, Limits.defaults())) {
            write(original.snapshot(), copy, WriteOptions.compressed());
            assertThat(Files.size(copy)).isLessThan(Files.size(core) / 2);
            try (OpenDump again = DumpFiles.open(copy, Limits.defaults())) {
                assertThat(again.container()).contains("zst");
                assertThat(again.truncated()).isFalse();
                assertSame(again.snapshot(), original.snapshot());
            }
        }
    }

    @Test
    void theFileIsItsOwnersOnlyAndNothingElseIsLeft() throws Exception {
        Path copy = folder.resolve("copy.core");
        Path core = Corpus.file("own/linux/core.segv");
        try (OpenDump original = DumpFiles.open(core, Limits.defaults())) {
            write(original.snapshot(), copy, WriteOptions.plain());
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(copy);
        }
    }

    private static WrittenDump write(ProcessSnapshot snapshot, Path target, WriteOptions options)
            throws Exception {
        return new CoreWriter().write(snapshot, target, options, WriteListener.none());
    }

    private static void assertSame(ProcessSnapshot again, ProcessSnapshot original) {
        assertThat(again.machine().cpu()).isEqualTo(original.machine().cpu());
        assertThat(again.machine().order()).isEqualTo(original.machine().order());
        assertThat(again.process()).isEqualTo(original.process());
        assertThat(again.threads()).isEqualTo(original.threads());
        assertThat(again.modules()).isEqualTo(original.modules());
        assertThat(again.regions()).isEqualTo(original.regions());
        assertThat(again.reason()).isEqualTo(original.reason());
        assertThat(sorted(again.notes())).isEqualTo(sorted(original.notes()));
        assertThat(again.diagnostics()).isEqualTo(original.diagnostics());
        for (MemoryRegion region : original.regions()) {
            assertSameMemory(again, original, region.present());
        }
    }

    /** The order of the process's notes among themselves is the writer's affair. */
    private static List<RawNote> sorted(List<RawNote> notes) {
        return notes.stream()
                .sorted(Comparator.comparing(RawNote::owner).thenComparingLong(RawNote::type))
                .toList();
    }

    private static void assertSameMemory(
            ProcessSnapshot again, ProcessSnapshot original, AddressRange range) {
        byte[] expected = new byte[1 << 16];
        byte[] found = new byte[1 << 16];
        for (long done = 0; done < range.sizeBytes(); done += expected.length) {
            int size = (int) Math.min(expected.length, range.sizeBytes() - done);
            long at = range.start() + done;
            assertThat(original.memory().read(at, expected, 0, size)).isEqualTo(size);
            assertThat(again.memory().read(at, found, 0, size)).isEqualTo(size);
            assertThat(found).isEqualTo(expected);
        }
    }
}
