package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.go.GoFrame;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.stack.OwnProcess;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.locate.SymbolsState;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.StackEnd;
import dev.mortem.stack.unwind.UnwoundFrame;
import dev.mortem.testkit.tool.GoCompiler;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Stripped Go programs that run: named by their file, and by memory alone. */
class GoProgramTest {
    private static final int FUNCTIONS = 300;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @TempDir
    Path folder;

    @Test
    void memoryTellsWhatTheFileTells() throws Exception {
        List<GoCompiler> compilers = GoCompiler.all();
        assumeTrue(!compilers.isEmpty(), "needs go");
        for (GoCompiler go : compilers) {
            compare(go.build(folder, List.of("-ldflags=-s -w")), go.toString());
        }
        // another mode compiles the standard library anew: of one toolchain only
        GoCompiler first = compilers.getFirst();
        Path moved = first.build(folder, List.of("-ldflags=-s -w", "-buildmode=pie"));
        compare(moved, first + ", position-independent");
        assertThat(diagnostics.entries()).isEmpty();
    }

    private void compare(Path program, String as) throws Exception {
        Process running = new ProcessBuilder(program.toString(), "wait").start();
        try {
            assertThat(running.inputReader().readLine()).isEqualTo("ready");
            try (OwnProcess process = OwnProcess.of(running.pid());
                    ModuleImages files = images(process, ModuleSearch.ofThisMachine());
                    ModuleImages memory = images(process, ModuleSearch.nowhere())) {
                LoadedModule module = process.module("shop");
                ModuleImage known = files.image(module);
                assertThat(known.symbols()).as(as).isEqualTo(SymbolsState.FULL);
                assertThat(known.symbolsFrom()).contains(program + " (Go's own tables)");
                ModuleImage alone = memory.image(module);
                assertThat(alone.symbols()).as(as).isEqualTo(SymbolsState.FULL);
                assertThat(alone.symbolsFrom()).contains("memory (Go's own tables)");
                same(known.goSymbols().orElseThrow(), alone.goSymbols().orElseThrow());
                inlined(process, files, known);
            }
        } finally {
            running.destroyForcibly();
        }
    }

    private static void same(GoSymbols file, GoSymbols memory) throws Exception {
        assertThat(memory.count()).isEqualTo(file.count());
        for (int index = 0; index < FUNCTIONS; index++) {
            GoSymbols.GoFunction function = file.function(index * (file.count() / FUNCTIONS));
            long svma = function.svma() + function.sizeBytes() / 2;
            assertThat(memory.functionAt(svma)).contains(function);
            assertThat(memory.framesAt(svma)).isEqualTo(file.framesAt(svma));
        }
    }

    /** A function with inlined calls is several frames, whose names and lines are the tables'. */
    private static void inlined(OwnProcess process, ModuleImages images, ModuleImage image)
            throws Exception {
        GoSymbols tables = image.goSymbols().orElseThrow();
        GoSymbols.GoFunction total = named(tables, "main.(*cart).total");
        long svma = total.svma();
        while (tables.framesAt(svma).size() < 3) {
            svma++;
            assertThat(svma).isLessThan(total.svma() + total.sizeBytes());
        }
        List<GoFrame> expected = tables.framesAt(svma);
        long address = svma + image.bias().orElseThrow();
        UnwoundFrame frame = new UnwoundFrame(
                address,
                address,
                RegisterContext.none(Cpu.X86_64),
                FrameTrust.CONTEXT,
                Optional.of(image.module()),
                false);
        List<Frame> frames = new Symbolizer(process, images, Limits.defaults())
                .symbolize(new CallStack(1, List.of(frame), new StackEnd.Complete()))
                .frames();
        assertThat(frames)
                .extracting(Frame::label)
                .containsExactlyElementsOf(
                        expected.stream().map(GoFrame::function).toList())
                .endsWith("main.(*cart).total")
                .contains("main.sum", "main.price");
        assertThat(frames)
                .extracting(each -> each.source().orElseThrow().line())
                .containsExactlyElementsOf(expected.stream().map(GoFrame::line).toList());
        assertThat(frames.getFirst().isInlined()).isTrue();
        assertThat(frames.getLast().isInlined()).isFalse();
        assertThat(frames.getLast().function().orElseThrow().offsetBytes())
                .hasValue(svma - total.svma());
    }

    private static GoSymbols.GoFunction named(GoSymbols tables, String name) throws Exception {
        for (int index = 0; index < tables.count(); index++) {
            if (tables.function(index).name().equals(name)) {
                return tables.function(index);
            }
        }
        throw new IOException("no function " + name);
    }

    private ModuleImages images(OwnProcess process, ModuleSearch search) {
        return ModuleImages.of(process, search, Limits.defaults(), diagnostics);
    }
}
