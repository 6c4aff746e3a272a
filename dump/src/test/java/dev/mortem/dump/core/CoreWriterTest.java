package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.Tool;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.dump.write.Gap;
import dev.mortem.dump.write.PartialFile;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What is written of a snapshot that was never a file. */
class CoreWriterTest {
    private static final Machine X64 = Machine.of(Cpu.X86_64);

    @TempDir
    Path folder;

    @Test
    void threadsReasonAndFilesAreMadeWhereNoNoteIsKept() throws Exception {
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", 0x1010)
                .with("rsp", 0x7ff0)
                .with("fs_base", 0x1234_5678_9abcL);
        RawNote floats = new RawNote("CORE", 2, new byte[512]);
        FakeSnapshot live = new FakeSnapshot(X64)
                .thread(ThreadSnapshot.of(10, Optional.empty(), List.of()))
                .thread(ThreadSnapshot.of(11, Optional.of(registers), List.of(floats)))
                .region(region(0x1000, 0x1000, "r-x", Optional.of("/srv/app"), 0x1000))
                .facts(ProcessFacts.builder()
                        .pid(10)
                        .image("app")
                        .commandLine(List.of("/srv/app", "-v"))
                        .build())
                .reason(new CrashReason.Signal(
                        11, OptionalInt.of(1), OptionalLong.of(0x18), OptionalLong.empty(), 11));
        live.memory().put(0x1000, filled(0x1000, 7));

        Path core = folder.resolve("made.core");
        assertThat(write(live, core).gaps()).isEmpty();
        try (MappedFile file = MappedFile.open(core, ByteOrder.LITTLE_ENDIAN)) {
            FileSnapshot read = read(file.source());
            assertThat(read.diagnostics()).isEmpty();
            assertThat(read.reason()).isEqualTo(live.reason());
            assertThat(read.threads()).extracting(ThreadSnapshot::id).containsExactly(11L, 10L);
            RegisterContext again = read.threads().getFirst().registers().orElseThrow();
            assertThat(again.get("rip")).hasValue(0x1010);
            assertThat(again.get("fs_base")).hasValue(0x1234_5678_9abcL);
            assertThat(read.threads().getFirst().notes()).contains(floats);
            assertThat(read.process().pid()).hasValue(10);
            assertThat(read.process().commandLine()).containsExactly("/srv/app", "-v");
            assertThat(read.regions().getFirst().path()).contains("/srv/app");
            assertThat(read.memory().u1(0x1fff)).hasValue(7);
        }
    }

    @Test
    void whatCannotBeReadIsZerosAndAGap() throws Exception {
        FakeSnapshot live = new FakeSnapshot(X64)
                .region(region(0x10000, 0x5000, "rw-", Optional.empty(), 0x5000));
        live.memory().put(0x10000, filled(0x1800, 1)).put(0x14000, filled(0x1000, 2));
        Path core = folder.resolve("gap.core");
        WrittenDump written = write(live, core);
        assertThat(written.gaps())
                .containsExactly(
                        new Gap(0x11800, 0x2800, "could not be read while the dump was written"));
        try (MappedFile file = MappedFile.open(core, ByteOrder.LITTLE_ENDIAN)) {
            FileSnapshot read = read(file.source());
            assertThat(read.memory().u1(0x117ff)).hasValue(1);
            assertThat(read.memory().u1(0x11800)).hasValue(0);
            assertThat(read.memory().u1(0x14000)).hasValue(2);
        }
    }

    @Test
    void absentAndReservedMemoryTakesNoRoom() throws Exception {
        FakeSnapshot live = new FakeSnapshot(X64)
                .region(region(0x10000, 0x1000, "rw-", Optional.empty(), 0))
                .region(region(0x20000, 1L << 44, "---", Optional.empty(), 0));
        Path core = folder.resolve("absent.core");
        assertThat(write(live, core).sizeBytes()).isEqualTo(4096);
        assertThat(new CoreWriter().expectedSizeBytes(live)).isEqualTo(4096);
        try (MappedFile file = MappedFile.open(core, ByteOrder.LITTLE_ENDIAN)) {
            FileSnapshot read = read(file.source());
            assertThat(read.regions()).hasSize(2);
            assertThat(read.memory().u1(0x10000)).isEmpty();
            assertThat(read.truncated()).isFalse();
        }
    }

