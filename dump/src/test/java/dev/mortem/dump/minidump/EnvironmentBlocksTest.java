package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.testkit.fakes.FakeMemory;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

/** What Windows keeps in a process, where the process has overwritten it. */
class EnvironmentBlocksTest {
    private static final long PEB = 0x20_0000;
    private static final long TEB = 0x30_0000;

    private static FakeMemory memory(int pointerBytes, WindowsBlocks blocks) {
        FakeMemory memory = new FakeMemory(Machine.of(pointerBytes == 8 ? Cpu.X86_64 : Cpu.X86));
        blocks.forEach(memory::put);
        return memory;
    }

    private static EnvironmentBlocks read(FakeMemory memory, Long... tebs) {
        return new EnvironmentBlocks(memory, Limits.defaults(), List.of(tebs));
    }

    @Test
    void thePebIsThatOfTheFirstBlockThatIsThere() {
        WindowsBlocks blocks = new WindowsBlocks(8, PEB).teb(TEB, 1, 2, 3, 4);
        FakeMemory memory = memory(8, blocks);
        assertThat(read(memory, 0x1000L, TEB).peb()).hasValue(PEB);
        assertThat(read(memory).peb()).isEmpty();
        EnvironmentBlocks nowhere = read(memory, 0x1000L);
        assertThat(nowhere.peb()).isEmpty();
        assertThat(nowhere.commandLine()).isEmpty();
        assertThat(nowhere.environment()).isEmpty();
        assertThat(nowhere.heaps()).isEmpty();
        assertThat(nowhere.loaderEntries()).isEmpty();
        assertThat(nowhere.lastError(0x1000)).isEmpty();
        assertThat(nowhere.lastStatus(0x1000)).isEmpty();
        assertThat(nowhere.stack(0x1000)).isEmpty();
    }

    @Test
    void aStackThatEndsBelowItsStartIsNone() {
        FakeMemory memory = memory(4, new WindowsBlocks(4, PEB).teb(TEB, 0x5000, 0x4000, 0, 0));
        assertThat(read(memory, TEB).stack(TEB)).isEmpty();
    }

    @Test
    void heapsAreCountedUpToTheLimit() {
        for (int pointerBytes : List.of(8, 4)) {
            WindowsBlocks blocks = new WindowsBlocks(pointerBytes, PEB).teb(TEB, 1, 2, 0, 0);
            FakeMemory memory = memory(pointerBytes, blocks);
            long count = PEB + (pointerBytes == 8 ? 0xe8 : 0x88);
            long list = 0x1000_0000L;
            memory.pointers(PEB + (pointerBytes == 8 ? 0xf0 : 0x90), list);
            long[] heaps = new long[4097];
            Arrays.fill(heaps, 0x7000);
            memory.pointers(list, heaps);
            assertThat(read(memory.u4(count, 4096), TEB).heaps()).hasSize(4096);
            assertThat(read(memory.u4(count, 4097), TEB).heaps()).isEmpty();
            assertThat(read(memory.u4(count, -1), TEB).heaps()).isEmpty();
        }
    }

    @Test
    void aListOfHeapsIsReadAsFarAsItIsThere() {
        WindowsBlocks blocks =
                new WindowsBlocks(8, PEB).teb(TEB, 1, 2, 0, 0).heap(0x1).heap(0).heap(0x3);
        FakeMemory memory = memory(8, blocks);
        assertThat(read(memory, TEB).heaps()).containsExactly(1L, 3L);
        memory.u4(PEB + 0xe8, 100); // the page has 32
        assertThat(read(memory, TEB).heaps()).containsExactly(1L, 3L);
    }

    @Test
    void aTextOfAnOddOrNoSizeIsNone() {
        WindowsBlocks blocks = new WindowsBlocks(8, PEB).teb(TEB, 1, 2, 0, 0).commandLine("abc");
        FakeMemory memory = memory(8, blocks);
        long text = PEB + 0x1000 + 0x70;
        assertThat(read(memory, TEB).commandLine()).contains("abc");
        assertThat(read(memory.put(text, (byte) 5, (byte) 0), TEB).commandLine())
                .isEmpty();
        assertThat(read(memory.put(text, (byte) 0, (byte) 0), TEB).commandLine())
                .isEmpty();
        // more than the memory that is there
        assertThat(read(memory.put(text, (byte) 0xfe, (byte) 0xff), TEB).commandLine())
                .isEmpty();
    }

    @Test
    void anEnvironmentThatIsCutKeepsItsWholeLines() {
        WindowsBlocks blocks = new WindowsBlocks(8, PEB).teb(TEB, 1, 2, 0, 0);
        FakeMemory memory = memory(8, blocks);
        memory.pointers(PEB + 0x1000 + 0x80, 0x1000_0000L);
        memory.put(0x1000_0000L, MinidumpOpened.wide("A=1\0B=2\0C="));
        assertThat(read(memory, TEB).environment()).containsExactly("A=1", "B=2");
    }

    @Test
    void exceptionsInExceptionsEndAtTheLimitAndInACircle() {
        for (int depth : List.of(16, 17)) {
            FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86));
            for (int index = 0; index < depth; index++) {
                int next = index + 1 < depth ? 0x1000 + 0x100 * (index + 1) : 0;
                memory.u4(0x1000 + 0x100L * index, index, 0, next, 0x99, 0);
            }
            assertThat(NestedExceptions.read(0x1000, memory, Limits.defaults())).hasSize(16);
        }
        FakeMemory circle = new FakeMemory(Machine.of(Cpu.X86));
        circle.u4(0x1000, 7, 1, 0x1000, 0x99, 2, 5, 6);
        assertThat(NestedExceptions.read(0x1000, circle, Limits.defaults()))
                .containsExactly(new ExceptionRecord(7, 1, 0x99, List.of(5L, 6L)));
        circle.u4(0x1010, 16);
        assertThat(NestedExceptions.read(0x1000, circle, Limits.defaults())).isEmpty();
        assertThat(NestedExceptions.read(0, circle, Limits.defaults())).isEmpty();
    }
}
