package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.Tool;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;
import dev.mortem.format.minidump.CpuContext;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A core that was kept as a minidump is the core that it was. */
class MinidumpRoundTripTest {
    private static final MinidumpOptions FULL = MinidumpOptions.of(DumpKind.FULL);

    @TempDir
    Path folder;

    @Test
    void everyCoreThatAMinidumpCanHoldComesBackAsItWas() throws Exception {
        List<Path> kept = new ArrayList<>();
        for (Path path : Corpus.cores()) {
            try (OpenDump original = DumpFiles.open(path, Limits.defaults())) {
                if (canBeKept(original.snapshot())) {
                    kept.add(path);
                    assertComesBack(path, original.snapshot());
                }
            }
        }
        assertThat(kept).hasSizeGreaterThan(8);
    }

    private static boolean canBeKept(ProcessSnapshot snapshot) {
        return snapshot.machine().order() == ByteOrder.LITTLE_ENDIAN
                && snapshot.machine().cpu().flatMap(CpuContext::toWrite).isPresent();
    }

    private void assertComesBack(Path path, ProcessSnapshot original) throws Exception {
        Path minidump = folder.resolve("kept.dmp");
        Path core = folder.resolve("back.core");
        WrittenDump written = write(original, minidump, WriteOptions.plain());
        assertThat(written.gaps()).as(path.toString()).isEmpty();
        assertThat(written.sizeBytes()).isEqualTo(Files.size(minidump));
        try (OpenDump kept = DumpFiles.open(minidump, Limits.defaults())) {
            assertThat(kept.format()).isEqualTo("minidump");
            assertThat(kept.truncated()).isFalse();
            assertThat(kept.snapshot().diagnostics()).as(path.toString()).isEmpty();
            assertKept(kept.snapshot(), original, path);
            new CoreWriter()
                    .write(kept.snapshot(), core, WriteOptions.plain(), WriteListener.none());
        }
        try (OpenDump back = DumpFiles.open(core, Limits.defaults())) {
            assertSame(back.snapshot(), original, path);
        }
        Files.delete(minidump);
        Files.delete(core);
    }

    /** What a minidump of ours tells as a core does. */
    private static void assertKept(ProcessSnapshot kept, ProcessSnapshot original, Path path) {
        assertThat(kept.machine()).as(path.toString()).isEqualTo(original.machine());
        assertThat(kept.reason()).as(path.toString()).isEqualTo(original.reason());
        assertThat(kept.regions()).as(path.toString()).isEqualTo(original.regions());
        assertThat(kept.threads().stream().map(MinidumpRoundTripTest::essence))
                .as(path.toString())
                .isEqualTo(original.threads().stream()
                        .map(MinidumpRoundTripTest::essence)
                        .toList());
        assertThat(kept.modules())
                .extracting(LoadedModule::path)
                .isEqualTo(original.modules().stream().map(LoadedModule::path).toList());
        assertThat(kept.modules())
                .extracting(LoadedModule::mappings)
                .isEqualTo(
                        original.modules().stream().map(LoadedModule::mappings).toList());
        assertThat(kept.modules())
                .extracting(LoadedModule::buildId)
                .isEqualTo(
                        original.modules().stream().map(LoadedModule::buildId).toList());
        assertThat(kept.process().pid()).isEqualTo(original.process().pid());
        assertThat(kept.process().image()).isEqualTo(original.process().image());
        assertThat(kept.process().osVersion()).isEqualTo(original.process().osVersion());
        assertSameMemory(kept, original);
    }

    private static List<Object> essence(ThreadSnapshot thread) {
        return List.of(thread.id(), thread.registers(), thread.notes(), thread.userTime());
    }

    private static void assertSame(ProcessSnapshot again, ProcessSnapshot original, Path path) {
        assertThat(again.machine().cpu())
                .as(path.toString())
                .isEqualTo(original.machine().cpu());
        assertThat(again.process()).as(path.toString()).isEqualTo(original.process());
        assertThat(again.threads()).as(path.toString()).isEqualTo(original.threads());
        assertThat(again.modules()).as(path.toString()).isEqualTo(original.modules());
        assertThat(again.regions()).as(path.toString()).isEqualTo(original.regions());
        assertThat(again.reason()).as(path.toString()).isEqualTo(original.reason());
        assertThat(sorted(again.notes())).isEqualTo(sorted(original.notes()));
        assertSameMemory(again, original);
    }

    private static List<RawNote> sorted(List<RawNote> notes) {
        return notes.stream()
                .sorted(Comparator.comparing(RawNote::owner).thenComparingLong(RawNote::type))
                .toList();
    }

    static void assertSameMemory(ProcessSnapshot again, ProcessSnapshot original) {
        byte[] expected = new byte[1 << 16];
        byte[] found = new byte[1 << 16];
        for (MemoryRegion region : original.regions()) {
            AddressRange range = region.present();
            for (long done = 0; done < range.sizeBytes(); done += expected.length) {
                int size = (int) Math.min(expected.length, range.sizeBytes() - done);
                long at = range.start() + done;
                assertThat(original.memory().read(at, expected, 0, size)).isEqualTo(size);
                assertThat(again.memory().read(at, found, 0, size)).isEqualTo(size);
                assertThat(found).isEqualTo(expected);
            }
        }
    }

    @Test
    void aPackedMinidumpIsTheSameSnapshotAndIsItsOwnersOnly() throws Exception {
        Path packed = folder.resolve("packed.dmp.zst");
        try (OpenDump original =
                DumpFiles.open(Corpus.file("own/linux/core.segv"), Limits.defaults())) {
            write(original.snapshot(), packed, WriteOptions.compressed());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(packed)))
                    .isEqualTo("rw-------");
            try (OpenDump again = DumpFiles.open(packed, Limits.defaults())) {
                assertThat(again.container()).contains("zst");
                assertThat(again.snapshot().regions())
                        .isEqualTo(original.snapshot().regions());
                assertSameMemory(again.snapshot(), original.snapshot());
            }
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(packed);
        }
    }

    @Test
    void gdbOpensTheCoreThatCameBack() throws Exception {
        Tool.require("gdb");
        Path core = Corpus.file("own/linux/core.segv");
        Path minidump = folder.resolve("kept.dmp");
        Path back = folder.resolve("back.core");
        try (OpenDump original = DumpFiles.open(core, Limits.defaults())) {
            write(original.snapshot(), minidump, WriteOptions.plain());
        }
        try (OpenDump kept = DumpFiles.open(minidump, Limits.defaults())) {
            new CoreWriter()
                    .write(kept.snapshot(), back, WriteOptions.plain(), WriteListener.none());
        }
        String program = Corpus.file("own/linux/crashlin").toString();
        assertThat(gdb(program, back)).isEqualTo(gdb(program, core)).contains("SIGSEGV", "rip");
    }

    private String gdb(String program, Path core) throws Exception {
        return Tool.run(
                        folder,
                        "gdb",
                        "-nx",
                        "-batch",
                        program,
                        core.toString(),
                        "-ex",
                        "info threads",
                        "-ex",
                        "info registers",
                        "-ex",
                        "p $xmm0",
                        "-ex",
                        "x/64xg $sp",
                        "-ex",
                        "info proc mappings")
                .replace(core.toString(), "CORE");
    }

    private static WrittenDump write(ProcessSnapshot snapshot, Path target, WriteOptions options)
            throws Exception {
        return new MinidumpWriter(FULL).write(snapshot, target, options, WriteListener.none());
    }
}
