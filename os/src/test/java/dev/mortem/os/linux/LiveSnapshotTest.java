package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a snapshot of a live process holds, against what gdb and the program itself say. */
class LiveSnapshotTest {
    private final ProcessControl control = new LinuxPlatform().processControl();

    @TempDir
    Path folder;

    @Test
    void registersOfEveryThreadEqualGdbs() throws Exception {
        assumeTrue(LiveTarget.tool("gdb"), "needs gdb");
        try (LiveTarget target = LiveTarget.start(folder, "threads", "5")) {
            Map<Long, RegisterContext> ours = new HashMap<>();
            try (LiveSnapshot snapshot =
                    control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                snapshot.threads()
                        .forEach(thread ->
                                ours.put(thread.id(), thread.registers().orElseThrow()));
            }
            String gdb = gdb(target, "-ex", "thread apply all info registers");
            assertThat(compareRegisters(gdb, ours)).isEqualTo(5 * 24);
            target.assertUntouched();
        }
    }

    /** How many registers were compared; each must be equal. */
    private static int compareRegisters(String gdb, Map<Long, RegisterContext> ours) {
        Pattern thread = Pattern.compile("LWP (\\d+)");
        Pattern register = Pattern.compile("^(r\\w+|[c-g]s|ss|eflags|[fg]s_base) +(0x[0-9a-f]+)");
        Map<Long, Map<String, String>> theirs = new HashMap<>();
        for (String part : gdb.split("\nThread ", -1)) {
            Matcher who = thread.matcher(part);
            if (part.indexOf("0x") > 0 && who.find() && Character.isDigit(part.charAt(0))) {
                Map<String, String> values = new HashMap<>();
                part.lines().forEach(line -> {
                    Matcher value = register.matcher(line);
                    if (value.find()) {
                        values.put(value.group(1), value.group(2));
                    }
                });
                theirs.put(Long.valueOf(who.group(1)), values);
            }
        }
        int compared = 0;
        for (Map.Entry<Long, RegisterContext> own : ours.entrySet()) {
            Map<String, String> values = theirs.getOrDefault(own.getKey(), Map.of());
            for (Map.Entry<String, String> value : values.entrySet()) {
                String name = value.getKey().equals("eflags") ? "rflags" : value.getKey();
                long known = own.getValue().get(name).orElseThrow();
                assertThat("0x" + Long.toHexString(known))
                        .as("%s of thread %d", name, own.getKey())
                        .isEqualTo(value.getValue());
                compared++;
            }
        }
        return compared;
    }

