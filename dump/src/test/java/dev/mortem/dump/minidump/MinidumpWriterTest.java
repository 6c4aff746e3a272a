package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.FullDisk;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.core.PatternSnapshot;
import dev.mortem.dump.core.PatternSnapshot.Page;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.write.Gap;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What is written of a snapshot that was never a minidump. */
class MinidumpWriterTest {
    private static final Machine X64 = Machine.of(Cpu.X86_64);
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void allThatTheSnapshotTellsIsTold() throws Exception {
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", 0x40_1010)
                .with("rsp", 0x7000_0ff0)
                .with("fs_base", 0x1234_5678_9abcL);
        LoadedModule app = new LoadedModule(
                new AddressRange(0x40_0000, 0x3000),
                "/srv/app",
                List.of(
                        new LoadedModule.Mapping(new AddressRange(0x40_0000, 0x1000), 0),
                        new LoadedModule.Mapping(new AddressRange(0x40_1000, 0x2000), 0x1000)),
                Optional.of("0123456789abcdef0123"),
                true);
        Instant started = Instant.parse("2026-01-02T03:04:05.678Z");
        FakeSnapshot live = new FakeSnapshot(X64)
                .thread(new ThreadSnapshot(
                        11,
                        Optional.of("worker"),
                        Optional.empty(),
                        Optional.of(registers),
                        List.of(),
                        Optional.of(Duration.ofMillis(1230)),
                        Optional.of(Duration.ofMillis(40)),
                        Optional.empty()))
                .module(app)
                .region(region(0x40_1000, 0x2000, "r-x", Optional.of("/srv/app"), 0x2000))
                .region(region(0x7000_0000, 0x2000, "rw-", Optional.of("[stack]"), 0x2000))
                .region(region(0x8000_0000L, 0x1000, "rw-", Optional.empty(), 0))
                .facts(ProcessFacts.builder()
                        .pid(10)
                        .image("app")
                        .executable("/srv/app")
                        .commandLine(List.of("/srv/app", "-v"))
                        .environment(List.of("TOKEN=x"))
                        .user("shop")
                        .host("web1")
                        .os("Linux", "6.1.0-13-amd64")
                        .cpuCount(4)
                        .startedAt(started)
                        .takenAt(started.plusSeconds(90))
                        .build())
                .reason(new CrashReason.Signal(
                        11, OptionalInt.of(1), OptionalLong.of(0x18), OptionalLong.empty(), 11));
        live.memory().put(0x40_1000, filled(0x2000, 7)).put(0x7000_0000, filled(0x2000, 9));
        try (OpenDump dump = written(live, MinidumpOptions.of(DumpKind.FULL))) {
            ProcessSnapshot read = dump.snapshot();
            assertThat(read.diagnostics()).isEmpty();
            assertThat(read.reason()).isEqualTo(live.reason());
            assertThat(read.process().toBuilder().environment(List.of()).build())
                    .isEqualTo(live.process().toBuilder().environment(List.of()).build());
            assertThat(read.process().environment()).isEmpty();
            ThreadSnapshot thread = read.threads().getFirst();
            assertThat(thread.id()).isEqualTo(11);
            assertThat(thread.name()).contains("worker");
            assertThat(thread.userTime()).contains(Duration.ofMillis(1230));
            assertThat(thread.registers().orElseThrow().get("fs_base")).hasValue(0x1234_5678_9abcL);
            assertThat(read.regions()).isEqualTo(live.regions());
            LoadedModule again = read.modules().getFirst();
            assertThat(again.mappings()).isEqualTo(app.mappings());
            assertThat(again.buildId()).isEqualTo(app.buildId());
            assertThat(again.deleted()).isTrue();
            assertThat(read.details().kind()).contains("full");
        }
        MinidumpOptions asked = MinidumpOptions.of(DumpKind.FULL).with(true, Map.of());
        try (OpenDump dump = written(live, asked)) {
            assertThat(dump.snapshot().process().environment()).containsExactly("TOKEN=x");
        }
    }

