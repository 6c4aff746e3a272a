package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.stack.OwnProcess;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.StackEnd;
import dev.mortem.stack.unwind.UnwoundFrame;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** Names for addresses of the process that the test runs in. */
class SymbolizerTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "needs Linux's /proc");
    }

    @Test
    void exportsOfMemoryAreThoseOfTheFile() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages onlyMemory = images(process, ModuleSearch.nowhere());
                ModuleImages withFiles = images(process, ModuleSearch.ofThisMachine())) {
            Symbolizer fromMemory = new Symbolizer(process, onlyMemory, Limits.defaults());
            Symbolizer fromFiles = new Symbolizer(process, withFiles, Limits.defaults());
            LoadedModule libc = process.module("libc.so");
            for (String name : List.of("malloc", "qsort", "environ", "__abort_msg")) {
                NamedAddress found = fromMemory.find(libc, name).orElseThrow();
                assertThat(fromFiles.addressOf(libc, name)).hasValue(found.address());
                assertThat(found.sizeBytes()).isPositive();
            }
            long qsort = fromMemory.addressOf(libc, "qsort").orElseThrow();
            assertThat(fromMemory.functionAt(qsort + 1).orElseThrow().raw()).isEqualTo("qsort");
            assertThat(fromMemory.find(in -> in.name().equals("no such"), "malloc"))
                    .isEmpty();
            assertThat(fromMemory.addressOf(libc, "no_such_function")).isEmpty();
            assertThat(fromMemory.lineAt(qsort)).isEmpty();
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void functionsOfTheVdsoAreNamed() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.nowhere())) {
            Symbolizer symbolizer = new Symbolizer(process, images, Limits.defaults());
            LoadedModule vdso = process.module("[vdso]");
            Optional<NamedAddress> clock = symbolizer.find(vdso, "__vdso_clock_gettime");
            assumeTrue(clock.isPresent(), "needs a vdso with __vdso_clock_gettime");
            assertThat(symbolizer
                            .functionAt(clock.get().address())
                            .orElseThrow()
                            .raw())
                    .contains("clock_gettime");
        }
    }

    @Test
    void aFrameIsLookedUpInsideItsCallAndCountedFromItsPc() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.nowhere())) {
            Symbolizer symbolizer = new Symbolizer(process, images, Limits.defaults());
            LoadedModule libc = process.module("libc.so");
            NamedAddress qsort = symbolizer.find(libc, "qsort").orElseThrow();
            long pc = qsort.address() + qsort.sizeBytes(); // a call was the last instruction
            CallStack stack = new CallStack(
                    7, List.of(frame(pc, pc - 1), frame(0x1000, 0x1000)), new StackEnd.Complete());
            SymbolizedStack named = symbolizer.symbolize(stack);
            assertThat(named.threadId()).isEqualTo(7);
            assertThat(named.end()).isEqualTo(new StackEnd.Complete());
            Frame first = named.frames().getFirst();
            assertThat(first.module()).contains(libc);
            assertThat(first.function())
                    .contains(new Frame.FunctionName(
                            "qsort", "qsort", OptionalLong.of(qsort.sizeBytes())));
            Frame second = named.frames().get(1);
            assertThat(second.module()).isEmpty();
            assertThat(second.function()).isEmpty();
            assertThat(second.source()).isEmpty();
        }
    }

    @Test
    void manyStacksKeepTheirOrderAndNamesWhateverOrderTheyAreReadIn() throws IOException {
        try (OwnProcess process = OwnProcess.withBuildIds();
                ModuleImages images = images(process, ModuleSearch.ofThisMachine())) {
            Symbolizer one = new Symbolizer(process, images, Limits.defaults());
            List<Long> starts = new ArrayList<>();
            for (String name : List.of("qsort", "malloc", "abort", "read", "write", "getenv")) {
                starts.add(one.addressOf(process.module("libc.so"), name).orElseThrow());
            }
            List<CallStack> stacks = new ArrayList<>();
            Random random = new Random(5);
            for (int thread = 1; thread <= 20; thread++) {
                Collections.shuffle(starts, random);
                List<UnwoundFrame> frames = new ArrayList<>();
                starts.forEach(start -> frames.add(frame(start + 4, start + 3)));
                frames.add(frame(0x1000 + thread, 0x1000 + thread)); // in no module
                stacks.add(new CallStack(thread, frames, new StackEnd.Complete()));
            }
            List<SymbolizedStack> each = stacks.stream().map(one::symbolize).toList();
            Symbolizer other = new Symbolizer(process, images, Limits.defaults());
            assertThat(other.symbolize(stacks)).isEqualTo(each);
            assertThat(each.getFirst().frames().getFirst().function()).isPresent();
        }
    }

    private static UnwoundFrame frame(long pc, long lookupAddress) {
        return new UnwoundFrame(
                pc,
                lookupAddress,
                RegisterContext.none(Cpu.X86_64),
                FrameTrust.CFI,
                Optional.empty(),
                false);
    }

    private ModuleImages images(OwnProcess process, ModuleSearch search) {
        return ModuleImages.of(process, search, Limits.defaults(), diagnostics);
    }
}
