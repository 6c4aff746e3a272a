package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.testkit.synth.CoreSynth;
import dev.mortem.testkit.synth.CoreThread;
import dev.mortem.testkit.synth.ElfSegment;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Broken cores: a snapshot with diagnostics, or MalformedException where there is no ELF header.
 */
class HostileCoreTest {
    private static final int MUTATIONS = 10_000;
    private static final int RW = 6;

    @Test
    void everyTruncationIsReadAsFarAsItGoes() {
        byte[] whole = small(ElfTarget.X86_64);
        assertThat(whole.length).isLessThan(16 << 10);
        for (int size = 0; size < whole.length; size++) {
            Optional<FileSnapshot> read = readAll(Arrays.copyOf(whole, size));
            assertThat(read.isPresent()).as("cut to " + size).isEqualTo(size >= 64);
            read.ifPresent(cut -> {
                assertThat(cut.truncated()).isTrue();
                assertThat(cut.diagnostics()).isNotEmpty();
            });
        }
    }

    @Test
    void everyTruncationOf32BitBigAndLittleEndianCoresIsReadAsFarAsItGoes() {
        for (ElfTarget target :
                List.of(ElfTarget.I386, ElfTarget.ARM, ElfTarget.S390X, ElfTarget.PPC32)) {
            byte[] whole = small(target);
            for (int size = 0; size < whole.length; size++) {
                readAll(Arrays.copyOf(whole, size));
            }
        }
    }

    @Test
    void mutationsNeverDoWorseThanADiagnostic() {
        byte[] sound = small(ElfTarget.X86_64);
        SplittableRandom random = new SplittableRandom(4711);
        for (int round = 0; round < MUTATIONS; round++) {
            byte[] mutated = sound.clone();
            int flips = 1 + random.nextInt(4);
            for (int flip = 0; flip < flips; flip++) {
                int at = random.nextInt(mutated.length);
                mutated[at] = switch (random.nextInt(4)) {
                    case 0 -> (byte) random.nextInt(256);
                    case 1 -> (byte) 0xff;
                    case 2 -> 0;
                    default -> (byte) (mutated[at] ^ 1 << random.nextInt(8));
                };
            }
            readAll(mutated);
        }
    }

    @Test
    void aCrashWithItsModuleSurvivesMutations() {
        byte[] sound = new NullPointerCrash().core();
        SplittableRandom random = new SplittableRandom(42);
        for (int round = 0; round < 2_000; round++) {
            byte[] mutated = sound.clone();
            mutated[random.nextInt(Math.min(4096, mutated.length))] = (byte) random.nextInt(256);
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            readAll(mutated);
        }
    }

