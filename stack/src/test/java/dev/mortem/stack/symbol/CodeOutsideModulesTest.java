package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.StackEnd;
import dev.mortem.stack.unwind.UnwoundFrame;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The vsyscall page, and code that the process made at run time. */
class CodeOutsideModulesTest {
    private static final long VSYSCALL = 0xffff_ffff_ff60_0000L;
    private static final long CODE = 0x7f2a_0000_1000L;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    @Test
    void theVsyscallPageHasThreeFunctions() {
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64));
        assertThat(labels(snapshot, search(), VSYSCALL, VSYSCALL + 0x405, VSYSCALL + 0x800))
                .containsExactly("gettimeofday", "time", "getcpu");
        Frame frame = frames(snapshot, search(), VSYSCALL + 0x405).getFirst();
        assertThat(frame.module().orElseThrow().name()).isEqualTo("[vsyscall]");
        assertThat(frame.function().orElseThrow().offsetBytes()).hasValue(5);
        assertThat(labels(snapshot, search(), VSYSCALL + 0xc00, VSYSCALL - 1, VSYSCALL + 0x1000))
                .containsExactly("[vsyscall]+0xc00", "0xffffffffff5fffff", "0xffffffffff601000");
        FakeSnapshot arm = new FakeSnapshot(Machine.of(Cpu.ARM64));
        assertThat(labels(arm, search(), VSYSCALL)).containsExactly("0xffffffffff600000");
    }

    @Test
    void codeInNoModuleIsNamedByTheMap() throws IOException {
        Path map = Files.writeString(
                folder.resolve("worker.core.perf-map"), "7f2a00001000 40 JS:*total cart.js:12\n");
        FakeSnapshot snapshot = process("r-xp", "rw-p");
        ModuleSearch search = search().withJitMap(map);
        assertThat(labels(snapshot, search, CODE, CODE + 0x3f, CODE + 0x40))
                .containsExactly("JS:*total cart.js:12", "JS:*total cart.js:12", "0x7f2a00001040");
        Frame.FunctionName name =
                frames(snapshot, search, CODE + 4).getFirst().function().orElseThrow();
        assertThat(name.from()).contains(map.toString());
        assertThat(name.offsetBytes()).hasValue(4);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void theUserMayNameTheMapOrItsFolder() throws IOException {
        Path map = Files.writeString(folder.resolve("perf-77.map"), "7f2a00001000 40 loop\n");
        Files.writeString(folder.resolve("perf-78.map"), "7f2a00001000 40 of another process\n");
        FakeSnapshot snapshot = process("r-xp", "rw-p");
        for (Path named : List.of(map, folder)) {
            ModuleSearch search = search().withSymbolPaths(List.of(named));
            assertThat(labels(snapshot, search, CODE)).containsExactly("loop");
        }
        ModuleSearch other = search().withSymbolPaths(List.of(folder.resolve("perf-78.map")));
        assertThat(labels(snapshot, other, CODE)).containsExactly("0x7f2a00001000");
    }

    @Test
    void memoryThatMayNotBeExecutedIsNoCode() throws IOException {
        Path map = Files.writeString(folder.resolve("map"), "7f2a00001000 2000 stale\n");
        FakeSnapshot snapshot = process("rw-p", "r-xp");
        ModuleSearch search = search().withJitMap(map);
        assertThat(labels(snapshot, search, CODE, CODE + 0x1000))
                .containsExactly("0x7f2a00001000", "stale");
    }

    private static FakeSnapshot process(String first, String second) {
        return new FakeSnapshot(Machine.of(Cpu.X86_64))
                .facts(ProcessFacts.builder().pid(77).build())
                .region(region(CODE, first))
                .region(region(CODE + 0x1000, second));
    }

    private static MemoryRegion region(long address, String permissions) {
        return new MemoryRegion(
                AddressRange.ofSize(address, 0x1000),
                permissions.substring(0, 3),
                false,
                0,
                Optional.empty(),
                0,
                Optional.empty());
    }

    private List<String> labels(FakeSnapshot snapshot, ModuleSearch search, long... addresses) {
        return frames(snapshot, search, addresses).stream().map(Frame::label).toList();
    }

    private List<Frame> frames(FakeSnapshot snapshot, ModuleSearch search, long... addresses) {
        List<UnwoundFrame> frames = Arrays.stream(addresses)
                .mapToObj(address -> new UnwoundFrame(
                        address,
                        address,
                        RegisterContext.none(Cpu.X86_64),
                        FrameTrust.CONTEXT,
                        Optional.empty(),
                        false))
                .toList();
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            return new Symbolizer(snapshot, images, Limits.defaults())
                    .symbolize(new CallStack(1, frames, new StackEnd.Complete()))
                    .frames();
        }
    }

    private static ModuleSearch search() {
        return ModuleSearch.nowhere();
    }
}
