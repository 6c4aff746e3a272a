package dev.mortem.dump.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.json.JsonObject;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.sidecar.DumpSidecar.AbsentRange;
import dev.mortem.dump.sidecar.DumpSidecar.ThreadNote;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class DumpSidecarTest {
    private static final int DAMAGED = 20_000;

    private static final Diagnostics NONE_EXPECTED = found -> {
        throw new AssertionError(found);
    };

    private static final DumpSidecar SIDECAR = new DumpSidecar(
            "/dumps/worker.core",
            4096,
            Optional.empty(),
            OptionalLong.of(42),
            Optional.of("worker"),
            Optional.of("worker --token ***"),
            Optional.of("web1"),
            Optional.of("www-data"),
            Optional.of(Instant.parse("2026-01-01T00:00:00Z")),
            Optional.of(Instant.parse("2026-01-01T01:00:00.500Z")),
            Optional.of("+02:00"),
            "full",
            "core",
            "OnDemand",
            Optional.empty(),
            Map.of("condition", "threads > 7", "threads", "8"),
            "stopTheWorld",
            Optional.of("asked for"),
            Optional.of(Duration.ofMillis(12)),
            Optional.of(Duration.ofMillis(80)),
            List.of(new AbsentRange(-4096, 4096, "MADV_DONTDUMP")),
            List.of("one warning"),
            List.of(new ThreadNote(
                    42,
                    Optional.of("main"),
                    Optional.of("S"),
                    Optional.of(Duration.ofMillis(7)),
                    Optional.empty(),
                    Optional.of("futex_wait"))),
            Optional.of("/tmp/perf-42.map"),
            Optional.of(SampleObjects.ALL_KINDS),
            "mortem test");

    @Test
    void whatIsWrittenIsReadBack(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        write(dump, SIDECAR);
        assertThat(DumpSidecar.readBeside(dump, NONE_EXPECTED)).contains(SIDECAR);
    }

    @Test
    void unknownHashAndRuleAreStatedAsNull(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        write(dump, SIDECAR);
        assertThat(Files.readString(DumpSidecar.beside(dump)))
                .contains("\"sha256\" : null")
                .contains("\"rule\" : null")
                .contains("\"address\" : \"0xfffffffffffff000\"");
    }

    @Test
    void whatIsNoSidecarIsNoneAndIsSaid(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        assertThat(DumpSidecar.readBeside(dump, NONE_EXPECTED)).isEmpty();
        for (String text : List.of("{\"schema\":\"another/1\"}", "no json", "", "[1]")) {
            Files.writeString(DumpSidecar.beside(dump), text);
            DiagnosticLog log = new DiagnosticLog();
            assertThat(DumpSidecar.readBeside(dump, log)).isEmpty();
            assertThat(log.entries()).hasSize(1);
            assertThat(log.entries().getFirst().what()).contains("mortem.dump/1");
        }
    }

    @Test
    void aSidecarLargerThanAnyIsNotReadIntoMemory(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        try (RandomAccessFile file =
                new RandomAccessFile(DumpSidecar.beside(dump).toFile(), "rw")) {
            file.setLength(1L << 40); // a hole
        }
        DiagnosticLog log = new DiagnosticLog();
        assertThat(DumpSidecar.readBeside(dump, log)).isEmpty();
        assertThat(log.entries().getFirst().what()).contains("more than 16,777,216 bytes");
    }

    @Test
    void everyTruncationIsNoneOrTheWhole(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        write(dump, SIDECAR);
        byte[] whole = Files.readAllBytes(DumpSidecar.beside(dump));
        for (int length = 0; length < whole.length - 1; length += 7) {
            Files.write(DumpSidecar.beside(dump), Arrays.copyOf(whole, length));
            assertThat(DumpSidecar.readBeside(dump, new DiagnosticLog())).isEmpty();
        }
    }

    /** Bytes changed, taken out and doubled at random: none, or a sidecar that can be written again. */
    @Test
    void damagedSidecarsDoNoHarm() {
        StringWriter text = new StringWriter();
        SIDECAR.writeTo(text);
        byte[] whole = text.toString().getBytes(StandardCharsets.UTF_8);
        assertThat(DumpSidecar.parse(whole)).contains(SIDECAR);
        Random random = new Random(20_260_101);
        int read = 0;
        int whichDiffer = 0;
        for (int run = 0; run < DAMAGED; run++) {
            Optional<DumpSidecar> sidecar = DumpSidecar.parse(damaged(whole, random));
            if (sidecar.isPresent()) {
                read++;
                whichDiffer += sidecar.get().equals(SIDECAR) ? 0 : 1;
                StringWriter again = new StringWriter();
                sidecar.get().writeLineTo(again);
                assertThat(DumpSidecar.parse(again.toString().getBytes(StandardCharsets.UTF_8)))
                        .isPresent();
            }
        }
        assertThat(read).as("damage that JSON survives").isBetween(DAMAGED / 20, DAMAGED - 1);
        assertThat(whichDiffer).isPositive();
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int times = random.nextInt(3); times >= 0; times--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = (byte) "0123456789-eE.,:[]{}\"ntf".charAt(random.nextInt(24));
                case 2 ->
                    bytes = joined(bytes, at, Math.min(bytes.length, at + random.nextInt(40)));
                default -> bytes = joined(bytes, at, Math.max(0, at - random.nextInt(40)));
            }
        }
        return bytes;
    }

    /** What stands in front of the one place, and what stands behind the other. */
    private static byte[] joined(byte[] bytes, int frontEnd, int backStart) {
        byte[] joined = Arrays.copyOf(bytes, frontEnd + bytes.length - backStart);
        System.arraycopy(bytes, backStart, joined, frontEnd, bytes.length - backStart);
        return joined;
    }

    @Test
    void impossibleEntriesAreLeftOut(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        Files.writeString(DumpSidecar.beside(dump), """
                {"schema":"mortem.dump/1","kernelObjects":{"descriptorCount":"many","descriptors":[
                {"number":-1,"kind":"file"},{"number":4294967296,"kind":"file"},{"number":1},7,null,
                {"number":3,"kind":"socket","local":{"host":"a","port":65536},"remote":"x"},
                {"number":4,"kind":"epoll","watches":[{"descriptor":-5},{"events":1}]},
                {"number":5,"kind":"no such thing"}],
                "locks":[{"kind":"flock"},{"kind":"posix","device":"fe:00","inode":1,"start":0,
                "holder":{"pid":-4}}],"children":[{"name":"x"}],"absences":[1,"one"]}}
                """);
        KernelObjects read = DumpSidecar.readBeside(dump, NONE_EXPECTED)
                .flatMap(DumpSidecar::kernelObjects)
                .orElseThrow();
        assertThat(read.descriptorCount()).isEmpty();
        assertThat(read.descriptors().stream().map(FileDescriptor::number))
                .containsExactly(3, 4, 5);
        assertThat(read.descriptor(3).orElseThrow().target())
                .isEqualTo(SampleObjects.unknownSocket());
        assertThat(read.descriptor(4).orElseThrow().target())
                .isEqualTo(new DescriptorTarget.Epoll(List.of()));
        assertThat(read.locks()).hasSize(1);
        assertThat(read.locks().getFirst().holder()).isEmpty();
        assertThat(read.children()).isEmpty();
        assertThat(read.absences()).containsExactly("one");
    }

    @Test
    void moreEntriesThanAnyProcessHasAreCutAndSaid() {
        String entries = Stream.generate(() -> "{\"number\":1,\"kind\":\"file\"}")
                .limit(KernelObjectsJson.ENTRIES.defaultMax() + 1)
                .collect(Collectors.joining(","));
        String text = "{\"descriptors\":[" + entries + "]}";
        KernelObjects read = KernelObjectsJson.read(
                JsonObject.parse(text.getBytes(StandardCharsets.UTF_8)).orElseThrow());
        assertThat(read.descriptors()).hasSize(10_000);
        assertThat(read.absences())
                .containsExactly("of the sidecar's 10,001 descriptors only 10,000 were read");
    }

    @Test
    void theSidecarFillsWhatTheDumpLeavesOpen(@TempDir Path folder) throws IOException {
        SidecarSnapshot merged = merged(folder, snapshot(42), 4096);
        assertThat(merged.sidecar()).contains(SIDECAR);
        assertThat(merged.process().commandLine()).containsExactly("worker --token ***");
        assertThat(merged.process().host()).contains("web1");
        assertThat(merged.process().image()).contains("from-the-dump");
        assertThat(merged.threads().getFirst().name()).contains("main");
        assertThat(merged.threads().getFirst().userTime()).contains(Duration.ofMillis(7));
        assertThat(merged.threads().get(1).name()).isEmpty();
        assertThat(merged.kernelObjects()).contains(SampleObjects.ALL_KINDS);
        assertThat(merged.diagnostics()).isEmpty();
    }

    @Test
    void theSidecarOfACutDumpIsStillItsOwn(@TempDir Path folder) throws IOException {
        assertThat(merged(folder, snapshot(42), 100).sidecar()).contains(SIDECAR);
    }

    @Test
    void theSidecarOfAnotherDumpAddsNothing(@TempDir Path folder) throws IOException {
        FakeSnapshot later = snapshot(42);
        later.facts(later.process().toBuilder()
                .takenAt(Instant.parse("2026-01-01T02:00:00Z"))
                .build());
        assertThat(addsNothing(merged(folder, later, 4096)))
                .isEqualTo("it is of a dump of 2026-01-01T01:00:00.500Z, this one is of"
                        + " 2026-01-01T02:00:00Z");
        assertThat(addsNothing(merged(folder, snapshot(43), 4096)))
                .isEqualTo("it is of process 42, the dump of process 43");
        assertThat(addsNothing(merged(folder, snapshot(42), 4097)))
                .isEqualTo("it is of a dump of 4,096 bytes, this one has 4,097");
    }

    private static String addsNothing(SidecarSnapshot merged) {
        assertThat(merged.sidecar()).isEmpty();
        assertThat(merged.process().host()).isEmpty();
        assertThat(merged.threads().getFirst().name()).isEmpty();
        assertThat(merged.kernelObjects()).isEmpty();
        assertThat(merged.diagnostics()).hasSize(1);
        return merged.diagnostics().getFirst().what();
    }

    private static SidecarSnapshot merged(Path folder, ProcessSnapshot dump, long sizeBytes)
            throws IOException {
        Path file = folder.resolve("worker.core");
        write(file, SIDECAR);
        return SidecarSnapshot.of(dump, file, sizeBytes);
    }

    private static FakeSnapshot snapshot(long pid) {
        return new FakeSnapshot(Machine.of(Cpu.X86_64))
                .facts(ProcessFacts.builder().pid(pid).image("from-the-dump").build())
                .thread(ThreadSnapshot.of(42, Optional.empty(), List.of()))
                .thread(ThreadSnapshot.of(44, Optional.empty(), List.of()));
    }

    private static void write(Path dump, DumpSidecar sidecar) throws IOException {
        StringWriter text = new StringWriter();
        sidecar.writeTo(text);
        Files.writeString(DumpSidecar.beside(dump), text.toString());
    }
}