    @Test
    void memoryEqualsGdbs() throws Exception {
        assumeTrue(LiveTarget.tool("gdb"), "needs gdb");
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2")) {
            long address = target.address("pattern");
            byte[] ours;
            try (LiveSnapshot snapshot =
                    control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                ours = snapshot.memory().bytes(address, 65536).orElseThrow();
            }
            Path file = folder.resolve("gdb.bin");
            gdb(
                    target,
                    "-ex",
                    "dump binary memory %s %d %d".formatted(file, address, address + 65536));
            assertThat(ours).isEqualTo(Files.readAllBytes(file));
        }
    }

    @Test
    void threadsHaveNamesStatesTimesAndWhatTheyWaitFor() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "3");
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
            assertThat(snapshot.threads()).hasSize(3).allSatisfy(thread -> {
                assertThat(thread.name()).contains("threads");
                assertThat(thread.state()).contains("S");
                assertThat(thread.waitChannel()).contains("pause");
                assertThat(thread.userTime()).isPresent();
                assertThat(thread.notes())
                        .anyMatch(note -> note.is("CORE", 2) && note.content().length == 512)
                        .anyMatch(note -> note.is("LINUX", 0x202));
            });
            assertThat(snapshot.process().image()).contains("threads");
            assertThat(snapshot.process().commandLine()).hasSize(2).last().isEqualTo("3");
            assertThat(snapshot.process().pid()).hasValue(target.pid());
            assertThat(snapshot.notes()).anyMatch(note -> note.is("CORE", 6));
            assertThat(snapshot.method()).isEqualTo("snapshot");
            assertThat(snapshot.diagnostics()).isEmpty();
        }
    }

    @Test
    void fiveHundredThreadsAreAllStoppedAndAllLetGo() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "500")) {
            Set<Long> ids;
            try (LiveSnapshot snapshot =
                    control.snapshot(target.pid(), SnapshotOptions.defaults())) {
                ids = snapshot.threads().stream()
                        .map(ThreadSnapshot::id)
                        .collect(Collectors.toCollection(TreeSet::new));
                assertThat(snapshot.threads())
                        .allMatch(thread -> thread.registers().isPresent());
            }
            assertThat(ids).hasSize(500);
            Set<Long> after = new TreeSet<>(new ProcFolder(Path.of("/proc")).tids(target.pid()));
            assertThat(after).isEqualTo(ids);
            target.assertUntouched();
        }
    }

    @Test
    void modulesHaveTheBuildIdsThatReadelfFinds() throws Exception {
        assumeTrue(LiveTarget.tool("readelf"), "needs readelf");
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2");
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
            List<LoadedModule> files = snapshot.modules().stream()
                    .filter(module -> module.path().startsWith("/"))
                    .toList();
            assertThat(files).extracting(LoadedModule::name).contains("threads", "libc.so.6");
            assertThat(snapshot.modules()).extracting(LoadedModule::path).contains("[vdso]");
            for (LoadedModule module : files) {
                String notes = LiveTarget.run(folder, "readelf", "-n", module.path());
                assertThat(notes).contains("Build ID: " + module.buildId().orElse("none"));
            }
        }
    }

    @Test
    void rangesArePresentPopulatedOrAbsentByTheirKind() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "ranges");
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
            assertThat(populatedBytes(snapshot, target, "touched")).isEqualTo(1 << 20);
            assertThat(populatedBytes(snapshot, target, "sparse")).isEqualTo(2 * 4096);
            assertThat(populatedBytes(snapshot, target, "untouched")).isZero();
            assertThat(populatedBytes(snapshot, target, "reserved")).isZero();
            assertThat(populatedBytes(snapshot, target, "hidden")).isEqualTo(1 << 20);
            assertThat(snapshot.memory().u1(target.address("hidden"))).hasValue(4);
            MemoryRegion secret = LiveTarget.region(snapshot, target.address("secret"));
            assertThat(secret.presentBytes()).isZero();
            assertThat(secret.absentWhy()).contains("MADV_DONTDUMP");
            assertThat(LiveTarget.region(snapshot, target.address("shared")).presentBytes())
                    .isEqualTo(1 << 20);
            assertThat(snapshot.warnings()).anyMatch(text -> text.contains("shared memory"));
        }
    }

    @Test
    void optionsAddDontDumpAndLeaveOutSharedRanges() throws Exception {
        SnapshotOptions options = SnapshotOptions.defaults()
                .withIncludeDontDump(true)
                .withExcludeSharedAboveBytes(4096);
        try (LiveTarget target = LiveTarget.start(folder, "ranges");
                LiveSnapshot snapshot = control.snapshot(target.pid(), options)) {
            assertThat(populatedBytes(snapshot, target, "secret")).isEqualTo(1 << 20);
            MemoryRegion shared = LiveTarget.region(snapshot, target.address("shared"));
            assertThat(shared.presentBytes()).isZero();
            assertThat(shared.absentWhy().orElseThrow()).contains("--exclude-shared");
        }
    }

    private static long populatedBytes(LiveSnapshot snapshot, LiveTarget target, String name) {
        MemoryRegion region = LiveTarget.region(snapshot, target.address(name));
        assertThat(region.presentBytes()).isEqualTo(region.range().sizeBytes());
        return snapshot.populated(region).stream()
                .mapToLong(AddressRange::sizeBytes)
                .sum();
    }

    @Test
    void aProgramOf32BitsHasItsOwnRegisters() throws Exception {
        assumeTrue(LiveTarget.tool("as") && LiveTarget.tool("ld"), "needs as and ld");
        Path source = LiveTarget.copy(folder, "small32.s");
        LiveTarget.run(folder, "as", "--32", "-o", "small32.o", source.toString());
        LiveTarget.run(folder, "ld", "-m", "elf_i386", "-o", "small32", "small32.o");
        String program = folder.resolve("small32").toString();
        try (LiveTarget target = LiveTarget.startCommand(folder, List.of(program));
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
            assertThat(snapshot.machine().cpu()).contains(Cpu.X86);
            RegisterContext registers =
                    snapshot.threads().getFirst().registers().orElseThrow();
            assertThat(registers.get("ebx")).hasValue(0x11111111L);
            assertThat(registers.get("esi")).hasValue(0x22222222L);
            assertThat(registers.get("edi")).hasValue(0x33333333L);
            assertThat(snapshot.modules()).extracting(LoadedModule::name).contains("small32");
        }
    }

    @Test
    void inAPidNamespaceIdsAreThoseOfTheProcessItself() throws Exception {
        assumeTrue(LiveTarget.tool("unshare"), "needs unshare");
        assumeTrue(System.getProperty("user.name", "").equals("root"), "needs to run as root");
        String program = LiveTarget.compile(folder, "threads").toString();
        try (LiveTarget outer = LiveTarget.startCommand(
                folder, List.of("unshare", "--pid", "--fork", "--kill-child", program, "3"))) {
            long pid = ProcessHandle.of(outer.pid())
                    .orElseThrow()
                    .children()
                    .findFirst()
                    .orElseThrow()
                    .pid();
            try (LiveSnapshot snapshot = control.snapshot(pid, SnapshotOptions.defaults())) {
                assertThat(snapshot.process().pid()).hasValue(1);
                assertThat(snapshot.threads())
                        .extracting(ThreadSnapshot::id)
                        .containsExactly(1L, 2L, 3L);
                assertThat(snapshot.root().orElseThrow().resolve("proc")).isDirectory();
            }
        }
    }

    @Test
    void afterResumeNothingIsReadAnyMore() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2")) {
            LiveSnapshot snapshot = control.snapshot(target.pid(), SnapshotOptions.defaults());
            long address = target.address("pattern");
            assertThat(snapshot.memory().u8(address)).isPresent();
            snapshot.resume();
            snapshot.resume();
            target.assertUntouched();
            assertThat(snapshot.memory().u8(address)).isEmpty();
            assertThat(snapshot.overran()).isEmpty();
            assertThat(snapshot.pause()).isPositive().isEqualTo(snapshot.pause());
            snapshot.close();
        }
    }

    @Test
    void addressesThatAreNotMappedReadAsNothing() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "2");
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), SnapshotOptions.defaults())) {
            assertThat(snapshot.memory().u8(0)).isEmpty();
            assertThat(snapshot.memory().u8(0xffff_ffff_ff60_0000L)).isEmpty();
            assertThat(snapshot.memory().u8(-1)).isEmpty();
            byte[] bytes = new byte[16];
            assertThatThrownBy(() -> snapshot.memory().read(0, bytes, 8, 16))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static String gdb(LiveTarget target, String... commands) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "gdb",
                "-nx",
                "-q",
                "-batch",
                "-ex",
                "set debuginfod enabled off",
                "-p",
                Long.toString(target.pid())));
        command.addAll(List.of(commands));
        return LiveTarget.run(target.folder(), command.toArray(new String[0]));
    }
}