    /** Offsets as winnt.h has them; the bits that a reader trusts are those of what is there. */
    @ParameterizedTest
    @CsvSource({
        "X86_64, rip, 248, 8, 48, 0x100003",
        "X86, eip, 184, 4, 0, 0x10003",
        "ARM64, pc, 264, 8, 0, 0x400003",
        "ARM, pc, 64, 4, 0, 0x200003"
    })
    void aContextIsThatOfItsCpu(
            Cpu cpu, String pc, int offset, int sizeBytes, int flagsOffset, String flags) {
        String other = cpu.registerNames().getFirst();
        RegisterContext registers =
                RegisterContext.none(cpu).with(pc, 0x1122_3344L).with(other, 5);
        ThreadSnapshot thread = ThreadSnapshot.of(1, Optional.of(registers), List.of());
        ByteBuffer context = ByteBuffer.wrap(ContextParts.context(thread).orElseThrow())
                .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(sizeBytes == 8 ? context.getLong(offset) : context.getInt(offset))
                .isEqualTo(0x1122_3344L);
        assertThat(context.getInt(flagsOffset)).isEqualTo(Integer.decode(flags));
        int expected = switch (cpu) {
            case X86_64 -> 1232;
            case X86 -> 716;
            case ARM64 -> 912;
            case ARM -> 416;
            default -> 0;
        };
        assertThat(context.capacity()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "X86_64, CORE, 2, 512, 256, 0x8",
        "X86_64, LINUX, 514, 832, 256, 0x8",
        "X86, CORE, 2, 108, 28, 0x8",
        "X86, LINUX, 1189489535, 512, 204, 0x20",
        "ARM64, CORE, 2, 528, 272, 0x4",
        "ARM, LINUX, 1024, 260, 80, 0x4"
    })
    void floatingPointComesFromTheNotes(
            Cpu cpu, String owner, long type, int noteBytes, int offset, String flag) {
        byte[] content = new byte[noteBytes];
        for (int index = 0; index < noteBytes; index++) {
            content[index] = (byte) (index * 7 + 1);
        }
        String pc = cpu.registerNames().get(cpu.pc());
        ThreadSnapshot thread = ThreadSnapshot.of(
                1,
                Optional.of(RegisterContext.none(cpu).with(pc, 1)),
                List.of(new RawNote(owner, type, content)));
        byte[] context = ContextParts.context(thread).orElseThrow();
        int sizeBytes = Math.min(noteBytes, cpu == Cpu.ARM ? 256 : 512);
        assertThat(Arrays.copyOfRange(context, offset, offset + sizeBytes))
                .isEqualTo(Arrays.copyOf(content, sizeBytes));
        int flags = ByteBuffer.wrap(context)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt(cpu == Cpu.X86_64 ? 0x30 : 0);
        assertThat(flags & Integer.decode(flag)).isNotZero();
    }

    @Test
    void aModuleOfWindowsKeepsWhatTellsItsBuild() throws Exception {
        ImageIdentity identity = new ImageIdentity(
                Optional.of(new CodeId(0x5ab3_8077, 0x1000)),
                DebugId.parse("3249D99D0C4049318610F4E4FB0B69361"),
                Optional.of("c:\\build\\shop.pdb"),
                Optional.of("10.0.19041.1"),
                Optional.of("4.8.65535.7"),
                Optional.of(0x1234L));
        LoadedModule module = new LoadedModule(
                new AddressRange(0x1_8000_0000L, 0x1000),
                "C:\\srv\\shop.dll",
                List.of(new LoadedModule.Mapping(new AddressRange(0x1_8000_0000L, 0x1000), 0)),
                Optional.empty(),
                false,
                Optional.of(identity));
        FakeSnapshot live = new FakeSnapshot(X64)
                .module(module)
                .facts(ProcessFacts.builder()
                        .pid(7)
                        .os("Windows", "10.0.19041 Service Pack 1")
                        .build());
        try (OpenDump dump = written(live, MinidumpOptions.of(DumpKind.MINI))) {
            assertThat(dump.snapshot().modules()).containsExactly(module);
            assertThat(dump.snapshot().process().osVersion()).contains("10.0.19041 Service Pack 1");
            assertThat(dump.snapshot().process().isWindows()).isTrue();
            assertThat(dump.snapshot().details().contents())
                    .noneMatch(name -> name.startsWith("Mortem"));
        }
    }