    @Test
    void aNoteThatClaimsFourGigabytesIsLostAlone() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        byte[] bytes = core.lyingNote("CORE", CoreSynth.NT_AUXV, 5, 0xffff_fff0L, (byte) 1)
                .build();
        FileSnapshot read = readAll(bytes).orElseThrow();
        assertThat(read.threads()).hasSize(1);
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .anyMatch(what -> what.contains("4294967280 bytes needed"));
    }

    @Test
    void aNoteSegmentThatClaimsFourGigabytesIsReadToItsEnd() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        FileSnapshot read = readAll(core.claimNoteBytes(1L << 32).build()).orElseThrow();
        assertThat(read.threads()).hasSize(1);
        assertThat(read.truncated()).isTrue();
    }

    @Test
    void mappedFilesThatLieAboutTheirCountAreAllLost() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        core.mapped(0x1000, 0x2000, 0, "/bin/x").claimMappedPaths(0xffff_ffff_ffffL);
        FileSnapshot read = readAll(core.build()).orElseThrow();
        assertThat(read.modules()).isEmpty();
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .anyMatch(what -> what.contains("entries of 24 bytes"));
    }

    @Test
    void overlappingSegmentsAreReadOnce() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        core.memory(0x10000, RW, filled(0x2000, 1));
        core.memory(0x11000, RW, filled(0x2000, 2));
        core.memory(0x10000, RW, filled(0x800, 3));
        FileSnapshot read = readAll(core.build()).orElseThrow();
        assertThat(read.regions())
                .extracting(MemoryRegion::range)
                .containsExactly(
                        new AddressRange(0x10000, 0x800),
                        new AddressRange(0x10800, 0x1800),
                        new AddressRange(0x12000, 0x1000));
        assertThat(read.memory().u1(0x10000)).hasValue(3);
        assertThat(read.memory().u1(0x11fff)).hasValue(1);
        assertThat(read.memory().u1(0x12000)).hasValue(2);
        assertThat(read.memory().u1(0x13000)).isEmpty();
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .contains("covers memory that another segment covers already");
    }

    @Test
    void aSegmentAtTheEndOfTheAddressSpaceDoesNotWrap() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        core.memory(-0x1000L, RW, filled(0x1000, 9));
        core.absentMemory(-0x800L, 0x7fff_ffff_ffff_ffffL, RW);
        FileSnapshot read = readAll(core.build()).orElseThrow();
        assertThat(read.memory().u1(-1L)).hasValue(9);
        assertThat(read.memory().u8(-4L)).isEmpty();
    }

    @Test
    void notesBeyondTheLimitAreLost() throws Exception {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        core.thread(7);
        byte[] bytes = core.note("CORE", 99, filled(2048, 1)).build();
        Limits tight = Limits.defaults().with(CoreLimits.NOTE_BYTES_KEPT, 400);
        FileSnapshot read = read(bytes, tight);
        assertThat(read.threads().getFirst().notes()).hasSize(1);
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .anyMatch(what -> what.contains("at most 400"));
    }

    @Test
    void aStatusOfAnUnknownSizeKeepsItsThreadsId() {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64);
        byte[] status = new byte[200];
        status[32] = 42; // pr_pid
        FileSnapshot read = readAll(
                        core.note("CORE", CoreSynth.NT_PRSTATUS, status).build())
                .orElseThrow();
        assertThat(read.threads().getFirst().id()).isEqualTo(42);
        assertThat(read.threads().getFirst().registers()).isEmpty();
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .contains("200 bytes, 336 for x86-64");
    }

    @Test
    void largerCoresMayEndAtAnyStructureOrBesideIt() throws Exception {
        for (String name : List.of("own/linux/core.segv", "own/linux/core.fpe")) {
            byte[] whole = Files.readAllBytes(Corpus.file(name));
            ByteSource source = ByteSource.ofBytes(name, whole, ByteOrder.LITTLE_ENDIAN);
            ElfFile core = ElfFile.read(source, Limits.defaults(), diagnostic -> {});
            Set<Long> boundaries = new TreeSet<>(List.of(64L));
            for (ProgramHeader header : core.programHeaders()) {
                boundaries.add(header.fileOffset());
                boundaries.add(header.fileOffset() + header.fileSizeBytes());
                boundaries.add(64 + 56L * boundaries.size());
                if (header.type() == ProgramHeader.PT_NOTE) {
                    core.notes(header).forEach(note -> {
                        boundaries.add(header.fileOffset() + note.offset());
                        boundaries.add(note.content().fileOffset());
                    });
                }
            }
            for (long boundary : boundaries) {
                for (long size = boundary - 1; size <= boundary + 1; size++) {
                    if (size < whole.length) {
                        readAll(Arrays.copyOf(whole, (int) size));
                    }
                }
            }
        }
    }

    private static byte[] small(ElfTarget target) {
        CoreSynth core = new CoreSynth(target).segmentAlign(16);
        CoreThread thread = core.thread(100).signal(11).times(5, 6);
        thread.floatingPoint(filled(32, 3));
        core.thread(101);
        Map<Integer, Long> auxiliary = new LinkedHashMap<>();
        auxiliary.put(6, 4096L);
        auxiliary.put(3, 0x10040L);
        auxiliary.put(25, 0x20100L);
        auxiliary.put(33, 0x10000L);
        core.processInfo(100, "worker", "worker --all").fault(11, 1, 0x1234);
        core.auxiliary(auxiliary).mapped(0x10000, 0x11000, 0, "/srv/worker");
        core.memory(0x10000, 5, filled(256, 0x7f));
        core.memory(0x20000, RW, filled(512, 1));
        core.absentMemory(0x30000, 0x1000, 4);
        core.segment(ElfSegment.of(1, 4, target.layout()).memorySize(0));
        return core.build();
    }

    private static byte[] filled(int size, int value) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** Reads the core and everything in it; empty where it is none. */
    private static Optional<FileSnapshot> readAll(byte[] bytes) {
        try {
            FileSnapshot read = read(bytes, Limits.defaults());
            for (MemoryRegion region : read.regions()) {
                long at = region.range().start();
                read.memory().unsigned(at, 8);
                read.memory().view("region", region.range(), 4096).sizeBytes();
                read.memory().read(at, new byte[64], 0, 64);
            }
            assertThat(read.presentPercent()).isBetween(0, 100);
            return Optional.of(read);
        } catch (MalformedException noCore) {
            return Optional.empty();
        }
    }

    private static FileSnapshot read(byte[] bytes, Limits limits) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("test.core", bytes, ByteOrder.LITTLE_ENDIAN);
        return CoreReader.read(source, false, limits, new DiagnosticLog(), () -> {});
    }
}
