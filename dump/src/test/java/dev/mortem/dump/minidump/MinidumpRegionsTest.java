package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.format.minidump.MemoryInfo;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Each byte's presence and permissions, against a model that asks every byte for itself. */
class MinidumpRegionsTest {
    private static final int ROUNDS = 20_000;
    private static final int SPACE = 48;
    private static final long[] PROTECTIONS = {0x01, 0x02, 0x04, 0x20, 0x40};

    @Test
    void everyByteIsAsTheListsSay() {
        SplittableRandom random = new SplittableRandom(20261126);
        for (int round = 0; round < ROUNDS; round++) {
            // at times the highest addresses there are
            long base = round % 3 == 0 ? -SPACE : round % 3 == 1 ? 0x1000 : 0;
            List<MemoryInfo> infos = new ArrayList<>();
            for (int index = random.nextInt(6); index > 0; index--) {
                AddressRange range = range(random, base);
                long state = random.nextInt(5) == 0 ? MemoryInfo.FREE : MemoryInfo.COMMIT;
                long protect = PROTECTIONS[random.nextInt(PROTECTIONS.length)];
                infos.add(new MemoryInfo(range, 0, state, protect, MemoryInfo.PRIVATE));
            }
            List<FileMemory.Run> runs = new ArrayList<>();
            for (int index = random.nextInt(5); index > 0; index--) {
                AddressRange range = range(random, base);
                runs.add(new FileMemory.Run(range.start(), 1000, range.sizeBytes()));
            }
            check(base, infos, runs);
        }
    }

    private static AddressRange range(SplittableRandom random, long base) {
        int from = random.nextInt(SPACE);
        return new AddressRange(base + from, 1 + random.nextInt(SPACE - from));
    }

    private static void check(long base, List<MemoryInfo> infos, List<FileMemory.Run> runs) {
        List<MemoryRegion> regions =
                MinidumpRegions.of(infos, List.of(), List.of(), FileMemory.disjoint(runs));
        String input = infos + " " + runs;
        long covered = 0;
        for (MemoryRegion region : regions) {
            assertThat(region.range().isEmpty()).as(input).isFalse();
            assertThat(region.presentBytes()).as(input).isIn(0L, region.range().sizeBytes());
            assertThat(region.absentWhy().isPresent())
                    .as(input)
                    .isEqualTo(region.presentBytes() == 0);
            covered += region.range().sizeBytes();
        }
        assertThat(regions)
                .as(input)
                .isSortedAccordingTo(Comparator.comparing(MemoryRegion::range));
        long expected = 0;
        for (int at = 0; at < SPACE; at++) {
            long address = base + at;
            Optional<MemoryInfo> info = infos.stream()
                    .filter(each -> !each.isFree() && each.range().contains(address))
                    .min(Comparator.comparing(MemoryInfo::range));
            boolean present = runs.stream()
                    .anyMatch(run ->
                            AddressRange.ofSize(run.start(), run.sizeBytes()).contains(address));
            List<MemoryRegion> here = regions.stream()
                    .filter(region -> region.range().contains(address))
                    .toList();
            if (info.isEmpty() && !present) {
                assertThat(here).as("0x%x of %s", address, input).isEmpty();
                continue;
            }
            expected++;
            assertThat(here).as("0x%x of %s", address, input).hasSize(1);
            assertThat(here.getFirst().presentBytes() > 0).as(input).isEqualTo(present);
            if (hasOneAnswer(infos, address)) {
                assertThat(here.getFirst().permissions())
                        .as("0x%x of %s", address, input)
                        .isEqualTo(info.map(MemoryInfo::permissions).orElse("r--"));
            }
        }
        assertThat(covered).as(input).isEqualTo(expected);
    }

    /** Two that begin at one address and differ are told apart by no rule. */
    private static boolean hasOneAnswer(List<MemoryInfo> infos, long address) {
        return infos.stream()
                        .filter(each -> !each.isFree() && each.range().contains(address))
                        .count()
                <= 1;
    }

