package dev.mortem.dump.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Runs that overlap, end where the address space does, or lie outside the file. */
class FileMemoryTest {
    private static final int FILE_BYTES = 256;
    private static final int SPACE = 40;

    /** The file's byte n is n. */
    private static final ByteSource FILE = file();

    private static ByteSource file() {
        byte[] bytes = new byte[FILE_BYTES];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) index;
        }
        return ByteSource.ofBytes("memory", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void everyByteIsThatOfTheRunThatStartsLowest() {
        SplittableRandom random = new SplittableRandom(99);
        for (int round = 0; round < 20_000; round++) {
            long base = round % 2 == 0 ? 0x1000 : -SPACE;
            List<FileMemory.Run> runs = new ArrayList<>();
            for (int count = random.nextInt(6); count > 0; count--) {
                int from = random.nextInt(SPACE);
                runs.add(new FileMemory.Run(
                        base + from,
                        random.nextInt(FILE_BYTES - SPACE),
                        1 + random.nextInt(SPACE - from)));
            }
            check(base, runs);
        }
    }

    private static void check(long base, List<FileMemory.Run> runs) {
        List<FileMemory.Run> disjoint = FileMemory.disjoint(runs);
        for (int index = 1; index < disjoint.size(); index++) {
            FileMemory.Run below = disjoint.get(index - 1);
            assertThat(disjoint.get(index).start() - below.start())
                    .as("%s", runs)
                    .isGreaterThanOrEqualTo(below.sizeBytes());
        }
        FileMemory memory = FileMemory.of(Machine.of(Cpu.X86_64), FILE, runs);
        for (int at = 0; at < SPACE; at++) {
            long address = base + at;
            Optional<FileMemory.Run> lowest = runs.stream()
                    .filter(run -> new AddressRange(run.start(), run.sizeBytes()).contains(address))
                    .min(Comparator.comparingLong(FileMemory.Run::start)
                            .thenComparing(FileMemory.Run::sizeBytes, Comparator.reverseOrder()));
            assertThat(memory.u1(address).isPresent())
                    .as("0x%x of %s", address, runs)
                    .isEqualTo(lowest.isPresent());
            if (lowest.isPresent()
                    && runs.stream().filter(lowest.get()::equals).count() == 1
                    && startsAlone(runs, lowest.get())) {
                assertThat(memory.u1(address))
                        .as("0x%x of %s", address, runs)
                        .hasValue(lowest.get().fileOffset()
                                + (address - lowest.get().start()));
            }
        }
    }

    /** Of two of one start and size either may answer. */
    private static boolean startsAlone(List<FileMemory.Run> runs, FileMemory.Run run) {
        return runs.stream()
                        .filter(other -> other.start() == run.start()
                                && other.sizeBytes() == run.sizeBytes())
                        .count()
                == 1;
    }

    @Test
    void neighboursInMemoryAndInTheFileAreOne() {
        List<FileMemory.Run> runs = List.of(
                new FileMemory.Run(0x1010, 16, 16),
                new FileMemory.Run(0x1000, 0, 16),
                new FileMemory.Run(0x1020, 100, 4),
                new FileMemory.Run(0x5000, 7, 0));
        assertThat(FileMemory.disjoint(runs))
                .containsExactly(
                        new FileMemory.Run(0x1000, 0, 32), new FileMemory.Run(0x1020, 100, 4));
    }

    @Test
    void aNumberMayLieInTwoRuns() {
        FileMemory memory = FileMemory.of(
                Machine.of(Cpu.X86_64),
                FILE,
                List.of(new FileMemory.Run(0x1000, 0, 4), new FileMemory.Run(0x1004, 100, 4)));
        assertThat(memory.u8(0x1000)).hasValue(0x6766_6564_0302_0100L);
        assertThat(memory.u8(0x1001)).isEmpty();
        assertThat(memory.u4(0x0fff)).isEmpty();
        assertThat(memory.view("v", new AddressRange(0x1002, 100), 100).sizeBytes())
                .isEqualTo(6);
    }

    @Test
    void aRunOutsideTheFileIsAbsent() {
        FileMemory memory = FileMemory.of(
                Machine.of(Cpu.X86_64),
                FILE,
                List.of(
                        new FileMemory.Run(0x1000, 250, 100),
                        new FileMemory.Run(0x2000, 1L << 40, 8)));
        assertThat(memory.read(0x1000, new byte[100], 0, 100)).isEqualTo(6);
        assertThat(memory.u1(0x2000)).isEmpty();
        assertThat(memory.u1(0)).isEmpty();
        assertThat(memory.u1(-1)).isEmpty();
    }
}
