package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Broken minidumps: a snapshot with diagnostics, or MalformedException where there is no header. */
@Timeout(300)
class HostileMinidumpTest {
    private static final int MUTATIONS = 20_000;
    private static final int HEADER_BYTES = 32;

    @Test
    void everyTruncationIsReadAsFarAsItGoes() {
        for (byte[] whole : seeds()) {
            assertThat(whole.length).isLessThan(16 << 10);
            for (int size = 0; size < whole.length; size++) {
                Optional<FileSnapshot> read = readAll(Arrays.copyOf(whole, size));
                assertThat(read.isPresent()).as("cut to " + size).isEqualTo(size >= HEADER_BYTES);
            }
        }
    }

    /** The first stream is wanted by name: with it lost, something has to say so. */
    @Test
    void aCutIsNeverSilent() {
        byte[] whole = seeds().getFirst();
        int end = lastStreamEnd(whole);
        for (int size = HEADER_BYTES; size < end; size++) {
            FileSnapshot cut = readAll(Arrays.copyOf(whole, size)).orElseThrow();
            assertThat(cut.diagnostics()).as("cut to " + size).isNotEmpty();
        }
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        List<byte[]> seeds = seeds();
        SplittableRandom random = new SplittableRandom(4711);
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = seeds.get(round % seeds.size()).clone();
            int flips = 1 + random.nextInt(5);
            for (int flip = 0; flip < flips; flip++) {
                mutate(mutated, random);
            }
            readAll(mutated);
        }
    }

    /** Half of the damage where directory, counts and sizes are. */
    private static void mutate(byte[] bytes, SplittableRandom random) {
        int bound = random.nextBoolean() ? Math.min(1500, bytes.length) : bytes.length;
        int at = random.nextInt(bound);
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] = (byte) random.nextInt(256);
            case 1 -> bytes[at] = (byte) 0xff;
            case 2 -> bytes[at] = 0;
            case 3 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 4 -> number(bytes, at, random.nextInt(bytes.length));
            default -> number(bytes, at, -random.nextInt(64));
        }
    }

    private static void number(byte[] bytes, int at, int value) {
        int aligned = at & -4;
        if (aligned + 4 <= bytes.length) {
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(aligned, value);
        }
    }

    /** Real ones are cut where a structure ends and a byte beside. */
    @Test
    void realDumpsAreCutAtEveryStructure() throws Exception {
        for (String name : List.of(
                "minidump/google__breakpad/tiny-exe-fastfail.dmp",
                "minidump/getsentry__sentry-native/minidump.dmp",
                "minidump/google__breakpad/minidump_crashpad_annotation.dmp",
                "minidump/llvm-mirror__lldb/unittests/Process/minidump/Inputs/linux-x86_64.dmp",
                "minidump/google__syzygy/notepad-small-64bit.dmp",
                "minidump/google__breakpad/ascii_read_av.dmp")) {
            byte[] whole = Files.readAllBytes(Corpus.file(name));
            for (int border : borders(whole)) {
                for (int size = border - 1; size <= border + 1; size++) {
                    if (size >= 0 && size <= whole.length) {
                        readAll(Arrays.copyOf(whole, size));
                    }
                }
            }
        }
    }

    /** Starts and ends of streams, and of each entry of 16, 48 and 108 bytes in them. */
    private static Set<Integer> borders(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        Set<Integer> borders = new TreeSet<>(List.of(0, 4, 8, 12, 32, file.length));
        int directory = bytes.getInt(12);
        for (int stream = 0; stream < bytes.getInt(8); stream++) {
            int at = directory + 12 * stream;
            int type = bytes.getInt(at);
            int start = bytes.getInt(at + 8);
            int end = start + bytes.getInt(at + 4);
            int step = Map.of(3, 48, 4, 108, 5, 16, 16, 48).getOrDefault(type, 64);
            borders.add(at);
            for (int entry = start; entry < end; entry += step) {
                borders.add(entry);
                borders.add(entry + 4);
            }
            borders.add(end);
        }
        return borders;
    }

    private static int lastStreamEnd(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int end = 0;
        for (int stream = 0; stream < bytes.getInt(8); stream++) {
            int at = HEADER_BYTES + 12 * stream;
            end = Math.max(end, bytes.getInt(at + 4) + bytes.getInt(at + 8));
        }
        return end;
    }

    @Test
    void streamsMayLieInOneAnother() {
        byte[] whole = seeds().getFirst();
        ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        for (int stream = 0; stream < bytes.getInt(8); stream++) {
            for (int other = 0; other < bytes.getInt(8); other++) {
                byte[] overlapping = whole.clone();
                System.arraycopy(
                        whole,
                        HEADER_BYTES + 12 * other + 4,
                        overlapping,
                        HEADER_BYTES + 12 * stream + 4,
                        8);
                readAll(overlapping);
            }
        }
        // every stream is the whole file
        for (int stream = 0; stream < bytes.getInt(8); stream++) {
            number(whole, HEADER_BYTES + 12 * stream + 4, whole.length);
            number(whole, HEADER_BYTES + 12 * stream + 8, 0);
        }
        assertThat(readAll(whole)).isPresent();
    }

    @Test
    void namesMayHoldAnything() throws Exception {
        String name = "C:\\\u0007\u001b[2J\u202e\ud800\\a.dll";
        FileSnapshot read = MinidumpOpened.open(new MinidumpBuilder()
                .windows(9)
                .thread(7, 0)
                .threadName(7, name)
                .module(0x1000, 0x1000, name));
        assertThat(read.threads().getFirst().name().orElseThrow()).contains("\u001b[2J");
        assertThat(read.modules().getFirst().path()).contains("\u202e");
    }

    /** 1,000 names that are each the rest of the file. */
    @Test
    void namesThatOverlapCostNoMoreThanTheFile() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder().windows(9);
        Layout shared = dump.blob();
        Label start = shared.start();
        for (int index = 0; index < 16_000; index++) {
            shared.u4(60_000);
        }
        shared.zeros(60_000);
        for (int index = 0; index < 16_000; index++) {
            Layout module = MinidumpBuilder.layout()
                    .u8(0x1000L * index)
                    .u4(0x1000)
                    .u4(0)
                    .u4(0);
            dump.rawModule(module.u4(start.plus(4L * index)).fillTo(108));
        }
        long chars = 0;
        for (LoadedModule module : MinidumpOpened.open(dump).modules()) {
            chars += module.path().length();
        }
        assertThat(chars).isLessThan(4L << 20);
    }

    /** A map of 20 bytes a line and modules that all have its file: once quadratic. */
    @Test
    @Timeout(20)
    void manyMapsOfManyModulesAreMatchedInTime() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder().system(9, 0x8201, 0, 0, 0, 1, "");
        Label name = dump.text("x");
        StringBuilder maps = new StringBuilder();
        for (int index = 0; index < 40_000; index++) {
            Layout module = MinidumpBuilder.layout()
                    .u8(1 + index)
                    .u4(0x7fff_ffffL)
                    .u4(0)
                    .u4(0);
            dump.rawModule(module.u4(name).fillTo(108));
            maps.append(Integer.toHexString(index)).append("-ffffffff r--p 0 0 0 x\n");
        }
        dump.narrowText(MinidumpBuilder.LINUX_MAPS, maps.toString());
        FileSnapshot read = MinidumpOpened.open(dump);
        assertThat(read.modules()).hasSize(40_000);
        assertThat(read.regions()).hasSize(1);
    }

    /** As a full dump of scattered pages has them, each of one byte of the same place in the file. */
    @Test
    @Timeout(60)
    void aMillionRangesAreRead() throws Exception {
        int ranges = 1_000_000;
        ByteBuffer list = ByteBuffer.allocate(16 * ranges).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = ranges; index > 0; index--) {
            list.putLong(0x1000L * index).putLong(1);
        }
        Layout stream = MinidumpBuilder.layout().u8(ranges).u8(0).bytes(list.array());
        FileSnapshot read = MinidumpOpened.open(
                new MinidumpBuilder().windows(9).stream(MinidumpBuilder.MEMORY_64_LIST, stream));
        assertThat(read.regions()).hasSize(ranges);
        assertThat(read.memory().u1(0x1000L * ranges)).hasValue('M');
        assertThat(read.memory().u1(0x1000L * ranges - 0x3000)).hasValue('P');
        assertThat(read.memory().u1(0x1001)).isEmpty();
    }

    /** Entries of the loader's list that share one path of 64 KiB. */
    @Test
    void pathsOfTheLoadersListAreBounded() throws Exception {
        Layout list = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0x1000_0000L));
        int entries = 30_000;
        for (int index = 0; index < entries; index++) {
            long next = 0x1000_0000L + 0x60L * (index + 1);
            list.u8(next).zeros(0x28).u8(0x1000L * index).u8(0).u8(0x1000);
            list.u2(65_534).u2(0).u4(0).u8(0x2000_0000L).zeros(8);
        }
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(9)
                .thread(7, MinidumpOpened.TEB, MinidumpContext.AMD64.with(Map.of()))
                .memory(0x1000_0000L, list)
                .memory(0x2000_0000L, new byte[65_536])
                .memory(0x3000_0000L, MinidumpBuilder.layout().zeros(0x10).u8(0x1000_0000L));
        new WindowsBlocks(8, MinidumpOpened.PEB)
                .teb(MinidumpOpened.TEB, 0, 0, 0, 0)
                .forEach((address, bytes) -> {
                    if (address == MinidumpOpened.PEB) {
                        byte[] loader =
                                MinidumpBuilder.layout().u8(0x3000_0000L).build();
                        System.arraycopy(loader, 0, bytes, 0x18, 8);
                    }
                    dump.memory(address, bytes);
                });
        assertThat(MinidumpOpened.open(dump).windows().orElseThrow().loadOrder())
                .hasSizeBetween(100, 300);
    }

    @Test
    void memoryThatWrapsTheAddressSpaceEndsThere() throws Exception {
        FileSnapshot read = MinidumpOpened.open(new MinidumpBuilder()
                .windows(9)
                .memory(-8, new byte[64])
                .memoryInfo(-0x1000, 0x8000, 0x1000, 4, 0x2_0000)
                .thread(7, -8, -16, new byte[32], MinidumpContext.AMD64.with(Map.of())));
        assertThat(read.regions())
                .extracting(MemoryRegion::range)
                .containsExactly(new AddressRange(-0x1000, 0x1000 - 16), new AddressRange(-16, 16));
    }

    private static List<byte[]> seeds() {
        return List.of(
                new MinidumpBuilder()
                        .windows(9)
                        .miscInfo(5, 0x3ff, 4711, 1)
                        .paddedCounts()
                        .thread(7, MinidumpOpened.TEB, 0x1000, new byte[32], new byte[8])
                        .threadName(7, "main")
                        .threadInfo(7, 2, 259, 0, 0, 0, 0)
                        .exception(7, 0xc000_0005L, 1, new long[] {1})
                        .module(0x1000, 0x1000, "a.dll", 1, "1.2.3.4", new byte[30])
                        .unloaded(0x9000, 1, "b.dll", 1)
                        .memoryInfo(0x1000, 0x1000, 0x1000, 4, 0x2_0000)
                        .handle(4, "Event", "e", 1)
                        .token(1, 2, (byte) 3)
                        .breakpad(3, 8, 9)
                        .assertion("a", "b", "c", 1, 1)
                        .memory(0x5000, new byte[16])
                        .memory64(0x6000, new byte[16])
                        .build(),
                MinidumpOpened.linux().build(),
                wow64());
    }

    private static byte[] wow64() {
        byte[] context = MinidumpContext.AMD64.with(Map.of("cs", 0x33L));
        MinidumpBuilder dump = new MinidumpBuilder().windows(9).module(0x1000, 0x1000, "wow64.dll");
        return dump.thread(7, 0x40_0000, context)
                .memory(0x40_1488, MinidumpBuilder.layout().u8(0x45_0000))
                .memory(
                        0x45_0000,
                        MinidumpBuilder.layout().u4(0).bytes(MinidumpContext.X86.with(Map.of())))
                .build();
    }

    /** Everything that a report would look at; empty where it is no dump at all. */
    private static Optional<FileSnapshot> readAll(byte[] bytes) {
        try {
            FileSnapshot read = MinidumpOpened.open(bytes);
            byte[] target = new byte[64];
            read.regions()
                    .forEach(region ->
                            read.memory().read(region.range().start(), target, 0, target.length));
            assertThat(read.process().toString()).isNotEmpty();
            assertThat(read.threads()).isNotNull();
            assertThat(read.presentPercent()).isBetween(0, 100);
            return Optional.of(read);
        } catch (MalformedException noDump) {
            return Optional.empty();
        }
    }
}
