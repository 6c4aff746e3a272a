package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.Tool;
import dev.mortem.dump.core.CoreWriter;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.reduce.RedactedSnapshot;
import dev.mortem.dump.reduce.ReducedSnapshot;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.format.minidump.MinidumpType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** lldb sees in a minidump of ours the threads, modules and memory of what it was made of. */
class MinidumpJudgesTest {
    private static final Pattern THREAD =
            Pattern.compile("thread #\\d+: tid = (\\w+), (0x[0-9a-f]+)");
    private static final Pattern IMAGE = Pattern.compile("(?m)^\\[ *\\d+\\] \\S+ +(0x[0-9a-f]+) ");
    private static final int BYTES = 64;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "own/linux/core.segv, FULL",
        "own/linux/core.segv, MINI",
        "own/linux/core.segv, HEAP",
        "own/linux/core.segv, TRIAGE",
        "own/linux/core.deadlock.xz, FULL",
        "own/linux/core.deadlock.xz, MINI",
        "minidump/electron__node-minidump/windows.dmp, FULL",
        "minidump/electron__node-minidump/windows.dmp, MINI",
        "minidump/mozilla-services__minidump-stackwalk/windows-x86.dmp, MINI",
        "minidump/google__breakpad/tiny-exe-fastfail.dmp, TRIAGE",
        "minidump/getsentry__symbolic/crash_linux.dmp, FULL",
        "core/sourceware-org__elfutils/tests/backtrace.i386.core.bz2, FULL",
        "core/sourceware-org__elfutils/tests/backtrace.aarch64.core.bz2, FULL"
    })
    void lldbSeesWhatTheSourceHas(String source, DumpKind kind) throws Exception {
        Tool.require("lldb");
        Path minidump = folder.resolve("judged.dmp");
        Path file = Corpus.file(source);
        try (OpenDump original = DumpFiles.open(file, Limits.defaults())) {
            new MinidumpWriter(MinidumpOptions.of(kind))
                    .write(
                            original.snapshot(),
                            minidump,
                            WriteOptions.plain(),
                            WriteListener.none());
            List<String> images = source.endsWith(".dmp")
                    ? matches(IMAGE, lldb(file, List.of()), 1) // of a name twice it shows one
                    : bases(original.snapshot());
            assertSeen(minidump, original.snapshot(), images);
        }
    }

    private static List<String> bases(ProcessSnapshot snapshot) {
        return snapshot.modules().stream()
                .map(module -> hex(module.base()))
                .sorted()
                .toList();
    }

    @Test
    void lldbOpensARedactedOne() throws Exception {
        Tool.require("lldb");
        Path minidump = folder.resolve("judged.dmp");
        Path core = Corpus.file("own/linux/core.deadlock.xz");
        try (OpenDump original = DumpFiles.open(core, Limits.defaults())) {
            ProcessSnapshot redacted = RedactedSnapshot.of(original.snapshot(), 0, 16);
            new MinidumpWriter(MinidumpOptions.of(RedactedSnapshot.FLAGS))
                    .write(redacted, minidump, WriteOptions.plain(), WriteListener.none());
            assertSeen(minidump, redacted, bases(redacted));
        }
    }

    /** The memory is compared where the minidump has some: lldb reads from no other place. */
    private void assertSeen(Path minidump, ProcessSnapshot source, List<String> images)
            throws Exception {
        List<Long> places = new ArrayList<>();
        try (OpenDump read = DumpFiles.open(minidump, Limits.defaults())) {
            List<MemoryRegion> present = read.snapshot().regions().stream()
                    .filter(region -> region.presentBytes() >= BYTES)
                    .toList();
            assertThat(present).isNotEmpty();
            for (int index = 0; index < present.size(); index += 1 + present.size() / 8) {
                places.add(present.get(index).range().start());
            }
            String seen = lldb(minidump, places);
            assertThat(matches(THREAD, seen, 1))
                    .as(seen)
                    .isEqualTo(source.threads().stream()
                            .map(thread -> hex(thread.id()))
                            .sorted()
                            .toList());
            assertThat(matches(THREAD, seen, 2))
                    .isEqualTo(source.threads().stream()
                            .map(MinidumpJudgesTest::pc)
                            .sorted()
                            .toList());
            assertThat(matches(IMAGE, seen, 1)).as(seen).isEqualTo(images);
            for (long place : places) {
                byte[] bytes = read.snapshot().memory().bytes(place, BYTES).orElseThrow();
                assertThat(seen.replaceAll("0x[0-9a-f]+: ", "").replaceAll("\\s+", ""))
                        .contains(HexFormat.of().formatHex(bytes));
            }
        }
    }

    private static String pc(ThreadSnapshot thread) {
        return hex(thread.registers().orElseThrow().pc().orElseThrow());
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%016x", address);
    }

    private static List<String> matches(Pattern pattern, String text, int group) {
        Matcher matcher = pattern.matcher(text);
        List<String> found = new ArrayList<>();
        while (matcher.find()) {
            String match = matcher.group(group);
            found.add(
                    match.startsWith("0x")
                            ? hex(Long.parseUnsignedLong(match.substring(2), 16))
                            : hex(Long.parseLong(match)));
        }
        found.sort(null);
        return found;
    }

    private String lldb(Path minidump, List<Long> places) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "lldb",
                "--batch",
                "--no-lldbinit",
                "-o",
                "target create --core " + minidump,
                "-o",
                "thread list",
                "-o",
                "image list"));
        for (long place : places) {
            command.add("-o");
            command.add("memory read --force --format x --size 1 --count %d --num-per-line %d %s"
                    .formatted(BYTES, BYTES, Addresses.hex(place)));
        }
        String seen = Tool.run(folder, command.toArray(String[]::new));
        return seen.replaceAll(" 0x([0-9a-f]{2})(?= |\\n)", " $1");
    }

    /** A core with only chosen memory is one that gdb walks. */
    @ParameterizedTest
    @ValueSource(strings = {"MINI", "TRIAGE"})
    void gdbOpensASmallCore(DumpKind kind) throws Exception {
        Tool.require("gdb");
        Path core = folder.resolve("small.core");
        Path whole = Corpus.file("own/linux/core.segv");
        try (OpenDump original = DumpFiles.open(whole, Limits.defaults())) {
            ProcessSnapshot small = ReducedSnapshot.of(
                    original.snapshot(), kind.flags() | MinidumpType.WITH_MODULE_HEADERS, 4096);
            new CoreWriter().write(small, core, WriteOptions.plain(), WriteListener.none());
        }
        assertThat(Files.size(core)).isLessThan(Files.size(whole) / 2);
        String program = Corpus.file("own/linux/crashlin").toString();
        assertThat(Tool.run(folder, "gdb", "-nx", "-batch", program, core.toString(), "-ex", "bt"))
                .contains("SIGSEGV", "segv_leaf (p=p@entry=0x1234)", "in do_segv ()")
                .doesNotContain("is truncated");
    }
}
