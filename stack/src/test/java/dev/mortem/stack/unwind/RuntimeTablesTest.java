package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.format.pe.PeLimits;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Dumps of x64 with three functions of 0x40 bytes, at 0x200001000, that a program made and told Windows of:
 * each pushes rbx, takes 32 bytes and calls at 0x20. The thread stands in the first, called from the second,
 * called from the third, which returns to 0.
 */
class RuntimeTablesTest {
    private static final long BASE = 0x2_0000_0000L;
    private static final long CODE = BASE + 0x1000;
    private static final long INFO = BASE + 0x2000;
    private static final long STACK = 0x7000;

    /** push rbx (2 bytes); sub rsp, 32 (4 bytes). */
    private static final String PUSH_AND_SUB = "01 06 02 00 06 32 02 30";

    private static final int[][] SORTED = {
        {0x1000, 0x1040, 0x2000}, {0x1040, 0x1080, 0x2000}, {0x1080, 0x10c0, 0x2000}
    };

    @TempDir
    private Path folder;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void framesOfCodeMadeAtRunTimeAreUnwoundByItsTable() throws Exception {
        CallStack stack = unwind(dump(SORTED, PUSH_AND_SUB), Limits.defaults());
        assertUnwound(stack);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void entriesThatAreNotSortedAreAllLookedAt() throws Exception {
        int[][] unsorted = {SORTED[2], SORTED[0], SORTED[1]};
        assertUnwound(unwind(dump(unsorted, PUSH_AND_SUB), Limits.defaults()));
        assertThat(diagnostics.entries())
                .extracting(Diagnostic::consequence)
                .contains("each search looks at all entries");
    }

    @Test
    void entriesBeyondTheLimitAreNotRead() throws Exception {
        Limits two = Limits.defaults().with(PeLimits.FUNCTIONS, 2);
        CallStack stack = unwind(dump(SORTED, PUSH_AND_SUB), two);
        assertThat(stack.frames()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(stack.frames().get(2).trust()).isEqualTo(FrameTrust.UNWIND_INFO);
        assertThat(Cores.pcs(stack)).startsWith(CODE + 0x10, CODE + 0x65, CODE + 0xa5);
        assertThat(stack.frames().subList(3, stack.frames().size()))
                .extracting(UnwoundFrame::trust)
                .doesNotContain(FrameTrust.UNWIND_INFO);
        assertThat(diagnostics.entries())
                .extracting(Diagnostic::consequence)
                .contains("functions behind those cannot be unwound by it");
    }

    /** The table is there, what it points at is not. */
    @Test
    void unwindInformationThatIsNotInTheDumpIsSaid() throws Exception {
        int[][] far = {{0x1000, 0x1040, 0x9000}, {0x1040, 0x1080, 0x9000}};
        CallStack stack = unwind(dump(far, PUSH_AND_SUB), Limits.defaults());
        assertThat(stack.frames())
                .extracting(UnwoundFrame::trust)
                .doesNotContain(FrameTrust.UNWIND_INFO);
        assertThat(diagnostics.entries())
                .extracting(Diagnostic::consequence)
                .contains("stacks through this function are guessed");
    }

    @Test
    void noTableBreaksIt() throws Exception {
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 100; round++) {
            int[][] entries = new int[random.nextInt(5)][];
            for (int index = 0; index < entries.length; index++) {
                entries[index] = new int[] {
                    random.nextInt(0x0f00, 0x1100), random.nextInt(0x0f00, 0x1100), 0x2000
                };
            }
            StringBuilder info = new StringBuilder();
            for (int index = 0; index < 12; index++) {
                info.append("%02x ".formatted(random.nextInt(index == 0 ? 8 : 256)));
            }
            CallStack stack = unwind(dump(entries, info.toString().strip()), Limits.defaults());
            assertThat(stack.frames()).isNotEmpty().hasSizeLessThan(65 * 32);
        }
    }

    private static void assertUnwound(CallStack stack) {
        assertThat(Cores.pcs(stack)).containsExactly(CODE + 0x10, CODE + 0x65, CODE + 0xa5);
        assertThat(stack.frames())
                .extracting(UnwoundFrame::trust)
                .containsExactly(
                        FrameTrust.CONTEXT, FrameTrust.UNWIND_INFO, FrameTrust.UNWIND_INFO);
        assertThat(stack.frames().get(1).registers().get("rbx")).hasValue(0x3b);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
    }

    private static byte[] dump(int[][] entries, String unwindInfo) {
        Layout code = MinidumpBuilder.layout();
        for (int function = 0; function < 3; function++) {
            code.zeros(0x20).hex("e8 00 00 00 00").zeros(0x1b);
        }
        Layout stack = MinidumpBuilder.layout();
        stack.zeros(32).u8(0x3b).u8(CODE + 0x65);
        stack.zeros(32).u8(0x3c).u8(CODE + 0xa5);
        stack.zeros(32).u8(0x3d).u8(0).zeros(32);
        Layout tables = MinidumpBuilder.layout();
        tables.u4(24).u4(32).u4(16).u4(12).u4(1).u4(0);
        tables.u8(CODE).u8(CODE + 0xc0).u8(BASE).u4(entries.length).u4(0).zeros(16);
        for (int[] entry : entries) {
            tables.u4(entry[0]).u4(entry[1]).u4(entry[2]);
        }
        return new MinidumpBuilder()
                        .windows(9)
                        .thread(
                                7,
                                0,
                                STACK,
                                stack.build(),
                                MinidumpContext.AMD64.with(
                                        Map.of("rip", CODE + 0x10, "rsp", STACK, "rbx", 1L)))
                        .memory(CODE, code)
                        .memory(INFO, MinidumpBuilder.layout().hex(unwindInfo))
                        .memoryInfo(BASE, 0x2000, 0x1000, 0x40, 0x2_0000)
                        .stream(MinidumpBuilder.FUNCTION_TABLE, tables)
                        .build();
    }

    private CallStack unwind(byte[] bytes, Limits limits) throws Exception {
        Path file = Files.write(folder.resolve("made.dmp"), bytes);
        try (OpenDump dump = DumpFiles.open(file, limits);
                ModuleImages images = ModuleImages.of(
                        dump.snapshot(), ModuleSearch.nowhere(), limits, diagnostics)) {
            List<CallStack> stacks = dump.snapshot().threads().stream()
                    .map(thread -> new StackUnwinder(dump.snapshot(), images, limits, diagnostics)
                            .unwind(thread))
                    .toList();
            return stacks.getFirst();
        }
    }
}
