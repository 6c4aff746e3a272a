package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.reduce.LinkerList;
import dev.mortem.dump.reduce.RedactedSnapshot;
import dev.mortem.dump.reduce.ReducedSnapshot;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A minidump of ours that was cut or changed is read as far as it goes, and made smaller all the same. */
class HostileOwnStreamsTest {
    private static final int MUTATIONS = 20_000;

    @TempDir
    Path folder;

    private byte[] minidump() throws Exception {
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rip", 0x1010)
                .with("rsp", 0x8080)
                .with("rdi", 0x9000);
        FakeSnapshot process = new FakeSnapshot(Machine.of(Cpu.X86_64))
                .thread(ThreadSnapshot.of(
                        7,
                        Optional.of(registers),
                        List.of(new RawNote("LINUX", 0x202, new byte[64]))))
                .module(new LoadedModule(
                        new AddressRange(0x1000, 0x200),
                        "/bin/a",
                        List.of(new LoadedModule.Mapping(new AddressRange(0x1000, 0x200), 0)),
                        Optional.of("abcd"),
                        false))
                .region(region(0x1000, 0x200, "r-x"))
                .region(region(0x8000, 0x100, "rw-"))
                .region(region(0x9000, 0x100, "rw-"))
                .note(new RawNote("CORE", 6, new byte[32]))
                .facts(ProcessFacts.builder().pid(7).image("a").build());
        process.memory()
                .put(0x1000, new byte[0x200])
                .put(0x8000, new byte[0x100])
                .put(0x9000, new byte[0x100]);
        Path file = folder.resolve("small.dmp");
        new MinidumpWriter(MinidumpOptions.of(DumpKind.MINI))
                .write(process, file, WriteOptions.plain(), WriteListener.none());
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    private static MemoryRegion region(long start, long sizeBytes, String permissions) {
        return new MemoryRegion(
                new AddressRange(start, sizeBytes),
                permissions,
                false,
                0,
                Optional.empty(),
                sizeBytes,
                Optional.empty());
    }

    @Test
    void everyTruncationIsReadAsFarAsItGoes() throws Exception {
        byte[] whole = minidump();
        int withThread = 0;
        for (int size = 32; size <= whole.length; size++) {
            withThread += touch(Arrays.copyOf(whole, size)).isEmpty() ? 0 : 1;
        }
        assertThat(withThread).isPositive();
        assertThat(touch(whole)).extracting(ThreadSnapshot::id).containsExactly(7L);
    }

    @Test
    void damageIsNeverMoreThanADiagnostic() throws Exception {
        byte[] whole = minidump();
        SplittableRandom random = new SplittableRandom(20_260_101);
        int read = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] damaged = whole.clone();
            for (int change = random.nextInt(1, 5); change > 0; change--) {
                int at = random.nextInt(4, damaged.length);
                damaged[at] = random.nextInt(4) == 0 ? (byte) 0xff : (byte) random.nextInt(256);
            }
            read += touch(damaged).size();
        }
        assertThat(read).isGreaterThan(MUTATIONS / 2);
    }

    /** Reads all that a writer would. */
    private static List<ThreadSnapshot> touch(byte[] bytes) {
        ByteSource file = ByteSource.ofBytes("hostile.dmp", bytes, ByteOrder.LITTLE_ENDIAN);
        try (FileSnapshot snapshot = MinidumpReader.read(
                file, false, Limits.defaults(), new DiagnosticLog(), () -> {})) {
            for (ProcessSnapshot made : List.of(
                    ReducedSnapshot.of(snapshot, DumpKind.MINI.flags(), 16),
                    RedactedSnapshot.of(snapshot, 0, 4096))) {
                byte[] target = new byte[64];
                for (MemoryRegion region : made.regions()) {
                    int present = (int) Math.min(64, Math.max(0, region.presentBytes()));
                    int got = made.memory().read(region.range().start(), target, 0, present);
                    assertThat(got).isLessThanOrEqualTo(present);
                }
                assertThat(made.modules()).hasSameSizeAs(snapshot.modules());
            }
            assertThat(LinkerList.of(snapshot)).isEmpty();
            return snapshot.threads();
        } catch (MalformedException noMinidump) {
            return List.of();
        }
    }
}
