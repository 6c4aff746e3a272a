package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.json.JsonObject;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every real minidump at hand, against what another reader found in it: the corpus's manifest. */
class MinidumpCorpusTest {
    /** Files of the manifest's two kinds that begin as minidumps do. */
    private static final int MINIDUMPS = 84;

    /** A dump, and what the manifest says of it. */
    private record Known(Path file, JsonObject entry) {
        JsonObject facts() {
            return entry.object("facts").orElseThrow();
        }
    }

    private static List<Known> minidumps() throws Exception {
        Path manifest = Corpus.file("manifest.json");
        byte[] json =
                ("{\"files\":" + Files.readString(manifest) + "}").getBytes(StandardCharsets.UTF_8);
        List<Known> known = new ArrayList<>();
        for (JsonObject entry : JsonObject.parse(json).orElseThrow().objects("files")) {
            String kind = entry.text("kind").orElse("");
            Path file = manifest.resolveSibling(entry.text("file").orElse(""));
            if ((kind.equals("minidump") || kind.equals("wine-dump")) && isMinidump(file)) {
                known.add(new Known(file, entry));
            }
        }
        return known;
    }

    private static boolean isMinidump(Path file) throws Exception {
        try (var input = Files.newInputStream(file)) {
            return new String(input.readNBytes(4), StandardCharsets.ISO_8859_1).equals("MDMP");
        }
    }

    @Test
    void everyOneIsOpenedWithWhatTheManifestSays() throws Exception {
        List<Known> all = minidumps();
        assertThat(all).hasSize(MINIDUMPS);
        List<String> differ = new ArrayList<>();
        int withoutThreads = 0;
        for (Known known : all) {
            try (OpenDump dump = DumpFiles.open(known.file, Limits.defaults())) {
                ProcessSnapshot snapshot = dump.snapshot();
                compare(known, snapshot, differ);
                withoutThreads += snapshot.threads().isEmpty() ? 1 : 0;
            }
        }
        assertThat(differ).isEmpty();
        assertThat(withoutThreads).isEqualTo(2);
    }

    private static void compare(Known known, ProcessSnapshot snapshot, List<String> differ) {
        JsonObject facts = known.facts();
        List<String> found = new ArrayList<>();
        found.add("threads " + snapshot.threads().size());
        found.add("modules " + snapshot.modules().size());
        found.add("flags " + Addresses.hex(snapshot.details().flags().orElseThrow()));
        found.add("streams " + snapshot.details().contents());
        List<String> expected = new ArrayList<>();
        expected.add("threads " + facts.number("threads").orElse(0));
        expected.add("modules " + facts.number("modules").orElse(0));
        expected.add("flags " + facts.text("flags").orElse("none"));
        expected.add("streams " + facts.texts("streams"));
        facts.object("exception").ifPresent(exception -> {
            expected.add(fault(
                    exception.address("code").orElseThrow(),
                    exception.address("address").orElseThrow(),
                    exception.number("thread").orElseThrow()));
            found.add(fault(snapshot.reason()));
        });
        Optional<JsonObject> stated = known.entry.object("expected");
        if (stated.flatMap(each -> each.text("code")).isPresent()) {
            expected.add(fault(
                    stated.get().address("code").orElseThrow(),
                    stated.get().address("address").orElseThrow(),
                    stated.get().number("thread").orElseThrow()));
            found.add(fault(snapshot.reason()));
        }
        if (!found.equals(expected)) {
            differ.add("%s:%n  %s%n  %s".formatted(known.file.getFileName(), found, expected));
        }
    }

    private static String fault(CrashReason reason) {
        return switch (reason) {
            case CrashReason.WindowsException fault ->
                fault(fault.record().code(), fault.record().address(), fault.threadId());
            case CrashReason.Signal signal ->
                fault(signal.number(), signal.address().orElse(0), signal.threadId());
            case CrashReason.MachException mach ->
                fault(mach.type(), mach.address(), mach.threadId());
            case CrashReason.OnDemand _ -> "on demand";
            case CrashReason.Unknown _ -> "unknown";
        };
    }

    private static String fault(long code, long address, long threadId) {
        // Breakpad's number for a dump that somebody wanted
        return code == 0xffff_ffffL
                ? "on demand"
                : "0x%x at 0x%x of %d".formatted(code, address, threadId);
    }

    /** Each thread of a real dump has registers, and a stack pointer in its stack. */
    @Test
    void everyThreadHasRegisters() throws Exception {
        for (Known known : minidumps()) {
            try (OpenDump dump = DumpFiles.open(known.file, Limits.defaults())) {
                for (ThreadSnapshot thread : dump.snapshot().threads()) {
                    assertThat(thread.registers())
                            .as("%s: %d", known.file, thread.id())
                            .isPresent();
                    assertThat(thread.registers().orElseThrow().pc()).isPresent();
                }
            }
        }
    }

    @Test
    void whatBreakpadAndCrashpadAddIsKept() throws Exception {
        try (OpenDump dump = open("rust-minidump__rust-minidump/invalid-parameter.dmp")) {
            assertThat(dump.snapshot()
                            .windows()
                            .orElseThrow()
                            .assertion()
                            .orElseThrow()
                            .kind())
                    .isEqualTo("invalid parameter");
        }
        try (OpenDump dump = open("google__breakpad/linux_divide_by_zero.dmp")) {
            assertThat(dump.snapshot().process().osVersion().orElseThrow()).startsWith("Ubuntu");
        }
        try (OpenDump dump = open("google__breakpad/minidump_crashpad_annotation.dmp")) {
            assertThat(dump.snapshot().details().annotations()).isNotEmpty();
        }
        try (OpenDump dump = open("google__breakpad/ascii_read_av.dmp")) {
            assertThat(dump.snapshot().threads())
                    .filteredOn(thread -> thread.windows().orElseThrow().wroteDump())
                    .hasSize(1)
                    .allSatisfy(thread -> assertThat(thread.id()).isNotEqualTo(4204));
        }
        try (OpenDump dump = open("electron__node-minidump/windows.dmp")) {
            assertThat(dump.snapshot().windows().orElseThrow().functionTables()).hasSize(1);
        }
    }

    private static OpenDump open(String name) throws Exception {
        return DumpFiles.open(Corpus.file("minidump/" + name), Limits.defaults());
    }
}