    @Test
    void ofTwoThatOverlapTheLowerKeepsWhatItHas() {
        List<MemoryInfo> infos = List.of(
                new MemoryInfo(new AddressRange(0x2000, 0x3000), 0, 0x1000, 4, 0x2_0000),
                new MemoryInfo(new AddressRange(0x1000, 0x2000), 0, 0x1000, 2, 0x2_0000),
                new MemoryInfo(new AddressRange(0x1800, 0x400), 0, 0x1000, 0x40, 0x2_0000));
        List<MemoryRegion> regions = MinidumpRegions.of(infos, List.of(), List.of(), List.of());
        assertThat(regions)
                .extracting(MemoryRegion::range, MemoryRegion::permissions)
                .containsExactly(
                        tuple(new AddressRange(0x1000, 0x2000), "r--"),
                        tuple(new AddressRange(0x3000, 0x2000), "rw-"));
    }

    @Test
    void aPartOfAModuleKeepsItsPlaceInTheFile() {
        LoadedModule module = new LoadedModule(
                new AddressRange(0x40_0000, 0x3000), "a.dll", List.of(), Optional.empty(), false);
        List<MemoryInfo> infos = List.of(
                new MemoryInfo(new AddressRange(0x40_0000, 0x1000), 0, 0x1000, 2, 0x100_0000),
                new MemoryInfo(new AddressRange(0x40_1000, 0x2000), 0, 0x1000, 0x20, 0x100_0000));
        List<MemoryRegion> regions = MinidumpRegions.of(
                infos,
                List.of(),
                List.of(module),
                List.of(new FileMemory.Run(0x40_1800, 500, 0x400)));
        assertThat(regions)
                .extracting(MemoryRegion::fileOffset)
                .containsExactly(0L, 0x1000L, 0x1800L, 0x1c00L);
        assertThat(regions)
                .extracting(MemoryRegion::presentBytes)
                .containsExactly(0L, 0L, 0x400L, 0L);
        assertThat(regions).allSatisfy(region -> assertThat(region.path()).contains("a.dll"));
    }

    @Test
    void withoutListsModulesAndTheMemoryThatIsThereAreAll() {
        LoadedModule module = new LoadedModule(
                new AddressRange(0x40_0000, 0x1000), "a.dll", List.of(), Optional.empty(), false);
        List<MemoryRegion> regions = MinidumpRegions.of(
                List.of(), List.of(), List.of(module), List.of(new FileMemory.Run(0x10, 500, 4)));
        assertThat(regions).hasSize(2);
        assertThat(regions.getFirst().permissions()).isEqualTo("r--");
        assertThat(regions.getFirst().path()).isEmpty();
        assertThat(regions.getLast().permissions()).isEqualTo("r-x");
        assertThat(regions.getLast().absentWhy()).contains("left out of the minidump");
    }

    @Test
    void mapsOfLinuxAreTakenAsTheyStand() {
        List<MappedFile> maps = MappedFile.parse("7f0000001000-7f0000002000 rw-s 00001000 08:01 9"
                + "   /dev/shm/a b (deleted)\n00400000-00401000 r-xp 0 0:0 1 /srv/shop\n"
                + "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n"
                + "00500000-00501000 rw-p 00000000 00:00 0 \nx-y rw-p 0 0 0\n\n5-4 r\n");
        List<MemoryRegion> regions = MinidumpRegions.of(List.of(), maps, List.of(), List.of());
        assertThat(regions)
                .extracting(region -> region.path().orElse(""))
                .containsExactly("/srv/shop", "", "/dev/shm/a b", "[vsyscall]");
        assertThat(regions.get(2).shared()).isTrue();
        assertThat(regions.get(2).fileOffset()).isEqualTo(0x1000);
        assertThat(regions.get(2).permissions()).isEqualTo("rw-");
    }
}
