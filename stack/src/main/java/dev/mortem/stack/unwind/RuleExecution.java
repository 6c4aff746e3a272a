package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.breakpad.CfiRules;
import dev.mortem.format.dwarf.cfi.CfaRule;
import dev.mortem.format.dwarf.cfi.FrameRow;
import dev.mortem.format.dwarf.cfi.RegisterRule;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.expression.Evaluation;
import dev.mortem.format.dwarf.expression.ExpressionInputs;
import dev.mortem.format.ehabi.UnwindInstruction;
import dev.mortem.format.pe.unwind.Arm64UnwindCode;

import java.util.List;
import java.util.OptionalLong;

/**
 * Executes unwind rules: registers and memory in, the caller's registers out, nothing else. Whether the
 * result makes sense is for the walk to judge. Belongs to one thread.
 */
final class RuleExecution {
    /** What came of it. */
    sealed interface Outcome {
        /** The caller's registers are set: pc and sp are known. */
        record Done() implements Outcome {}

        /** The rule says that there is no caller. */
        record NoCaller() implements Outcome {}

        record NoMemory(long address) implements Outcome {}

        /** Something else is missing or wrong. */
        record Failed(String why) implements Outcome {}
    }

    private static final Outcome DONE = new Outcome.Done();
    private static final Outcome NO_CALLER = new Outcome.NoCaller();

    private final CpuConvention convention;
    private final Cpu cpu;
    private final int wordSizeBytes;
    private final MemoryReader memory;
    private final SymbolFileExecution symbolFile;
    private final WindowsExecution windows;
    private final Limits limits;

    RuleExecution(CpuConvention convention, MemoryReader memory, Limits limits) {
        this.convention = convention;
        this.cpu = convention.cpu();
        this.wordSizeBytes = cpu.registerSizeBytes();
        this.memory = memory;
        this.symbolFile = new SymbolFileExecution(convention, memory);
        this.windows = new WindowsExecution(convention, memory);
        this.limits = limits;
    }

    /** Sets {@code caller} from {@code callee}, whose pc and sp are known. */
    Outcome execute(UnwindRule rule, Registers callee, Registers caller) {
        long kept = convention.calleeSaved();
        return switch (rule) {
            case UnwindRule.Outermost() -> NO_CALLER;
            case UnwindRule.JustReturn() -> popReturnAddress(callee, caller, kept, 0);
            case UnwindRule.SkipPushed(int pushed) ->
                popReturnAddress(callee, caller, kept, pushed);
            case UnwindRule.PopFramePointer() -> {
                Outcome outcome = popReturnAddress(callee, caller, kept, wordSizeBytes);
                load(callee.sp(), cpu.fp(), caller);
                yield outcome;
            }
            case UnwindRule.UseLinkRegister() -> useLinkRegister(callee, caller);
            case UnwindRule.UseFramePointer use -> useFramePointer(use, callee, caller);
            case UnwindRule.TakeFromStack(int offset) -> {
                long fpKept = 1L << cpu.fp();
                Outcome outcome = popReturnAddress(callee, caller, fpKept, offset);
                forgetPassedFramePointer(caller);
                yield outcome;
            }
            case UnwindRule.Steps(List<UnwindInstruction> steps) -> follow(steps, callee, caller);
            case UnwindRule.RestoreContext(SignalContext context) ->
                restore(context, callee, caller);
            case UnwindRule.SymbolFileRules(CfiRules rules) ->
                symbolFile.follow(rules, callee, caller);
            case UnwindRule.WindowsFrame frame -> symbolFile.follow(frame, callee, caller);
            case UnwindRule.WindowsCodes codes -> windows.undo(codes, callee, caller);
            case UnwindRule.WindowsArm64Codes(List<Arm64UnwindCode> codes) ->
                windows.undo(codes, callee, caller);
            case UnwindRule.FrameInformation information -> {
                try {
                    yield useFrameInformation(information, callee, caller);
                } catch (MalformedException malformed) {
                    yield new Outcome.Failed(malformed.place() + ": " + malformed.problem());
                }
            }
        };
    }

    private Outcome popReturnAddress(
            Registers callee, Registers caller, long kept, int pushedBytes) {
        long at = callee.sp() + pushedBytes;
        OptionalLong returnAddress = memory.unsigned(at, wordSizeBytes);
        if (returnAddress.isEmpty()) {
            return new Outcome.NoMemory(at);
        }
        caller.copyFrom(callee, kept);
        caller.set(cpu.sp(), at + wordSizeBytes);
        caller.set(cpu.pc(), convention.cleanReturnAddress(returnAddress.getAsLong()));
        return DONE;
    }

    private Outcome useLinkRegister(Registers callee, Registers caller) {
        int lr = cpu.linkRegister().orElse(-1);
        if (!callee.isKnown(lr)) {
            return new Outcome.Failed("the link register is not known");
        }
        caller.copyFrom(callee, convention.calleeSaved() | 1L << cpu.sp());
        caller.set(cpu.pc(), convention.cleanReturnAddress(callee.value(lr)));
        return DONE;
    }

