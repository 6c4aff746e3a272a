package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.Corpus;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.Tool;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** readelf, gdb and lldb agree with what we read, and open what we write. */
class CoreJudgesTest {
    /** A worker of which one thread dies of a null pointer while others wait. */
    private static final String CRASHER = """
            #include <pthread.h>
            #include <string.h>
            #include <unistd.h>
            char pattern[1 << 20];
            static pthread_barrier_t started;
            static void *waits(void *p) { pthread_barrier_wait(&started); pause(); return p; }
            __attribute__((noinline)) void dies(volatile int *p) { *p = 42; }
            int main(void) {
                pthread_t thread;
                for (unsigned i = 0; i < sizeof pattern; i++) pattern[i] = i * 7 >> 3;
                pthread_barrier_init(&started, 0, 4);
                for (int i = 0; i < 3; i++) pthread_create(&thread, 0, waits, 0);
                pthread_barrier_wait(&started);
                dies((int *) 0x18);
                return 0;
            }
            """;

    @TempDir
    Path folder;

    @Test
    void segmentsAndThreadsAreThoseThatReadelfCounts() throws Exception {
        Tool.require("readelf");
        for (Path path : Corpus.cores()) {
            Path core = Tool.unpacked(path, folder);
            String headers = Tool.run(folder, "readelf", "-lW", core.toString());
            String notes =
                    Tool.result(folder, "readelf", "-nW", core.toString()).output();
            try (OpenDump dump = DumpFiles.open(path, Limits.defaults())) {
                ProcessSnapshot snapshot = dump.snapshot();
                Set<Long> starts = headers.lines()
                        .map(line -> line.strip().split(" +"))
                        .filter(words -> words[0].equals("LOAD") && !words[5].matches("0x0+"))
                        .map(words -> Long.parseUnsignedLong(words[2].substring(2), 16))
                        .collect(Collectors.toSet());
                Map<Boolean, List<MemoryRegion>> regions = snapshot.regions().stream()
                        .collect(Collectors.partitioningBy(
                                region -> starts.contains(region.range().start())));
                assertThat(regions.get(true)).as("segments of %s", path).hasSize(starts.size());
                assertThat(regions.get(false))
                        .as("mapped files without a segment in %s", path)
                        .allMatch(
                                region -> region.path().isPresent() && region.presentBytes() == 0);
                assertThat(snapshot.threads()).as("threads of %s", path).hasSize((int) notes.lines()
                        .filter(line -> line.contains("NT_PRSTATUS"))
                        .count());
                assertThat(dump.truncated()).as("%s", path).isFalse();
                assertThat(snapshot.diagnostics()).as("%s", path).isEmpty();
            }
            Files.delete(core);
        }
    }

    @Test
    void theManifestsCrashesAreFound() throws Exception {
        assertThat(reason("own/linux/core.segv"))
                .isEqualTo(new CrashReason.Signal(
                        11,
                        OptionalInt.of(1),
                        OptionalLong.of(0x1234),
                        OptionalLong.empty(),
                        26473));
        assertThat(((CrashReason.Signal) reason("own/linux/core.fpe")).number()).isEqualTo(8);
        assertThat(((CrashReason.Signal) reason("own/linux/core.deadlock.xz")).number())
                .isEqualTo(3);
    }

