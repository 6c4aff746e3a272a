package dev.mortem.dump.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

class DumpSidecarTest {
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
            Map.of(),
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
            "mortem test");

    @Test
    void whatIsWrittenIsReadBack(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        write(dump, SIDECAR);
        assertThat(DumpSidecar.readBeside(dump)).contains(SIDECAR);
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
    void whatIsNoSidecarIsNone(@TempDir Path folder) throws IOException {
        Path dump = folder.resolve("worker.core");
        assertThat(DumpSidecar.readBeside(dump)).isEmpty();
        Files.writeString(DumpSidecar.beside(dump), "{\"schema\":\"another/1\"}");
        assertThat(DumpSidecar.readBeside(dump)).isEmpty();
        Files.writeString(DumpSidecar.beside(dump), "no json");
        assertThat(DumpSidecar.readBeside(dump)).isEmpty();
    }

    @Test
    void theSidecarFillsWhatTheDumpLeavesOpen() {
        ProcessSnapshot merged = SidecarSnapshot.of(snapshot(42), SIDECAR);
        assertThat(merged.process().commandLine()).containsExactly("worker --token ***");
        assertThat(merged.process().host()).contains("web1");
        assertThat(merged.process().image()).contains("from-the-dump");
        assertThat(merged.threads().getFirst().name()).contains("main");
        assertThat(merged.threads().getFirst().userTime()).contains(Duration.ofMillis(7));
        assertThat(merged.threads().get(1).name()).isEmpty();
    }

    @Test
    void theSidecarOfAnotherProcessAddsNothing() {
        FakeSnapshot dump = snapshot(43);
        assertThat(SidecarSnapshot.of(dump, SIDECAR)).isSameAs(dump);
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