    @Test
    void moreSegmentsThanTheHeaderCountsAreWrittenAndRead() throws Exception {
        Tool.require("readelf");
        int count = 70_000;
        FakeSnapshot live = new FakeSnapshot(X64);
        live.thread(ThreadSnapshot.of(1, Optional.empty(), List.of()));
        ManyRegions many = new ManyRegions(live, count);
        Path core = folder.resolve("many.core");
        new CoreWriter().write(many, core, WriteOptions.plain(), WriteListener.none());
        String headers = Tool.run(folder, "readelf", "-hW", core.toString());
        assertThat(headers).contains("65535 (" + (count + 1) + ")");
        try (MappedFile file = MappedFile.open(core, ByteOrder.LITTLE_ENDIAN)) {
            assertThat(read(file.source()).regions()).hasSize(count);
            // the section header that holds the count is cut off with all behind it
            ByteSource cut = file.source().slice("cut", 0, 64 + 56L * (count + 1) + 10);
            assertThat(read(cut).truncated()).isTrue();
            assertThat(read(cut).regions()).hasSize(count);
        }
    }

    @Test
    void anExistingFileIsNotTouched() throws Exception {
        Path there = Files.writeString(folder.resolve("there.core"), "mine");
        FakeSnapshot live = new FakeSnapshot(X64);
        assertThatThrownBy(() -> write(live, there))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("choose another name");
        assertThatThrownBy(() -> write(live, folder.resolve("no/such/folder.core")))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(there).hasContent("mine");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(there);
        }
    }

    @Test
    void aFullDiskIsNamedAsSuch() throws Exception {
        try (PartialFile file = PartialFile.create(folder.resolve("full.core"))) {
            assertThat(file.explained(new IOException("No space left on device"), 12_345))
                    .hasMessageContaining("the disk is full after 12,345 bytes")
                    .hasMessageContaining("choose another folder with -o");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void zerosAreHoles() throws Exception {
        FakeSnapshot live = new FakeSnapshot(X64)
                .region(region(0x10000, 0x10_0000, "rw-", Optional.empty(), 0x10_0000));
        live.memory().put(0x10000, filled(0x10_0000, 0));
        live.memory().put(0x20000, filled(0x1000, 5));
        Path core = folder.resolve("holes.core");
        assertThat(write(live, core).sizeBytes()).isEqualTo(0x10_0000 + 4096);
        String blocks = Tool.run(folder, "stat", "-c", "%b", core.toString()).strip();
        assertThat(Long.parseLong(blocks) * 512).isLessThanOrEqualTo(64 << 10);
        try (MappedFile file = MappedFile.open(core, ByteOrder.LITTLE_ENDIAN)) {
            FileSnapshot read = read(file.source());
            assertThat(read.memory().u1(0x10_ffff)).hasValue(0);
            assertThat(read.memory().u1(0x20fff)).hasValue(5);
        }
    }

    @Test
    void aFailureLeavesNothingBehind() throws Exception {
        FakeSnapshot live = new FakeSnapshot(X64)
                .region(region(0x10000, 0x1000, "rw-", Optional.empty(), 0x1000));
        WriteListener broken = (doneBytes, totalBytes) -> {
            throw new IllegalStateException("the listener fails");
        };
        assertThatThrownBy(() -> new CoreWriter()
                        .write(live, folder.resolve("x.core"), WriteOptions.plain(), broken))
                .isInstanceOf(IllegalStateException.class);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    private static WrittenDump write(FakeSnapshot live, Path core) throws Exception {
        return new CoreWriter().write(live, core, WriteOptions.plain(), WriteListener.none());
    }

    private static FileSnapshot read(ByteSource core) throws Exception {
        return CoreReader.read(core, false, Limits.defaults(), new DiagnosticLog(), () -> {});
    }

    static MemoryRegion region(
            long start,
            long sizeBytes,
            String permissions,
            Optional<String> path,
            long presentBytes) {
        return new MemoryRegion(
                new AddressRange(start, sizeBytes),
                permissions,
                false,
                0,
                path,
                presentBytes,
                presentBytes == 0 ? Optional.of("for the test") : Optional.empty());
    }

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
