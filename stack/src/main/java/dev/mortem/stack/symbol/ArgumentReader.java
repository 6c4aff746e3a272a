package dev.mortem.stack.symbol;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.expression.Evaluation;
import dev.mortem.format.dwarf.expression.ExpressionInputs;
import dev.mortem.format.dwarf.function.CallArguments;
import dev.mortem.format.dwarf.function.FirstParameter;
import dev.mortem.format.dwarf.function.FunctionFrame;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.UnwoundFrame;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Reads the first argument of a function on a stack where the debug information says where it is: in a
 * register that the callees keep, in memory, or, where the function has lost it, by what its caller
 * handed over and can still tell (DWARF 5, sections 2.5.1.7 and 3.4.2). Belongs to one question.
 *
 * <p>What a caller handed over may in turn be what it was entered with, and so on outwards.
 */
final class ArgumentReader {
    /** Frames from which one argument is followed outwards. */
    static final Limit CALLERS_MAX = new Limit(
            "callers asked for one argument",
            16,
            "frames",
            "wrappers that pass a pointer on are a few deep; an expression may ask several times at"
                    + " each frame, and hostile ones would double the work with each");

    /** Evaluations in all: an expression may ask for the same entry value often. */
    private static final int QUESTIONS_MAX = 256;

    private final CallStack stack;
    private final MemoryReader memory;
    private final Function<UnwoundFrame, Optional<ModuleSymbols>> symbols;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private int questions;
    private boolean byCallSite;

    ArgumentReader(
            CallStack stack,
            MemoryReader memory,
            Function<UnwoundFrame, Optional<ModuleSymbols>> symbols,
            Limits limits,
            Diagnostics diagnostics) {
        this.stack = stack;
        this.memory = memory;
        this.symbols = symbols;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** The first argument of the frame's function; empty where that is not told, or not in the dump. */
    Optional<Argument> first(int index) {
        UnwoundFrame frame = stack.frames().get(index);
        Optional<ModuleSymbols> module = symbols.apply(frame);
        OptionalLong svma = module.map(in -> in.image().svma(frame.lookupAddress()))
                .orElse(OptionalLong.empty());
        if (svma.isEmpty()) {
            return Optional.empty();
        }
        Optional<FirstParameter> parameter = module.get().firstParameter(svma.getAsLong());
        if (parameter.isEmpty()) {
            return Optional.empty();
        }
        byCallSite = false;
        FirstParameter known = parameter.get();
        Inputs inputs = new Inputs(index, 0, known.frame(), module.get());
        try {
            return value(known.location().variable(inputs, limits));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "an argument of a function is not known");
            return Optional.empty();
        }
    }

    private Optional<Argument> value(Evaluation found) {
        return found instanceof Evaluation.Value(long value)
                ? Optional.of(new Argument(value, byCallSite))
                : Optional.empty();
    }

    /** What the frame's caller handed over in a register. */
    private OptionalLong handedOver(int index, int callers, long register)
            throws MalformedException {
        List<UnwoundFrame> frames = stack.frames();
        boolean asked = callers < limits.maxInt(CALLERS_MAX) && ++questions <= QUESTIONS_MAX;
        if (!asked
                || index + 1 >= frames.size()
                || !isCall(frames.get(index), frames.get(index + 1))) {
            return OptionalLong.empty();
        }
        UnwoundFrame caller = frames.get(index + 1);
        Optional<ModuleSymbols> module = symbols.apply(caller);
        OptionalLong svma =
                module.map(in -> in.image().svma(caller.pc())).orElse(OptionalLong.empty());
        if (svma.isEmpty()) {
            return OptionalLong.empty();
        }
        Optional<CallArguments> call = module.get().callArguments(svma.getAsLong());
        for (CallArguments.Argument argument :
                call.map(CallArguments::arguments).orElse(List.of())) {
            if (argument.register() == register) {
                byCallSite = true;
                Inputs inputs =
                        new Inputs(index + 1, callers + 1, call.get().frame(), module.get());
                return argument.value().evaluate(inputs, limits)
                                instanceof Evaluation.Value(long value)
                        ? OptionalLong.of(value)
                        : OptionalLong.empty();
            }
        }
        return OptionalLong.empty();
    }

    /** Whether the one called the other: what was found by a guess may have left frames out. */
    private static boolean isCall(UnwoundFrame frame, UnwoundFrame caller) {
        return caller.trust() == FrameTrust.CFI
                && !frame.signalFrame()
                && !caller.signalFrame()
                && caller.lookupAddress() != caller.pc();
    }

    /** A frame's registers, the process's memory, and what the frame's unit and callers know. */
    private final class Inputs implements ExpressionInputs {
        private final int index;
        private final int callers;
        private final FunctionFrame frame;
        private final ModuleSymbols module;
        private boolean inFrameBase;

        Inputs(int index, int callers, FunctionFrame frame, ModuleSymbols module) {
            this.index = index;
            this.callers = callers;
            this.frame = frame;
            this.module = module;
        }

        @Override
        public OptionalLong register(int number) {
            Cpu cpu = memory.machine().cpu().orElseThrow();
            return number <= cpu.pc() // the last that DWARF numbers, of those that are followed
                    ? stack.frames().get(index).registers().get(number)
                    : OptionalLong.empty();
        }

        @Override
        public OptionalLong memory(long address, int sizeBytes) {
            return memory.unsigned(address, sizeBytes);
        }

        @Override
        public long addressOf(long svma) {
            return svma + module.image().bias().orElse(0);
        }

        @Override
        public OptionalLong indexed(long at) throws MalformedException {
            return frame.indexed(at);
        }

        @Override
        public OptionalLong frameBase() throws MalformedException {
            Optional<DwarfExpression> base = frame.base();
            if (base.isEmpty() || inFrameBase) {
                return OptionalLong.empty();
            }
            inFrameBase = true; // one that asks for itself has no value
            OptionalLong register = base.get().register();
            Evaluation found = register.isPresent()
                    ? base.get().variable(this, limits)
                    : base.get().evaluate(this, limits);
            inFrameBase = false;
            return found instanceof Evaluation.Value(long value)
                    ? OptionalLong.of(value)
                    : OptionalLong.empty();
        }

        /** The caller's stack pointer, on the CPUs that we read, where frame information told it. */
        @Override
        public OptionalLong frameAddress() {
            List<UnwoundFrame> frames = stack.frames();
            return index + 1 < frames.size() && frames.get(index + 1).trust() == FrameTrust.CFI
                    ? frames.get(index + 1).registers().sp()
                    : OptionalLong.empty();
        }

        @Override
        public OptionalLong entryValue(DwarfExpression atEntry) throws MalformedException {
            OptionalLong register = atEntry.register();
            return register.isPresent()
                    ? handedOver(index, callers, register.getAsLong())
                    : OptionalLong.empty();
        }
    }
}
