package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Stacks without frame information, out of literals: code at 0x1000, the stack at 0x7000. */
class StackUnwinderTest {
    private static final long CODE = 0x1000;
    private static final long STACK = 0x7000;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private FakeSnapshot snapshot = machine(Cpu.X86_64);

    @Test
    void framePointersLeadToTheZeroThatEndsThem() {
        call(0x1105);
        call(0x1205);
        snapshot.memory().pointers(STACK + 0x10, STACK + 0x40, 0x1105);
        snapshot.memory().pointers(STACK + 0x40, STACK + 0x80, 0x1205);
        snapshot.memory().pointers(STACK + 0x80, 0, 0);

        CallStack stack = unwind(registers(0x1010, STACK, STACK + 0x10));

        assertThat(Cores.pcs(stack)).containsExactly(0x1010L, 0x1105L, 0x1205L);
        assertThat(stack.frames())
                .extracting(UnwoundFrame::trust)
                .containsExactly(
                        FrameTrust.CONTEXT, FrameTrust.FRAME_POINTER, FrameTrust.FRAME_POINTER);
        assertThat(stack.frames())
                .extracting(UnwoundFrame::lookupAddress)
                .containsExactly(0x1010L, 0x1104L, 0x1204L);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
    }

    @Test
    void theScanTakesOnlyWhatFollowsACall() {
        call(0x1305);
        snapshot.memory().pointers(STACK, 0x1200, 0x99, 0x7010, 0x1305, 0);

        CallStack stack = unwind(registers(0x1010, STACK, 3));

        assertThat(Cores.pcs(stack)).containsExactly(0x1010L, 0x1305L);
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.SCAN);
        assertThat(stack.frames().get(1).registers().sp()).hasValue(STACK + 0x20);
        assertThat(stack.end()).isInstanceOf(StackEnd.NoCaller.class);
    }

    /** As RtlCaptureContext leaves it behind: in a CONTEXT and in an exception record above sp. */
    @Test
    void theScanPassesOverWhereTheFirstFrameItselfStands() {
        call(0x1010);
        call(0x1305);
        call(0x1405);
        snapshot.memory().pointers(STACK, 0x1010, 0x99, 0x1010, 0x1305, 0x1010, 0x1405, 0x1305);

        CallStack stack = unwind(registers(0x1010, STACK, 3));

        assertThat(Cores.pcs(stack)).containsExactly(0x1010L, 0x1305L, 0x1405L, 0x1305L);
    }

    @Test
    void indirectCallsAreCallsAsWell() {
        for (String call : List.of(
                "ff d0",
                "ff 50 08",
                "ff 14 c8",
                "ff 54 24 08",
                "41 ff d4",
                "ff 15 00 00 00 00",
                "ff 90 00 01 00 00",
                "ff 94 24 00 01 00 00")) {
            snapshot = machine(Cpu.X86_64);
            byte[] bytes = hex(call);
            snapshot.memory().put(0x1405 - bytes.length, bytes);
            snapshot.memory().pointers(STACK, 0x1405);
            assertThat(Cores.pcs(unwind(registers(0x1010, STACK, 3))))
                    .as(call)
                    .containsExactly(0x1010L, 0x1405L);
        }
    }

    /** Remains of earlier calls, unless the call is one of its own function, at once or by a jump. */
    @Test
    void theScanTakesAReturnAddressTwiceOnlyOfAFunctionThatCallsItself() {
        call(0x1405);
        long[] words = {0x1305, 0, 0x1305, 0x1305, 0x1405, 0};
        snapshot.memory().pointers(STACK, words);
        List<Long> once = List.of(0x1010L, 0x1305L, 0x1405L);
        List<Long> each = List.of(0x1010L, 0x1305L, 0x1305L, 0x1305L, 0x1405L);

        snapshot.memory().put(0x1300, hex("e8 fb 00 00 00")); // to 0x1400
        assertThat(Cores.pcs(unwind(registers(0x1010, STACK, 3)))).isEqualTo(once);
        snapshot.memory().put(0x1300, hex("90 90 90 ff d2")); // call rdx
        assertThat(Cores.pcs(unwind(registers(0x1010, STACK, 3)))).isEqualTo(once);
        snapshot.memory().put(0x1300, hex("e8 cb ff ff ff")); // to 0x12d0
        assertThat(Cores.pcs(unwind(registers(0x1010, STACK, 3)))).isEqualTo(each);
        snapshot.memory().put(0x1300, hex("e8 fb 00 00 00"));
        snapshot.memory().put(0x1400, hex("e9 cb fe ff ff")); // jmp 0x12d0
        snapshot.memory().pointers(STACK, 0x1305, 0x1305, 0, 0, 0, 0);
        assertThat(Cores.pcs(unwind(registers(0x1010, STACK, 3))))
                .containsExactly(0x1010L, 0x1305L, 0x1305L);
    }

    /** Zeros at the end of what a search found prove nothing. */
    @Test
    void aStackWithSearchedFramesIsNotComplete() {
        call(0x1205);
        call(0x1305);
        snapshot.memory().pointers(STACK, 0x99, 0x1205, 0x7040);
        snapshot.memory().pointers(STACK + 0x40, 0, 0, 0);

        CallStack stack = unwind(registers(0x1010, STACK, 0));

        assertThat(stack.frames().getLast().trust()).isEqualTo(FrameTrust.SCAN);
        assertThat(stack.end()).isNotEqualTo(new StackEnd.Complete());
    }

    @Test
    void aCallThroughANullPointerIsFoundAtTheTopOfTheStack() {
        call(0x1305);
        snapshot.memory().pointers(STACK, 0x1305, 0);

        CallStack stack = unwind(registers(0, STACK, 3));

        assertThat(Cores.pcs(stack)).containsExactly(0L, 0x1305L);
        assertThat(stack.frames().get(1).trust()).isEqualTo(FrameTrust.FRAME_POINTER);
    }

    @Test
    void prologuesAndLinkageTablesTellWhatIsPushed() {
        assertReturnAddressAt(0, "55 48 89 e5", 0);
        assertReturnAddressAt(0, "f3 0f 1e fa 41 57", 0);
        assertReturnAddressAt(0, "c3", 0);
        assertReturnAddressAt(1, "55 48 89 e5", 1);
        assertReturnAddressAt(0, "5d c3", 1);
        assertReturnAddressAt(0, "ff 25 00 10 00 00", 0);
        assertReturnAddressAt(5, "68 01 00 00 00 e9 00 00 00 00", 1);
        assertReturnAddressAt(6, "ff 35 02 00 00 00 ff 25 04 00 00 00", 2);
    }

    /** The pc stands so far into the code; the return address lies so many words up the stack. */
    private void assertReturnAddressAt(int into, String code, int words) {
        snapshot = machine(Cpu.X86_64);
        call(0x1305);
        snapshot.memory().put(CODE + 0x40, hex(code));
        snapshot.memory().pointers(STACK, 9, 9, 9, 9);
        snapshot.memory().pointers(STACK + 8L * words, 0x1305);

        CallStack stack = unwind(registers(CODE + 0x40 + into, STACK, 3));

        assertThat(Cores.pcs(stack)).as(code).contains(0x1305L);
        assertThat(stack.frames().get(1).trust()).as(code).isEqualTo(FrameTrust.FRAME_POINTER);
        assertThat(stack.frames().get(1).registers().sp())
                .as(code)
                .hasValue(STACK + 8L * words + 8);
    }

    @Test
    void aSignalTrampolineWithoutFrameInformation() {
        call(0x1105);
        snapshot.memory().put(0x1500, hex("48 c7 c0 0f 00 00 00 0f 05"));
        snapshot.memory().pointers(STACK, 0x9999, 0x1500); // the handler's frame
        long[] context = new long[18];
        context[10] = 0x5020; // rbp
        context[15] = 0x5000; // rsp: another stack, lower
        context[16] = 0x1234; // rip
        snapshot.memory().pointers(STACK + 16 + 40, context);
        snapshot.memory().pointers(0x5020, 0, 0x1105);

        CallStack stack = unwind(registers(0x1010, STACK, STACK));

        assertThat(Cores.pcs(stack)).containsExactly(0x1010L, 0x1500L, 0x1234L, 0x1105L);
        assertThat(stack.frames().get(1).signalFrame()).isTrue();
        assertThat(stack.frames().get(1).lookupAddress()).isEqualTo(0x1500);
        assertThat(stack.frames().get(2).lookupAddress()).isEqualTo(0x1234);
        assertThat(stack.frames().get(2).trust()).isEqualTo(FrameTrust.CONTEXT);
    }

    @Test
    void framePointersThatGoRoundEnd() {
        call(0x1105);
        snapshot.memory().pointers(STACK + 0x10, STACK + 0x10, 0x1105);

        CallStack stack = unwind(registers(0x1010, STACK, STACK + 0x10));

        assertThat(Cores.pcs(stack)).containsExactly(0x1010L, 0x1105L);
        assertThat(stack.end()).isEqualTo(new StackEnd.NoMemory(STACK + 0x20));
    }

    @Test
    void aStackThatIsNotInTheDumpSaysSo() {
        CallStack stack = unwind(registers(0x1010, 0x5_0000, 3));

        assertThat(stack.frames()).hasSize(1);
        assertThat(stack.end()).isEqualTo(new StackEnd.NoMemory(0x5_0000));
    }

    @Test
    void aThreadWithoutRegistersAndACpuThatIsNotOurs() {
        assertThat(unwind(ThreadSnapshot.of(1, Optional.empty(), List.of())).end())
                .isEqualTo(new StackEnd.NoRegisters());
        snapshot =
                new FakeSnapshot(new Machine("s390x", Optional.empty(), 8, ByteOrder.BIG_ENDIAN));
        assertThat(unwind(ThreadSnapshot.of(1, Optional.empty(), List.of())).end())
                .isEqualTo(new StackEnd.UnsupportedCpu("s390x"));
    }

    @Test
    void framesAreLimitedForAThreadAndForAll() {
        chain(600);
        Limits limits = Limits.defaults().with(StackUnwinder.THREAD_FRAMES_MAX, 500);
        CallStack cut = unwinder(limits).unwind(registers(0x1010, STACK, STACK));
        assertThat(cut.end()).isEqualTo(new StackEnd.TooManyFrames(500));
        assertThat(cut.frames()).hasSize(500);

        CallStack whole = unwinder(limits.with(StackUnwinder.THREAD_FRAMES_MAX, 601))
                .unwind(registers(0x1010, STACK, STACK));
        assertThat(whole.end()).isEqualTo(new StackEnd.TooManyFrames(601));
        assertThat(unwinder(limits.with(StackUnwinder.THREAD_FRAMES_MAX, 602))
                        .unwind(registers(0x1010, STACK, STACK))
                        .end())
                .isEqualTo(new StackEnd.Complete());

        StackUnwinder shared =
                unwinder(Limits.defaults().with(StackUnwinder.SNAPSHOT_FRAMES_MAX, 700));
        assertThat(shared.unwind(registers(0x1010, STACK, STACK)).frames()).hasSize(601);
        assertThat(shared.unwind(registers(0x1010, STACK, STACK)).end())
                .isEqualTo(new StackEnd.TooManyFrames(StackUnwinder.FRAMES_ALWAYS));
    }

    @Test
    void anArm64LeafUsesTheLinkRegister() {
        snapshot = machine(Cpu.ARM64);
        snapshot.memory().put(0x1304, hex("00 01 3f d6")); // blr x8
        snapshot.memory().put(0x1104, hex("c0 ff ff 97")); // bl into code
        snapshot.memory().put(0x1000, hex("1f 20 03 d5"));
        snapshot.memory().put(0x1004, hex("00 00 40 f9"));
        snapshot.memory().pointers(STACK, STACK + 0x20, 0x1108);
        snapshot.memory().pointers(STACK + 0x20, 0, 0);
        RegisterContext registers = RegisterContext.none(Cpu.ARM64)
                .with("pc", 0x1008)
                .with("sp", STACK)
                .with("x29", STACK)
                .with("x30", 0x0011_0000_0000_1308L);

        CallStack stack = unwind(ThreadSnapshot.of(1, Optional.of(registers), List.of()));

        assertThat(Cores.pcs(stack)).containsExactly(0x1008L, 0x1308L, 0x1108L);
        assertThat(stack.end()).isEqualTo(new StackEnd.Complete());
    }

    @Test
    void noStackAtAllBreaksIt() {
        SplittableRandom random = new SplittableRandom(11);
        List<Cpu> cpus = List.of(Cpu.X86_64, Cpu.X86, Cpu.ARM64, Cpu.ARM);
        for (int round = 0; round < 1000; round++) {
            Cpu cpu = cpus.get(random.nextInt(cpus.size()));
            snapshot = machine(cpu);
            byte[] code = new byte[0x800];
            random.nextBytes(code);
            snapshot.memory().put(CODE, code);
            long[] words = new long[64];
            for (int word = 0; word < words.length; word++) {
                words[word] = random.nextBoolean()
                        ? CODE + random.nextInt(0x800)
                        : STACK + 8L * random.nextInt(80);
            }
            snapshot.memory().pointers(STACK, words);
            RegisterContext registers = RegisterContext.none(cpu);
            for (int register = 0; register < cpu.registerNames().size(); register++) {
                registers = registers.with(register, words[register]);
            }
            registers = registers.with(cpu.sp(), STACK + 8L * random.nextInt(8));
            CallStack stack = unwind(ThreadSnapshot.of(1, Optional.of(registers), List.of()));
            assertThat(stack.frames()).isNotEmpty().hasSizeLessThan(600);
        }
    }

    private void chain(int links) {
        call(0x1105);
        for (int link = 0; link < links; link++) {
            long at = STACK + 16L * link;
            snapshot.memory().pointers(at, at + 16, 0x1105);
        }
        snapshot.memory().pointers(STACK + 16L * links, 0, 0);
    }

    /** "call" of code in front of a return address. */
    private void call(long returnAddress) {
        snapshot.memory().put(returnAddress - 5, hex("e8 00 00 00 00"));
    }

    private static ThreadSnapshot registers(long pc, long sp, long fp) {
        return ThreadSnapshot.of(
                1,
                Optional.of(RegisterContext.none(Cpu.X86_64)
                        .with("rip", pc)
                        .with("rsp", sp)
                        .with("rbp", fp)),
                List.of());
    }

    private static FakeSnapshot machine(Cpu cpu) {
        FakeSnapshot machine = new FakeSnapshot(Machine.of(cpu))
                .region(new MemoryRegion(
                        new AddressRange(CODE, 0x800),
                        "r-x",
                        false,
                        0,
                        Optional.empty(),
                        0x800,
                        Optional.empty()));
        machine.memory().put(CODE, new byte[0x800]);
        return machine;
    }

    private CallStack unwind(ThreadSnapshot thread) {
        return unwinder(Limits.defaults()).unwind(thread);
    }

    private StackUnwinder unwinder(Limits limits) {
        ModuleImages images =
                ModuleImages.of(snapshot, ModuleSearch.nowhere(), limits, diagnostics);
        return new StackUnwinder(snapshot, images, limits, diagnostics);
    }

    private static byte[] hex(String text) {
        return HexFormat.ofDelimiter(" ").parseHex(text);
    }
}
