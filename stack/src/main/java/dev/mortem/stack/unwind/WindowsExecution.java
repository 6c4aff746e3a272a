package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.pe.unwind.Arm64UnwindCode;
import dev.mortem.format.pe.unwind.UnwindCode;
import dev.mortem.stack.unwind.RuleExecution.Outcome;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Executes the unwind codes of Windows ("x64 exception handling", "Unwind procedure"; "ARM64 exception
 * handling", "Unwind codes"). Registers of floating point are not followed. Belongs to one thread.
 */
final class WindowsExecution {
    /** CONTEXT of ARM64 (winnt.h): X0 to X28, Fp, Lr from 8 on, Sp, Pc. */
    private static final int CONTEXT_X0 = 8;

    private static final int CONTEXT_SP = 0x100;
    private static final int CONTEXT_PC = 0x108;
    private static final int CONTEXT_REGISTERS = 31;

    /** KTRAP_FRAME and the like belong to the kernel, whose stacks are no part of a process. */
    private static final String KERNEL_ONLY = "the unwind information has a frame of the kernel's";

    private final CpuConvention convention;
    private final Cpu cpu;
    private final MemoryReader memory;

    WindowsExecution(CpuConvention convention, MemoryReader memory) {
        this.convention = convention;
        this.cpu = convention.cpu();
        this.memory = memory;
    }

    /** Of x64. */
    Outcome undo(UnwindRule.WindowsCodes rule, Registers callee, Registers caller) {
        caller.copyFrom(callee, convention.calleeSaved());
        long sp = callee.sp();
        long frame = sp;
        if (rule.frameRegister().isPresent()) {
            int register = rule.frameRegister().getAsInt();
            if (!callee.isKnown(register)) {
                return new Outcome.Failed(cpu.registerNames().get(register)
                        + " is not known, from which the frame is counted");
            }
            frame = callee.value(register) - rule.frameOffsetBytes();
        }
        for (UnwindCode code : rule.codes()) {
            switch (code) {
                case UnwindCode.Push(int _, int register) -> {
                    OptionalLong value = memory.unsigned(sp, 8);
                    if (value.isEmpty()) {
                        return new Outcome.NoMemory(sp);
                    }
                    caller.set(register, value.getAsLong());
                    sp += 8;
                }
                case UnwindCode.Allocate(int _, long bytes) -> sp += bytes;
                case UnwindCode.SetFrame _ -> sp = frame;
                case UnwindCode.Save(int _, int register, long bytes) ->
                    load(frame + bytes, register, caller);
                case UnwindCode.SaveXmm _ -> {}
                case UnwindCode.Spare _ -> {}
                case UnwindCode.PushMachineFrame(int _, boolean hasErrorCode) -> {
                    return takeMachineFrame(hasErrorCode ? sp + 8 : sp, 0, 24, caller);
                }
            }
        }
        OptionalLong returnAddress = memory.unsigned(sp, 8);
        if (returnAddress.isEmpty()) {
            return new Outcome.NoMemory(sp);
        }
        caller.set(cpu.sp(), sp + 8);
        caller.set(cpu.pc(), returnAddress.getAsLong());
        return new Outcome.Done();
    }

    private Outcome takeMachineFrame(long base, int pcOffset, int spOffset, Registers caller) {
        OptionalLong pc = memory.unsigned(base + pcOffset, 8);
        OptionalLong sp = memory.unsigned(base + spOffset, 8);
        if (pc.isEmpty() || sp.isEmpty()) {
            return new Outcome.NoMemory(base + (pc.isEmpty() ? pcOffset : spOffset));
        }
        caller.set(cpu.sp(), sp.getAsLong());
        caller.set(cpu.pc(), convention.cleanReturnAddress(pc.getAsLong()));
        return new Outcome.Done();
    }

    /** Of ARM64. */
    Outcome undo(List<Arm64UnwindCode> codes, Registers callee, Registers caller) {
        int lr = cpu.linkRegister().orElse(-1);
        caller.copyFrom(callee, convention.calleeSaved() | 1L << lr);
        long sp = callee.sp();
        for (Arm64UnwindCode code : codes) {
            switch (code) {
                case Arm64UnwindCode.Allocate(long bytes) -> sp += bytes;
                case Arm64UnwindCode.AllocateVectors _ -> {
                    return new Outcome.Failed("the length of a scalable vector is not known");
                }
                case Arm64UnwindCode.Save save -> {
                    restore(save, sp, caller);
                    sp += save.preIndexed() ? save.bytes() : 0;
                }
                case Arm64UnwindCode.SaveScalable _ -> {}
                case Arm64UnwindCode.SetFrame _ -> {
                    if (!caller.isKnown(cpu.fp())) {
                        return new Outcome.Failed("the frame pointer is not known");
                    }
                    sp = caller.value(cpu.fp());
                }
                case Arm64UnwindCode.AddFrame(int bytes) -> {
                    if (!caller.isKnown(cpu.fp())) {
                        return new Outcome.Failed("the frame pointer is not known");
                    }
                    sp = caller.value(cpu.fp()) - bytes;
                }
                case Arm64UnwindCode.Marker marker -> {
                    Optional<Outcome> end = mark(marker, sp, caller);
                    if (end.isPresent()) {
                        return end.get();
                    }
                }
            }
        }
        return returnTo(sp, caller);
    }

    private void restore(Arm64UnwindCode.Save save, long sp, Registers caller) {
        if (save.file() != Arm64UnwindCode.RegisterFile.X) {
            return;
        }
        long at = sp + (save.preIndexed() ? 0 : save.bytes());
        for (int index = 0; index < save.registers().size(); index++) {
            load(at + 8L * index, save.registers().get(index), caller);
        }
    }

    /** What a code without operands does; what came of it all where it is the last that counts. */
    private Optional<Outcome> mark(Arm64UnwindCode.Marker marker, long sp, Registers caller) {
        return switch (marker) {
            case NOP, END_CHAINED, CLEAR_UNWOUND_TO_CALL, SIGN_RETURN_ADDRESS -> Optional.empty();
            case END -> Optional.of(returnTo(sp, caller));
            case MACHINE_FRAME -> Optional.of(takeMachineFrame(sp, 8, 0, caller));
            case CONTEXT -> {
                for (int register = 0; register < CONTEXT_REGISTERS; register++) {
                    load(sp + CONTEXT_X0 + 8L * register, register, caller);
                }
                yield Optional.of(takeMachineFrame(sp, CONTEXT_PC, CONTEXT_SP, caller));
            }
            case TRAP_FRAME -> Optional.of(new Outcome.Failed(KERNEL_ONLY));
            case EC_CONTEXT -> Optional.of(new Outcome.Failed("registers of ARM64EC are not read"));
        };
    }

    /** A signature in the upper bits is dropped; in the caller lr is what it left there, not this. */
    private Outcome returnTo(long sp, Registers caller) {
        int lr = cpu.linkRegister().orElse(-1);
        if (!caller.isKnown(lr)) {
            return new Outcome.Failed("the link register is not known");
        }
        caller.set(cpu.sp(), sp);
        caller.set(cpu.pc(), convention.cleanReturnAddress(caller.value(lr)));
        caller.forget(lr);
        return new Outcome.Done();
    }

    private void load(long address, int register, Registers caller) {
        OptionalLong value = memory.unsigned(address, 8);
        if (value.isPresent()) {
            caller.set(register, value.getAsLong());
        } else {
            caller.forget(register);
        }
    }
}
