package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What Symbolicator found in minidumps that the corpus has: the snapshots of its minidump_linux,
 * macos_broken_cfi and symstore_index tests are about dumps that it has not.
 *
 * <p>Frames are held to each other up to the first one whose module has no symbols here. Behind such a
 * frame both sides guess, from frame pointers and words on the stack, and neither is the measure of the
 * other: the snapshot "basic", without symbols, passes over a frame of ntdll.dll (0x771a6a11) that our
 * frame pointers show and the snapshot with Microsoft's symbols confirms. That one tells what happened
 * and is held against our guesses too, as far as the last column says for each thread.
 */
class SymbolicatorSnapshotsTest {
    private static final String FOLDER = "expected/getsentry__symbolicator/";
    private static final String DUMPS = "minidump/getsentry__symbolicator/";

    @ParameterizedTest
    @CsvSource({
        "integration__process_minidump__minidump_windows,windows.dmp,1 1 1 1",
        "integration__process_minidump__minidump_attachment_download,windows.dmp,1 1 1 1",
        "symbolicator__endpoints__minidump__tests__basic,windows.dmp,2 1 1 1",
        "symbolicator__endpoints__minidump__tests__integration_microsoft,windows.dmp,2 5 5 2",
        "integration__process_minidump__minidump_macos,macos.dmp,1"
    })
    void threadsModulesReasonAndFramesAreTheSame(String name, String dump, String framesAtLeast)
            throws IOException {
        Optional<Path> file = Corpus.file(FOLDER + name + ".snap");
        assumeTrue(file.isPresent(), "needs the corpus");
        SymbolicatorSnapshot expected = SymbolicatorSnapshot.read(file.get());
        CommandRun run = CommandRun.of(
                "analyze", "--json", Corpus.file(DUMPS + dump).orElseThrow().toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject report =
                JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();

        assertThat(report.objects("threads"))
                .extracting(
                        thread -> thread.number("id").orElseThrow(),
                        thread -> thread.flag("crashed"))
                .containsExactlyElementsOf(expected.threads().stream()
                        .map(stack -> tuple(stack.threadId(), stack.crashed()))
                        .toList());
        assertThat(modules(report)).isNotEmpty().isEqualTo(expected.modules());
        assertThat(reason(report.object("reason").orElseThrow())).isEqualTo(expected.crashReason());
        String[] atLeast = framesAtLeast.split(" ", -1);
        assertThat(expected.threads()).hasSize(atLeast.length);
        for (int index = 0; index < atLeast.length; index++) {
            holdFrames(report, expected.threads().get(index), Integer.parseInt(atLeast[index]));
        }
    }

    private static List<SymbolicatorSnapshot.Module> modules(JsonObject report) {
        return report.objects("modules").stream()
                .map(module -> new SymbolicatorSnapshot.Module(
                        module.text("path").orElseThrow(),
                        module.address("base").orElseThrow(),
                        module.number("sizeBytes").orElseThrow(),
                        module.text("debugId").orElseThrow().toUpperCase(Locale.ROOT)))
                .sorted((one, other) -> Long.compareUnsigned(one.base(), other.base()))
                .toList();
    }

    /** In the words of Symbolicator. */
    private static String reason(JsonObject reason) {
        String name = reason.text("name").orElseThrow();
        String address = reason.text("address").orElseThrow();
        return reason.text("kind").orElseThrow().equals("windowsException")
                ? "EXCEPTION_" + name + "_"
                        + reason.text("access").orElseThrow().toUpperCase(Locale.ROOT) + " / "
                        + address
                : name + " / " + reason.text("code").orElseThrow() + " / " + address;
    }

    private static void holdFrames(
            JsonObject report, SymbolicatorSnapshot.Stack expected, int framesAtLeast) {
        List<JsonObject> ours = report.objects("stacks").stream()
                .filter(stack -> stack.numbers("threadIds").contains(expected.threadId()))
                .findFirst()
                .orElseThrow()
                .objects("frames")
                .stream()
                .filter(frame -> !frame.text("trust").orElse("").equals("inline"))
                .toList();
        int count = Math.max(framesAtLeast, knownFrames(report, ours, expected.frames()));
        List<Long> wanted = new ArrayList<>();
        List<Long> found = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            SymbolicatorSnapshot.Frame frame = expected.frames().get(index);
            boolean isLookup = index > 0 && !frame.function().isEmpty();
            wanted.add(frame.address() + (isLookup ? 1 : 0));
            found.add(ours.get(index).address("address").orElseThrow());
        }
        assertThat(found).as("thread " + expected.threadId()).isEqualTo(wanted);
    }

    /** How many frames stand up to and with the first that has no symbols or has a scanned caller. */
    private static int knownFrames(
            JsonObject report, List<JsonObject> ours, List<SymbolicatorSnapshot.Frame> expected) {
        int count = 1;
        while (count < Math.min(ours.size(), expected.size())
                && hasSymbols(report, ours.get(count - 1))
                && !expected.get(count).trust().equals("scan")) {
            count++;
        }
        return count;
    }

    private static boolean hasSymbols(JsonObject report, JsonObject frame) {
        return report.objects("modules").stream()
                .filter(module -> module.text("name").equals(frame.text("module")))
                .anyMatch(module -> !module.text("symbols").orElse("").equals("none"));
    }
}