    @Test
    void whatCannotBeReadIsZerosAndAGap() throws Exception {
        FakeSnapshot live = new FakeSnapshot(X64)
                .region(region(0x10000, 0x5000, "rw-", Optional.empty(), 0x5000));
        live.memory().put(0x10000, filled(0x1800, 1)).put(0x14000, filled(0x1000, 2));
        Path file = folder.resolve("gap.dmp");
        assertThat(write(live, file).gaps())
                .containsExactly(
                        new Gap(0x11800, 0x2800, "could not be read while the dump was written"));
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            assertThat(dump.snapshot().memory().u1(0x117ff)).hasValue(1);
            assertThat(dump.snapshot().memory().u1(0x11800)).hasValue(0);
            assertThat(dump.snapshot().memory().u1(0x14000)).hasValue(2);
        }
    }

    /** Places beyond 4 GiB, and pages of zeros that take no room. */
    @Test
    void aProcessOfSixGibibytesIsAFileWithHoles() throws Exception {
        PatternSnapshot process = new PatternSnapshot(page -> Page.NOISE)
                .region(0x1000_0000, MIB)
                .region(0x10_0000_0000L, 6144 * MIB, MIB)
                .region(0x20_0000_0000L, MIB);
        Path file = folder.resolve("wide.dmp");
        WrittenDump written = write(process, file);
        assertThat(written.sizeBytes()).isGreaterThan(6144 * MIB);
        assertThat(written.allocatedBytes()).isLessThan(4 * MIB);
        assertThat(new MinidumpWriter(MinidumpOptions.of(DumpKind.FULL)).expectedSizeBytes(process))
                .isBetween(3 * MIB, 4 * MIB);
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            assertThat(dump.snapshot().regions()).isEqualTo(process.regions());
            for (long at : new long[] {0x1000_0123, 0x10_0000_0fffL, 0x20_000f_ffffL}) {
                assertThat(dump.snapshot().memory().u1(at))
                        .hasValue(Byte.toUnsignedLong(process.byteAt(at)));
            }
            assertThat(dump.snapshot().memory().u1(0x10_8000_0000L)).hasValue(0);
        }
    }

    @ParameterizedTest
    @EnumSource(DumpKind.class)
    void aSnapshotWithNothingInItIsADumpOfEveryKind(DumpKind kind) throws Exception {
        try (OpenDump dump = written(new FakeSnapshot(X64), MinidumpOptions.of(kind))) {
            assertThat(dump.snapshot().diagnostics()).isEmpty();
            assertThat(dump.snapshot().details().kind()).contains(kind.label());
            assertThat(dump.snapshot().threads()).isEmpty();
            assertThat(dump.snapshot().reason()).isInstanceOf(CrashReason.Unknown.class);
        }
    }

    /** A stack pointer that points nowhere, a module without end, names that are none. */
    @ParameterizedTest
    @EnumSource(DumpKind.class)
    void aSnapshotThatMakesNoSenseIsWrittenAsItIs(DumpKind kind) throws Exception {
        RegisterContext wild = RegisterContext.none(Cpu.X86_64).with("rsp", -1L).with("rip", 0);
        RegisterContext atTheEnd = RegisterContext.none(Cpu.X86_64).with("rsp", 0x1_0000);
        FakeSnapshot live = new FakeSnapshot(X64)
                .thread(ThreadSnapshot.of(0xffff_ffffL, Optional.of(wild), List.of()))
                .thread(ThreadSnapshot.of(1, Optional.of(atTheEnd), List.of()))
                .thread(ThreadSnapshot.of(1, Optional.empty(), List.of()))
                .module(new LoadedModule(
                        new AddressRange(0x1000, -0x2000),
                        "a\nb\0c",
                        List.of(),
                        Optional.of("odd"),
                        false))
                .region(region(0x1_0000, 0x10, "rwx", Optional.of("x\ny"), 0x10))
                .region(region(-0x1000, 0x1000, "rw-", Optional.empty(), 0x1000))
                .reason(new CrashReason.Signal(
                        99, OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty(), 5));
        live.memory().put(0x1_0000, filled(0x10, 3)).put(-0x1000, filled(0x1000, 4));
        try (OpenDump dump = written(live, MinidumpOptions.of(kind))) {
            assertThat(dump.truncated()).isFalse();
            assertThat(dump.snapshot().threads())
                    .extracting(ThreadSnapshot::id)
                    .containsExactly(5L, 0xffff_ffffL, 1L); // the signal's is not listed
            assertThat(dump.snapshot().modules()).hasSize(1);
        }
    }

    @Test
    void aMachineThatNoMinidumpKnowsIsRefused() {
        FakeSnapshot other =
                new FakeSnapshot(new Machine("s390x", Optional.empty(), 8, ByteOrder.BIG_ENDIAN));
        assertThatThrownBy(() -> write(other, folder.resolve("no.dmp")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("s390x");
        assertThat(new MinidumpWriter(MinidumpOptions.of(DumpKind.FULL)).expectedSizeBytes(other))
                .isZero();
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 4096, 1_234_567})
    void aFullDiskIsNamedAndLeavesNothing(long roomBytes) {
        PatternSnapshot noise =
                new PatternSnapshot(page -> Page.NOISE).region(0x1000_0000, 16 * MIB);
        MinidumpWriter writer = new MinidumpWriter(
                MinidumpOptions.of(DumpKind.FULL),
                System::nanoTime,
                channel -> FullDisk.after(channel, roomBytes));
        assertThatThrownBy(() -> writer.write(
                        noise,
                        folder.resolve("full.dmp"),
                        WriteOptions.plain(),
                        WriteListener.none()))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("the disk is full after %,d bytes".formatted(roomBytes));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anExistingFileIsNotTouched() throws Exception {
        Path there = Files.writeString(folder.resolve("there.dmp"), "mine");
        assertThatThrownBy(() -> write(new FakeSnapshot(X64), there))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(there).hasContent("mine");
    }

    private OpenDump written(ProcessSnapshot snapshot, MinidumpOptions options) throws Exception {
        Path file = Files.createTempDirectory(folder, "dump").resolve("made.dmp");
        new MinidumpWriter(options)
                .write(snapshot, file, WriteOptions.plain(), WriteListener.none());
        return DumpFiles.open(file, Limits.defaults());
    }

    private static WrittenDump write(ProcessSnapshot snapshot, Path file) throws IOException {
        return new MinidumpWriter(MinidumpOptions.of(DumpKind.FULL))
                .write(snapshot, file, WriteOptions.plain(), WriteListener.none());
    }

    private static MemoryRegion region(
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