    private Outcome useFramePointer(
            UnwindRule.UseFramePointer rule, Registers callee, Registers caller) {
        if (!callee.isKnown(cpu.fp())) {
            return new Outcome.Failed("the frame pointer is not known");
        }
        long fp = callee.value(cpu.fp());
        long at = fp + rule.returnAddressOffset();
        OptionalLong returnAddress = memory.unsigned(at, wordSizeBytes);
        if (returnAddress.isEmpty()) {
            return new Outcome.NoMemory(at);
        }
        caller.copyFrom(callee, 0);
        load(fp + rule.savedOffset(), cpu.fp(), caller);
        caller.set(cpu.sp(), fp + rule.frameEndOffset());
        caller.set(cpu.pc(), convention.cleanReturnAddress(returnAddress.getAsLong()));
        return DONE;
    }

    /** On virtual registers, which become the caller's (EHABI, section 10.1). */
    private Outcome follow(List<UnwindInstruction> steps, Registers callee, Registers caller) {
        caller.copyFrom(callee, -1L);
        long vsp = callee.sp();
        boolean loadedPc = false;
        for (UnwindInstruction step : steps) {
            switch (step) {
                case UnwindInstruction.Move(long bytes) -> vsp = cut(vsp + bytes);
                case UnwindInstruction.Take(int register) -> {
                    if (!caller.isKnown(register)) {
                        return new Outcome.Failed(cpu.registerNames().get(register)
                                + " is not known, which has the stack pointer");
                    }
                    vsp = caller.value(register);
                }
                case UnwindInstruction.Refuse() -> {
                    return new Outcome.Failed("the exception table refuses to unwind");
                }
                case UnwindInstruction.Pop(int mask) -> {
                    for (int rest = mask; rest != 0; rest &= rest - 1) {
                        OptionalLong value = memory.unsigned(vsp, wordSizeBytes);
                        if (value.isEmpty()) {
                            return new Outcome.NoMemory(vsp);
                        }
                        caller.set(Integer.numberOfTrailingZeros(rest), value.getAsLong());
                        vsp = cut(vsp + wordSizeBytes);
                    }
                    vsp = (mask >> cpu.sp() & 1) != 0 ? caller.value(cpu.sp()) : vsp;
                    loadedPc |= (mask >> cpu.pc() & 1) != 0;
                }
            }
        }
        int lr = cpu.linkRegister().orElse(-1);
        if (!loadedPc && !caller.isKnown(lr)) {
            return new Outcome.Failed("the link register is not known");
        }
        long pc = caller.value(loadedPc ? cpu.pc() : lr);
        caller.copyFrom(caller, convention.calleeSaved());
        caller.set(cpu.sp(), vsp);
        caller.set(cpu.pc(), convention.cleanReturnAddress(pc));
        return DONE;
    }

    /** A frame pointer below the caller's frame is not the caller's: code that uses it otherwise. */
    private void forgetPassedFramePointer(Registers caller) {
        int fp = cpu.fp();
        if (caller.isKnown(fp)
                && caller.isKnown(cpu.sp())
                && Long.compareUnsigned(caller.value(fp), caller.sp()) < 0) {
            caller.forget(fp);
        }
    }

    private Outcome restore(SignalContext context, Registers callee, Registers caller) {
        long base = callee.sp();
        if (context.pointerOffset() >= 0) {
            OptionalLong pointer = memory.unsigned(base + context.pointerOffset(), wordSizeBytes);
            if (pointer.isEmpty()) {
                return new Outcome.NoMemory(base + context.pointerOffset());
            }
            base = pointer.getAsLong();
        }
        base += context.offset();
        caller.copyFrom(callee, 0);
        SignalContext.Layout layout = context.layout();
        for (int word = 0; word < layout.words(); word++) {
            int register = layout.register(word);
            if (register >= 0) {
                load(base + (long) word * wordSizeBytes, register, caller);
            }
        }
        return caller.isKnown(cpu.pc()) && caller.isKnown(cpu.sp())
                ? DONE
                : new Outcome.NoMemory(base);
    }

    private Outcome useFrameInformation(
            UnwindRule.FrameInformation information, Registers callee, Registers caller)
            throws MalformedException {
        FrameRow row = information.row();
        ExpressionInputs inputs = new Inputs(callee, information.bias());
        Evaluation at = cfa(row.cfa(), callee, inputs);
        if (!(at instanceof Evaluation.Value(long cfa))) {
            return lacking(at);
        }
        int returnAddressRegister = information.returnAddressRegister();
        caller.copyFrom(callee, convention.calleeSaved());
        caller.set(cpu.sp(), cfa);
        Evaluation returnAddress =
                callee.isKnown(returnAddressRegister) && cpu.linkRegister().isPresent()
                        ? new Evaluation.Value(callee.value(returnAddressRegister))
                        : new Evaluation.NoRegister(returnAddressRegister);
        for (int index = 0; index < row.ruleCount(); index++) {
            int register = row.register(index);
            boolean isReturnAddress = register == returnAddressRegister;
            if (!isReturnAddress && register >= convention.dwarfRegisters()) {
                continue; // a vector register, or one that we do not follow
            }
            if (isReturnAddress && row.rule(index) instanceof RegisterRule.Undefined) {
                return NO_CALLER;
            }
            Evaluation value = value(row.rule(index), register, cfa, callee, inputs);
            if (isReturnAddress) {
                returnAddress = value;
            }
            if (register < convention.dwarfRegisters()) {
                set(register, value, caller);
            }
        }
        return finish(information, returnAddress, caller);
    }