    @Test
    void gdbSeesInWhatWeWriteWhatItSawInTheKernelsCore() throws Exception {
        Tool.require("gdb", "bash");
        Path program = Tool.compile(folder, "crasher", CRASHER);
        Path core = kernelCore(program);
        Path copy = folder.resolve("copy.of");
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            ProcessSnapshot snapshot = dump.snapshot();
            assertThat(snapshot.threads()).hasSize(4);
            CrashReason.Signal reason = (CrashReason.Signal) snapshot.reason();
            assertThat(reason.number()).isEqualTo(11);
            assertThat(reason.address()).hasValue(0x18);
            assertThat(snapshot.process().executable()).contains(program.toString());
            assertThat(snapshot.process().commandLine()).containsExactly(program.toString());
            assertThat(snapshot.process().environment()).contains("MORTEM_TEST=1");
            String buildId = Tool.run(folder, "readelf", "-n", program.toString());
            assertThat(snapshot.modules())
                    .extracting(LoadedModule::path)
                    .contains(program.toString(), CoreModules.VDSO);
            snapshot.modules().stream()
                    .filter(module -> module.path().equals(program.toString()))
                    .forEach(module ->
                            assertThat(buildId).contains(module.buildId().orElseThrow()));
            new CoreWriter().write(snapshot, copy, WriteOptions.plain(), WriteListener.none());
            assertThat(gdb(program, copy, snapshot)).isEqualTo(gdb(program, core, snapshot));
        }
    }

    @Test
    void codeThatGdbLeftOutIsKnownToBeCode() throws Exception {
        try (OpenDump dump = DumpFiles.open(Corpus.file("own/linux/core.fpe"), Limits.defaults())) {
            ProcessSnapshot snapshot = dump.snapshot();
            LoadedModule libc = snapshot.modules().stream()
                    .filter(module -> module.name().equals("libc.so.6"))
                    .findFirst()
                    .orElseThrow();
            assertThat(snapshot.regions())
                    .anyMatch(region -> libc.range().contains(region.range())
                            && region.isExecutable()
                            && region.presentBytes() == 0);
        }
    }

    @Test
    void lldbFindsTheSameThreads() throws Exception {
        Tool.require("lldb");
        // lldb looks for the program beside the core
        Path core = Files.copy(Corpus.file("own/linux/core.segv"), folder.resolve("original"));
        Path copy = folder.resolve("copy");
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            new CoreWriter()
                    .write(dump.snapshot(), copy, WriteOptions.plain(), WriteListener.none());
        }
        String expected = lldb(core);
        assertThat(expected).contains("tid = 26473");
        assertThat(lldb(copy)).isEqualTo(expected);
    }

    @Test
    void aZstdFrameOfOursIsSoundToTheZstdTool() throws Exception {
        Tool.require("zstd");
        Path core = Corpus.file("own/linux/core.segv");
        Path packed = folder.resolve("copy.core.zst");
        Path plain = folder.resolve("plain.core");
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            CoreWriter writer = new CoreWriter();
            writer.write(dump.snapshot(), packed, WriteOptions.compressed(), WriteListener.none());
            writer.write(dump.snapshot(), plain, WriteOptions.plain(), WriteListener.none());
        }
        Tool.run(folder, "zstd", "-q", "-d", packed.toString(), "-o", "unpacked.core");
        assertThat(Files.mismatch(folder.resolve("unpacked.core"), plain)).isEqualTo(-1);
    }

    private static CrashReason reason(String path) throws Exception {
        try (OpenDump dump = DumpFiles.open(Corpus.file(path), Limits.defaults())) {
            return dump.snapshot().reason();
        }
    }

    /**
     * A core that the kernel writes into the test's folder; its pattern is not changed for that.
     */
    private Path kernelCore(Path program) throws Exception {
        String pattern =
                Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
        assumeTrue(
                Pattern.matches("core[.%a-z]*", pattern),
                "needs a kernel that writes cores to the current folder");
        Tool.result(folder, "bash", "-c", "ulimit -c unlimited; MORTEM_TEST=1 exec " + program);
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> cores = files.filter(
                            file -> String.valueOf(file.getFileName()).startsWith("core"))
                    .toList();
            assumeTrue(!cores.isEmpty(), "needs a kernel that writes cores");
            return cores.getFirst();
        }
    }

    /** Threads, all registers, stacks, the signal and some memory, as gdb prints them. */
    private String gdb(Path program, Path core, ProcessSnapshot snapshot) throws Exception {
        ThreadSnapshot first = snapshot.threads().getFirst();
        long sp = first.registers().orElseThrow().sp().orElseThrow();
        String text = Tool.run(
                folder,
                "gdb",
                "-batch",
                "-nx",
                "-ex",
                "info threads",
                "-ex",
                "thread apply all -q info all-registers",
                "-ex",
                "thread apply all -q backtrace",
                "-ex",
                "p $_siginfo",
                "-ex",
                "info auxv",
                "-ex",
                "x/200xg " + sp,
                "-ex",
                "x/8192xg &pattern",
                program.toString(),
                core.toString());
        assertThat(text).contains("dies (", "SIGSEGV");
        return text.replace(core.toString(), "CORE");
    }

    private String lldb(Path core) throws Exception {
        String text = Tool.run(
                folder,
                "lldb",
                "--no-lldbinit",
                "--batch",
                "-o",
                "thread list",
                "-o",
                "register read",
                "-o",
                "x/16gx $sp",
                "-c",
                core.toString());
        return text.replaceAll("(/private)?" + core, "CORE");
    }
}
