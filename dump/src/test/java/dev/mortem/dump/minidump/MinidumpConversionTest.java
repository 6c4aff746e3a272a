package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every minidump of the corpus, written anew, tells what it told. */
class MinidumpConversionTest {
    @TempDir
    Path folder;

    @Test
    void whatOthersWroteIsKept() throws Exception {
        Optional<Path> corpus = Corpus.folder();
        assumeTrue(corpus.isPresent(), "needs the corpus");
        List<Path> converted = new ArrayList<>();
        try (Stream<Path> files = Files.walk(corpus.get().resolve("minidump"))) {
            for (Path path : files.filter(file -> file.toString().endsWith(".dmp"))
                    .sorted()
                    .toList()) {
                if (isConverted(path)) {
                    converted.add(path);
                }
            }
        }
        assertThat(converted).hasSizeGreaterThan(30);
    }

    private boolean isConverted(Path path) throws Exception {
        Path copy = folder.resolve("copy.dmp");
        try (OpenDump original = DumpFiles.open(path, Limits.defaults())) {
            ProcessSnapshot source = original.snapshot();
            if (source.machine().cpu().flatMap(CpuContext::toWrite).isEmpty()) {
                return false;
            }
            MinidumpOptions options = MinidumpOptions.of(DumpKind.FULL)
                    .stated(source.details().flags().orElseThrow());
            new MinidumpWriter(options)
                    .write(source, copy, WriteOptions.plain(), WriteListener.none());
            try (OpenDump again = DumpFiles.open(copy, Limits.defaults())) {
                assertSame(again.snapshot(), source, path.toString());
            }
            return true;
        } catch (UnreadableDumpException noDump) {
            return false;
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static void assertSame(ProcessSnapshot again, ProcessSnapshot source, String name) {
        assertThat(again.machine()).as(name).isEqualTo(source.machine());
        assertThat(again.process().pid()).as(name).isEqualTo(source.process().pid());
        assertThat(again.process().osName()).as(name).isEqualTo(source.process().osName());
        assertThat(again.process().osVersion())
                .as(name)
                .isEqualTo(source.process().osVersion());
        assertThat(again.process().commandLine())
                .as(name)
                .isEqualTo(source.process().commandLine());
        assertThat(again.process().takenAt())
                .as(name)
                .isEqualTo(source.process().takenAt());
        assertThat(reason(again)).as(name).isEqualTo(reason(source));
        assertThat(again.details().kind()).as(name).isEqualTo(source.details().kind());
        assertThat(again.details().comments())
                .as(name)
                .isEqualTo(source.details().comments());
        assertThat(again.modules())
                .extracting(LoadedModule::range)
                .as(name)
                .isEqualTo(ranges(source));
        for (int index = 0; index < source.modules().size(); index++) {
            assertThat(again.modules().get(index).identity())
                    .as(name)
                    .isEqualTo(source.modules().get(index).identity());
        }
        for (int index = 0; index < source.threads().size(); index++) {
            ThreadSnapshot thread = source.threads().get(index);
            ThreadSnapshot kept = again.threads().get(index);
            assertThat(kept.id()).as(name).isEqualTo(thread.id());
            assertThat(kept.name()).as(name).isEqualTo(thread.name());
            assertThat(kept.registers()).as(name).isEqualTo(thread.registers());
            assertThat(kept.notes()).as(name).containsAll(thread.notes());
        }
        assertThat(again.windows().map(MinidumpConversionTest::essence))
                .as(name)
                .isEqualTo(source.windows().map(MinidumpConversionTest::essence));
        MinidumpRoundTripTest.assertSameMemory(again, source);
    }

    private static List<Object> ranges(ProcessSnapshot snapshot) {
        return List.copyOf(snapshot.modules().stream().map(LoadedModule::range).toList());
    }

    /** Nested records are in the process's memory, and nobody tells where. */
    private static CrashReason reason(ProcessSnapshot snapshot) {
        return snapshot.reason() instanceof CrashReason.WindowsException fault
                ? new CrashReason.WindowsException(fault.record(), List.of(), fault.threadId())
                : snapshot.reason();
    }

    private static List<Object> essence(WindowsFacts facts) {
        return List.of(
                facts.unloaded(),
                facts.handles(),
                facts.counters(),
                facts.system(),
                facts.assertion(),
                facts.buildText(),
                facts.peb());
    }
}
