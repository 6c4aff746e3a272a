package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Stacks of all kinds, in a program that gdb stops and dumps: the same pcs, frame by frame. */
class GdbComparisonTest {
    @TempDir
    Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-O0",
                "-O2",
                "-O2 -fomit-frame-pointer",
                "-O2 -fno-omit-frame-pointer -fcf-protection=none",
                "-O2 -static",
                "-Os -no-pie -Wl,-z,lazy"
            })
    void withFrameInformationEveryFrameIsGdbs(String options) throws Exception {
        Tool gdb = tool("gdb");
        Path program = compile(options);
        Path core = folder.resolve("core");

        Map<Long, List<Long>> expected = GdbStacks.of(
                gdb,
                folder,
                List.of(
                        "-ex",
                        "break all_ready",
                        "-ex",
                        "handle SIGUSR1 SIGUSR2 SIGURG nostop noprint pass",
                        "-ex",
                        "run",
                        "-ex",
                        "generate-core-file " + core,
                        program.toString()));

        List<CallStack> stacks = Cores.stacks(core, ModuleSearch.ofThisMachine(), diagnostics);
        assertThat(expected).as("threads that gdb found").hasSize(10);
        assertThat(stacks).hasSize(10);
        for (CallStack stack : stacks) {
            assertThat(Cores.pcs(stack)).isEqualTo(expected.get(stack.threadId()));
            assertThat(stack.frames().subList(1, stack.frames().size()))
                    .allMatch(frame -> frame.trust() == FrameTrust.CFI);
            assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
        }
        assertThat(stacks.stream().flatMap(stack -> stack.frames().stream()))
                .filteredOn(UnwoundFrame::signalFrame)
                .hasSize(3);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aCallThroughANullPointerIsFollowedToItsCaller() throws Exception {
        Tool gdb = tool("gdb");
        Path program = compile("-O2");
        Path core = folder.resolve("core");

        Map<Long, List<Long>> expected = GdbStacks.of(
                gdb,
                folder,
                List.of(
                        "-ex",
                        "handle SIGUSR1 SIGUSR2 SIGURG nostop noprint pass",
                        "-ex",
                        "run crash",
                        "-ex",
                        "generate-core-file " + core,
                        program.toString()));

        List<CallStack> stacks = Cores.stacks(core, ModuleSearch.ofThisMachine(), diagnostics);
        CallStack crashed = stacks.stream()
                .filter(stack -> stack.frames().getFirst().pc() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(Cores.pcs(crashed)).isEqualTo(expected.get(crashed.threadId()));
        assertThat(crashed.frames().get(1).trust()).isEqualTo(FrameTrust.FRAME_POINTER);
        assertThat(crashed.end()).isEqualTo(new StackEnd.Complete());
    }

    /** Without frame information the frame pointers tell the same; gdb reads the prologues. */
    @Test
    void framePointersAloneLeadThroughTheProgramsOwnCode() throws Exception {
        Tool gdb = tool("gdb");
        Path program = compile("-O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables"
                + " -fno-unwind-tables -fno-optimize-sibling-calls");
        Path core = folder.resolve("core");

        Map<Long, List<Long>> expected = GdbStacks.of(
                gdb,
                folder,
                List.of(
                        "-ex",
                        "break all_ready",
                        "-ex",
                        "handle SIGUSR1 SIGUSR2 SIGURG nostop noprint pass",
                        "-ex",
                        "run",
                        "-ex",
                        "generate-core-file " + core,
                        program.toString()));

        for (CallStack stack : Cores.stacks(core, ModuleSearch.ofThisMachine(), diagnostics)) {
            assertThat(Cores.pcs(stack)).isEqualTo(expected.get(stack.threadId()));
        }
    }

    private Path compile(String options) throws IOException {
        Path source = folder.resolve("stacks.c");
        try (InputStream code = GdbComparisonTest.class.getResourceAsStream("stacks.c")) {
            assertThat(code).isNotNull();
            Files.copy(code, source);
        }
        Path program = folder.resolve("stacks");
        List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
        arguments.addAll(List.of("-pthread", "-w", "-o", program.toString(), source.toString()));
        tool("gcc").text(arguments);
        return program;
    }

    private static Tool tool(String name) {
        assumeTrue(Tool.find(name).isPresent(), "needs " + name);
        return Tool.find(name).orElseThrow();
    }
}
