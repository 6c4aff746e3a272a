package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.pe.unwind.Arm64UnwindCode;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Marker;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.RegisterFile;
import dev.mortem.format.pe.unwind.UnwindCode;
import dev.mortem.stack.unwind.RuleExecution.Outcome;
import dev.mortem.testkit.fakes.FakeMemory;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalInt;

/** Each unwind code of Windows against literal registers and literal memory. */
class WindowsExecutionTest {
    private static final int RBX = 3;
    private static final int RBP = 6;
    private static final int RDI = 5;
    private static final long STACK = 0x7000;

    private final FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86_64))
            .pointers(STACK, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x107);
    private final Registers caller = new Registers(Cpu.X86_64);

    private final FakeMemory memoryOfArm = new FakeMemory(Machine.of(Cpu.ARM64))
            .pointers(STACK, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x107);
    private final Registers callerOfArm = new Registers(Cpu.ARM64);

    @Test
    void withoutCodesTheReturnAddressIsOnTop() {
        assertThat(x64()).isEqualTo(new Outcome.Done());
        assertCaller(0x100, STACK + 8);
        assertThat(caller.value(RBX)).isEqualTo(0xb);
        assertThat(caller.value(RDI)).isEqualTo(0xd); // a callee's to save on Windows alone
        assertThat(caller.isKnown(0)).isFalse();
    }

    @Test
    void aPushIsPopped() {
        x64(new UnwindCode.Push(1, RBX), new UnwindCode.Push(2, RBP));
        assertCaller(0x102, STACK + 24);
        assertThat(caller.value(RBX)).isEqualTo(0x100);
        assertThat(caller.value(RBP)).isEqualTo(0x101);
    }

    @Test
    void anAllocationIsFreed() {
        x64(new UnwindCode.Allocate(4, 0x20));
        assertCaller(0x104, STACK + 0x28);
    }

    @Test
    void aSaveIsLoadedFromTheFrameAndMovesNothing() {
        x64(new UnwindCode.Save(4, RBX, 0x10), new UnwindCode.Allocate(4, 8));
        assertCaller(0x101, STACK + 16);
        assertThat(caller.value(RBX)).isEqualTo(0x102);
    }

    @Test
    void vectorRegistersAreNotFollowed() {
        x64(new UnwindCode.SaveXmm(4, 6, 0x10), new UnwindCode.Spare(4));
        assertCaller(0x100, STACK + 8);
    }

    @Test
    void theFrameRegisterSaysWhereTheStackPointerWas() {
        var codes = List.<UnwindCode>of(
                new UnwindCode.Save(8, RBX, 8),
                new UnwindCode.SetFrame(4),
                new UnwindCode.Push(1, RBP));
        run(new UnwindRule.WindowsCodes(OptionalInt.of(RBP), 0x10, codes));
        // rbp is 0x7028: the frame is at 0x7018
        assertCaller(0x104, STACK + 0x28);
        assertThat(caller.value(RBX)).isEqualTo(0x104);
        assertThat(caller.value(RBP)).isEqualTo(0x103);
    }

    @Test
    void anUnknownFrameRegisterIsSaid() {
        var rule = new UnwindRule.WindowsCodes(OptionalInt.of(12), 0, List.of());
        assertThat(run(rule))
                .isEqualTo(new Outcome.Failed("r12 is not known, from which the frame is counted"));
    }

    @Test
    void aMachineFrameHasPcAndStackPointer() {
        assertThat(x64(new UnwindCode.Allocate(0, 8), new UnwindCode.PushMachineFrame(0, false)))
                .isEqualTo(new Outcome.Done());
        assertCaller(0x101, 0x104);
        x64(new UnwindCode.PushMachineFrame(0, true), new UnwindCode.Allocate(0, 8));
        assertCaller(0x101, 0x104);
        assertThat(new UnwindRule.WindowsCodes(
                                OptionalInt.empty(),
                                0,
                                List.of(new UnwindCode.PushMachineFrame(0, false)))
                        .interrupts())
                .isTrue();
    }

    @Test
    void memoryThatIsNotThereIsSaidByItsAddress() {
        assertThat(x64(new UnwindCode.Allocate(0, 0x1000)))
                .isEqualTo(new Outcome.NoMemory(STACK + 0x1000));
        assertThat(x64(new UnwindCode.Allocate(0, 0x40), new UnwindCode.Push(0, RBX)))
                .isEqualTo(new Outcome.NoMemory(STACK + 0x40));
        assertThat(x64(new UnwindCode.Allocate(0, 0x28), new UnwindCode.PushMachineFrame(0, false)))
                .isEqualTo(new Outcome.NoMemory(STACK + 0x40));
    }

    @Test
    void arm64ReturnsToTheLinkRegister() {
        assertThat(arm64(Marker.NOP, Marker.SIGN_RETURN_ADDRESS, Marker.END))
                .isEqualTo(new Outcome.Done());
        assertCallerOfArm(0x1234, STACK);
        assertThat(callerOfArm.isKnown(30)).isFalse();
    }

    @Test
    void arm64SavesAreLoaded() {
        arm64(
                new Arm64UnwindCode.Allocate(0x10),
                new Arm64UnwindCode.Save(RegisterFile.X, List.of(19, 20), 0x10, false),
                new Arm64UnwindCode.Save(RegisterFile.D, List.of(8, 9), 0x10, false),
                new Arm64UnwindCode.Save(RegisterFile.X, List.of(29, 30), 0x20, true),
                Marker.END);
        assertCallerOfArm(0x103, STACK + 0x30);
        assertThat(callerOfArm.value(29)).isEqualTo(0x102);
        assertThat(callerOfArm.value(19)).isEqualTo(0x104);
        assertThat(callerOfArm.value(20)).isEqualTo(0x105);
    }

    @Test
    void arm64FramePointersGiveTheStackPointer() {
        arm64(new Arm64UnwindCode.SetFrame(), new Arm64UnwindCode.Allocate(8), Marker.END);
        assertCallerOfArm(0x1234, STACK + 0x28);
        arm64(new Arm64UnwindCode.AddFrame(0x10), Marker.END);
        assertCallerOfArm(0x1234, STACK + 0x10);
    }

    @Test
    void arm64PartsOfFunctionsGoOnBehindTheirOwnEnd() {
        arm64(Marker.END_CHAINED, new Arm64UnwindCode.Allocate(0x10), Marker.END);
        assertCallerOfArm(0x1234, STACK + 0x10);
        arm64(Marker.END, new Arm64UnwindCode.Allocate(0x10));
        assertCallerOfArm(0x1234, STACK);
    }

    @Test
    void arm64MachineFramesAndContexts() {
        arm64(Marker.MACHINE_FRAME);
        assertCallerOfArm(0x101, 0x100);
        memoryOfArm.pointers(STACK + 0x100, 0x8000, 0x4444);
        arm64(Marker.CONTEXT);
        assertCallerOfArm(0x4444, 0x8000);
        assertThat(callerOfArm.value(0)).isEqualTo(0x101);
        assertThat(new UnwindRule.WindowsArm64Codes(List.of(Marker.CONTEXT)).interrupts())
                .isTrue();
    }

    @Test
    void whatIsNotReadIsSaid() {
        assertThat(arm64(new Arm64UnwindCode.AllocateVectors(1)))
                .isEqualTo(new Outcome.Failed("the length of a scalable vector is not known"));
        assertThat(arm64(Marker.TRAP_FRAME))
                .isEqualTo(
                        new Outcome.Failed("the unwind information has a frame of the kernel's"));
        assertThat(arm64(Marker.EC_CONTEXT))
                .isEqualTo(new Outcome.Failed("registers of ARM64EC are not read"));
        assertThat(arm64(
                        new Arm64UnwindCode.SaveScalable(false, 8, 0),
                        new Arm64UnwindCode.Save(RegisterFile.X, List.of(30), 0x100, false),
                        Marker.END))
                .isEqualTo(new Outcome.Failed("the link register is not known"));
    }

    private Outcome x64(UnwindCode... codes) {
        return run(new UnwindRule.WindowsCodes(OptionalInt.empty(), 0, List.of(codes)));
    }

    private Outcome run(UnwindRule rule) {
        Registers callee = Registers.of(RegisterContext.none(Cpu.X86_64)
                .with("rip", 0x1000)
                .with("rsp", STACK)
                .with("rbp", STACK + 0x28)
                .with("rbx", 0xb)
                .with("rdi", 0xd)
                .with("rax", 0xa));
        return new RuleExecution(new X86Convention(Cpu.X86_64, true), memory, Limits.defaults())
                .execute(rule, callee, caller);
    }

    private Outcome arm64(Arm64UnwindCode... codes) {
        Registers callee = Registers.of(RegisterContext.none(Cpu.ARM64)
                .with("pc", 0x1000)
                .with("sp", STACK)
                .with("x29", STACK + 0x20)
                .with("x30", 0x00ab_0000_0000_1234L)
                .with("x19", 0x19));
        return new RuleExecution(Arm64Convention.ofAddressBits(48), memoryOfArm, Limits.defaults())
                .execute(new UnwindRule.WindowsArm64Codes(List.of(codes)), callee, callerOfArm);
    }

    private void assertCaller(long pc, long sp) {
        assertThat(caller.pc()).isEqualTo(pc);
        assertThat(caller.sp()).isEqualTo(sp);
    }

    private void assertCallerOfArm(long pc, long sp) {
        assertThat(callerOfArm.pc()).isEqualTo(pc);
        assertThat(callerOfArm.sp()).isEqualTo(sp);
    }
}