    private Outcome finish(
            UnwindRule.FrameInformation information, Evaluation returnAddress, Registers caller) {
        if (!(returnAddress instanceof Evaluation.Value(long pc))) {
            return lacking(returnAddress);
        }
        if (!caller.isKnown(cpu.sp())) {
            return new Outcome.Failed("the caller's stack pointer is not known");
        }
        caller.set(cpu.pc(), convention.cleanReturnAddress(pc));
        if (cpu.linkRegister().isPresent() && !information.signalFrame()) {
            // It held the address that was returned to: what it holds in the caller is not known.
            caller.forget(cpu.linkRegister().getAsInt());
        }
        return DONE;
    }

    private Evaluation cfa(CfaRule rule, Registers callee, ExpressionInputs inputs)
            throws MalformedException {
        return switch (rule) {
            case CfaRule.RegisterOffset(int register, long offset) ->
                isFollowed(register) && callee.isKnown(register)
                        ? new Evaluation.Value(cut(callee.value(register) + offset))
                        : new Evaluation.NoRegister(register);
            case CfaRule.Computed(DwarfExpression expression) ->
                expression.evaluate(inputs, limits);
        };
    }

    /** The caller's value of a register; NoRegister where it is lost or not known. */
    private Evaluation value(
            RegisterRule rule, int register, long cfa, Registers callee, ExpressionInputs inputs)
            throws MalformedException {
        return switch (rule) {
            case RegisterRule.Undefined() -> new Evaluation.NoRegister(register);
            case RegisterRule.SameValue() -> copy(register, callee);
            case RegisterRule.InRegister(int other) -> copy(other, callee);
            case RegisterRule.Offset(long offset) -> loaded(cut(cfa + offset));
            case RegisterRule.ValOffset(long offset) -> new Evaluation.Value(cut(cfa + offset));
            case RegisterRule.Expression(DwarfExpression expression) -> {
                Evaluation address = expression.evaluate(cfa, inputs, limits);
                yield address instanceof Evaluation.Value(long at) ? loaded(at) : address;
            }
            case RegisterRule.ValExpression(DwarfExpression expression) ->
                expression.evaluate(cfa, inputs, limits);
        };
    }

    private Evaluation copy(int register, Registers callee) {
        return isFollowed(register) && callee.isKnown(register)
                ? new Evaluation.Value(callee.value(register))
                : new Evaluation.NoRegister(register);
    }

    private Evaluation loaded(long address) {
        OptionalLong value = memory.unsigned(address, wordSizeBytes);
        return value.isPresent()
                ? new Evaluation.Value(value.getAsLong())
                : new Evaluation.NoMemory(address);
    }

    private static void set(int register, Evaluation value, Registers caller) {
        if (value instanceof Evaluation.Value(long known)) {
            caller.set(register, known);
        } else {
            caller.forget(register);
        }
    }

    private void load(long address, int register, Registers caller) {
        OptionalLong value = memory.unsigned(address, wordSizeBytes);
        if (value.isPresent()) {
            caller.set(register, value.getAsLong());
        } else {
            caller.forget(register);
        }
    }

    private boolean isFollowed(int register) {
        return register < convention.dwarfRegisters();
    }

    private long cut(long address) {
        return memory.machine().pointerSizeBytes() == 4 ? address & 0xffff_ffffL : address;
    }

    private Outcome lacking(Evaluation evaluation) {
        return switch (evaluation) {
            case Evaluation.Value ignored -> DONE;
            case Evaluation.NoMemory(long address) -> new Outcome.NoMemory(address);
            case Evaluation.NoRegister(int register) ->
                new Outcome.Failed("the frame information needs the register " + name(register)
                        + ", which is not known");
            case Evaluation.Unsupported(int opcode) ->
                new Outcome.Failed("the frame information has the operation 0x"
                        + Integer.toHexString(opcode)
                        + ", which has no meaning there");
        };
    }

    private String name(int register) {
        return isFollowed(register) ? cpu.registerNames().get(register) : "number " + register;
    }

    /** A frame's registers and memory for an expression. */
    private final class Inputs implements ExpressionInputs {
        private final Registers callee;
        private final long bias;

        Inputs(Registers callee, long bias) {
            this.callee = callee;
            this.bias = bias;
        }

        @Override
        public OptionalLong register(int number) {
            return isFollowed(number) ? callee.get(number) : convention.constantRegister(number);
        }

        @Override
        public OptionalLong memory(long address, int sizeBytes) {
            return memory.unsigned(address, sizeBytes);
        }

        @Override
        public long addressOf(long svma) {
            return svma + bias;
        }
    }
}
