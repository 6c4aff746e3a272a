package dev.mortem.stack.unwind;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.breakpad.WinFrame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The walk of one stack, the same for all CPUs: for each frame the ways of finding a caller in order of
 * trust, the check that it leads further out, and why it ends. Belongs to one thread.
 */
final class StackWalk {
    /** Words looked at for one return address. */
    static final Limit SCAN_WORDS_MAX = new Limit(
            "stack words scanned",
            1024,
            "words",
            "frames with larger locals are rare, and what is found beyond them is as likely stale");

    /** Changes to a stack that lies lower, through a signal frame. */
    static final Limit STACK_CHANGES_MAX = new Limit(
            "changes of stack",
            64,
            "signal frames",
            "a handler on an alternate stack comes back to the thread's own, once for each signal"
                    + " that is nested; a forged context could go round for ever");

    /** Words that a function may have pushed beyond what its record counts: a handful of arguments. */
    private static final int SEARCHED_WORDS_MAX = 32;

    /** Frames whose registers are all kept. */
    private static final int WHOLE_CONTEXTS_MAX = 1024;

    private final CpuConvention convention;
    private final Cpu cpu;
    private final CodeMap code;
    private final RuleFinder finder;
    private final MemoryReader memory;
    private final RuleExecution execution;
    private final int framesMax;
    private final int scanWordsMax;
    private final int stackChangesMax;
    private final long essential;

    private final List<UnwoundFrame> frames = new ArrayList<>();
    private Registers frame;
    private Registers caller;
    private FrameTrust trust = FrameTrust.CONTEXT;
    private Optional<StackEnd> failure = Optional.empty();
    private int stackChanges;
    private boolean interrupted;
    private boolean isSearched;
    private long calleeParameterBytes;

    StackWalk(
            Registers start,
            CpuConvention convention,
            CodeMap code,
            RuleFinder finder,
            MemoryReader memory,
            int framesMax,
            Limits limits) {
        this.convention = convention;
        this.cpu = convention.cpu();
        this.code = code;
        this.finder = finder;
        this.memory = memory;
        this.execution = new RuleExecution(convention, memory, limits);
        this.framesMax = framesMax;
        this.scanWordsMax = limits.maxInt(SCAN_WORDS_MAX);
        this.stackChangesMax = limits.maxInt(STACK_CHANGES_MAX);
        this.essential = 1L << cpu.pc() | 1L << cpu.sp() | 1L << cpu.fp();
        this.frame = start;
        this.caller = new Registers(cpu);
    }

    List<UnwoundFrame> frames() {
        return frames;
    }

    /** Walks from the registers given, whose pc and sp are known. */
    StackEnd run() {
        boolean exact = true;
        while (true) {
            long pc = frame.pc();
            Optional<UnwindRule.FrameInformation> information = finder.frameInformation(pc, exact);
            Optional<UnwindRule> trampoline = trampoline(pc, information);
            boolean signalFrame = trampoline.isPresent()
                    || information.map(UnwindRule.FrameInformation::signalFrame).orElse(false);
            long lookupAddress = exact || signalFrame ? pc : pc - 1;
            add(pc, lookupAddress, signalFrame);
            if (frames.size() >= framesMax) {
                return new StackEnd.TooManyFrames(frames.size());
            }
            failure = Optional.empty();
            interrupted = false;
            Optional<StackEnd> end = findCaller(information, trampoline, exact, signalFrame);
            if (end.isPresent()) {
                return isSearched && end.get() instanceof StackEnd.Complete
                        ? new StackEnd.Searched()
                        : end.get();
            }
            isSearched |= trust == FrameTrust.SCAN;
            calleeParameterBytes = cpu == Cpu.X86 ? finder.parameterBytes(lookupAddress) : 0;
            Registers done = frame;
            frame = caller;
            caller = done;
            exact = signalFrame || interrupted;
        }
    }

    private void add(long pc, long lookupAddress, boolean signalFrame) {
        long kept = frames.size() < WHOLE_CONTEXTS_MAX ? -1L : essential;
        frames.add(new UnwoundFrame(
                pc,
                lookupAddress,
                frame.context(kept),
                trust,
                code.moduleAt(lookupAddress),
                signalFrame));
    }

    /**
     * The trampoline's instructions, where frame information does not tell what the kernel saved: there
     * is none, or it is arm64's, which leads past the interrupted frame to that one's caller.
     */
    private Optional<UnwindRule> trampoline(
            long pc, Optional<UnwindRule.FrameInformation> information) {
        boolean isAsked = information.isEmpty()
                || (information.get().signalFrame() && cpu.linkRegister().isPresent());
        return isAsked ? convention.signalTrampoline(pc, code) : Optional.empty();
    }

    /** Sets the caller's registers and trust; a StackEnd where there is none. */
    private Optional<StackEnd> findCaller(
            Optional<UnwindRule.FrameInformation> information,
            Optional<UnwindRule> trampoline,
            boolean exact,
            boolean signalFrame) {
        Found found = Found.NO;
        if (trampoline.isPresent()) {
            found = attempt(trampoline.get(), FrameTrust.CONTEXT, exact, signalFrame);
        }
        if (found == Found.NO && information.isPresent()) {
            found = attempt(information.get(), FrameTrust.CFI, exact, signalFrame);
        }
        List<WindowsCode.Suggestion> windows = finder.windows(frame.pc(), exact);
        if (found == Found.NO) {
            found = fromWindows(windows, exact);
        }
        List<UnwindRule> symbolFile = information.isPresent() || trampoline.isPresent()
                ? List.of()
                : finder.symbolFile(frame.pc(), exact);
        if (found == Found.NO) {
            found = fromSymbolFile(symbolFile, exact);
        }
        if (found == Found.NO && !exact) {
            found = fromExceptionTable();
        }
        if (found == Found.NO) {
            boolean isTold = information.isPresent() || !windows.isEmpty() || !symbolFile.isEmpty();
            found = fromInstructions(isTold, exact);
        }
        if (found == Found.NO) {
            found = fromFramePointer(exact);
        }
        // Behind the frame pointer: small functions may stand so close to a short _start.
        if (found == Found.NO && isEntry(exact)) {
            return Optional.of(new StackEnd.Complete());
        }
        if (found == Found.NO) {
            found = fromScan(exact);
        }
        return switch (found) {
            case CALLER -> Optional.empty();
            case OUTERMOST -> Optional.of(new StackEnd.Complete());
            case NO -> Optional.of(noCaller());
        };
    }

    private enum Found {
        CALLER,
        /** There is no caller: the stack is complete. */
        OUTERMOST,
        NO
    }

    /** Executes a rule and judges what came of it. */
    private Found attempt(
            UnwindRule rule, FrameTrust ruleTrust, boolean exact, boolean signalFrame) {
        RuleExecution.Outcome outcome = execution.execute(rule, frame, caller);
        return switch (outcome) {
            case RuleExecution.Outcome.NoCaller() -> Found.OUTERMOST;
            case RuleExecution.Outcome.NoMemory(long address) ->
                failed(new StackEnd.NoMemory(address));
            case RuleExecution.Outcome.Failed(String why) ->
                failed(new StackEnd.NoCaller(frame.pc(), why));
            case RuleExecution.Outcome.Done() -> {
                // A program's first function, compiled as any other, has argc in its caller's
                // place.
                if (caller.pc() == 0 || (isEntry(exact) && !code.isCode(caller.pc()))) {
                    yield Found.OUTERMOST;
                }
                if (!advances(exact, signalFrame)) {
                    yield failed(new StackEnd.NoProgress(caller.sp()));
                }
                trust = ruleTrust;
                yield Found.CALLER;
            }
        };
    }

    /**
     * Whether the caller lies further out: its stack pointer is higher. A function that has stored
     * nothing yet, on a CPU whose calls leave the return address in a register, shares its caller's; a
     * signal handler may run on another stack, which lies anywhere.
     */
    private boolean advances(boolean exact, boolean signalFrame) {
        int order = Long.compareUnsigned(caller.sp(), frame.sp());
        if (order > 0) {
            return true;
        }
        if (signalFrame) {
            stackChanges++;
            return stackChanges <= stackChangesMax;
        }
        return order == 0 && exact && cpu.linkRegister().isPresent() && caller.pc() != frame.pc();
    }

    private Found failed(StackEnd why) {
        if (failure.isEmpty()) {
            failure = Optional.of(why);
        }
        return Found.NO;
    }

    /** By the unwind tables of Windows, and through its dispatcher of exceptions. */
    private Found fromWindows(List<WindowsCode.Suggestion> suggestions, boolean exact) {
        for (WindowsCode.Suggestion suggestion : suggestions) {
            UnwindRule rule = suggestion.rule();
            boolean leavesInterrupted = suggestion.interrupts();
            Found found = suggestion.certain()
                    ? attempt(rule, FrameTrust.UNWIND_INFO, exact, leavesInterrupted)
                    : guess(rule, FrameTrust.UNWIND_INFO, exact);
            if (found != Found.NO) {
                interrupted = leavesInterrupted;
                return found;
            }
        }
        Optional<UnwindRule> dispatcher = finder.exceptionDispatcher(frame.pc(), exact);
        if (dispatcher.isEmpty() || !pointsAtContext()) {
            return Found.NO;
        }
        interrupted = true;
        return attempt(dispatcher.get(), FrameTrust.CONTEXT, exact, true);
    }

    /** Whether the second word on the stack leads to a CONTEXT of x86: CONTEXT_i386 among its flags. */
    private boolean pointsAtContext() {
        OptionalLong context = memory.unsigned(frame.sp() + 4, 4);
        OptionalLong flags = context.isPresent()
                ? memory.unsigned(context.getAsLong(), 4)
                : OptionalLong.empty();
        return flags.isPresent() && (flags.getAsLong() & 0x1_0000) != 0;
    }

    private Found fromSymbolFile(List<UnwindRule> rules, boolean exact) {
        for (UnwindRule rule : rules) {
            Found found =
                    rule instanceof UnwindRule.WindowsFrame(WinFrame record, long unknown, int at)
                            ? fromWindowsFrame(
                                    new UnwindRule.WindowsFrame(record, calleeParameterBytes, at),
                                    exact)
                            : attempt(rule, FrameTrust.CFI, exact, false);
            if (found != Found.NO) {
                return found;
            }
        }
        return Found.NO;
    }

    /**
     * Compilers write records that do not hold everywhere in the code they are for, in prologues above
     * all: one is believed where it leads behind a call. A program that leaves open where the return
     * address is gets told one word after the other; beyond the first what it finds is a guess.
     */
    private Found fromWindowsFrame(UnwindRule.WindowsFrame rule, boolean exact) {
        int words = rule.searches() ? SEARCHED_WORDS_MAX : 1;
        for (int word = 0; word < words; word++) {
            RuleExecution.Outcome outcome = execution.execute(rule.skipping(word), frame, caller);
            if (outcome instanceof RuleExecution.Outcome.NoMemory(long address)) {
                return failed(new StackEnd.NoMemory(address));
            }
            if (outcome instanceof RuleExecution.Outcome.Failed(String why)) {
                return failed(new StackEnd.NoCaller(frame.pc(), why));
            }
            if (word == 0 && caller.pc() == 0) {
                return Found.OUTERMOST;
            }
            boolean believed = code.isCode(caller.pc())
                    && convention.followsCall(caller.pc(), code) != CpuConvention.Answer.NO;
            if (believed && advances(exact, false)) {
                trust = word == 0 ? FrameTrust.CFI : FrameTrust.SCAN;
                return Found.CALLER;
            }
        }
        return Found.NO;
    }

    /** Holds at calls, and so for every frame but the first. */
    private Found fromExceptionTable() {
        Optional<UnwindRule> rule = finder.exceptionTable(frame.pc());
        return rule.isPresent()
                ? attempt(rule.get(), FrameTrust.UNWIND_INFO, false, false)
                : Found.NO;
    }

    /** A call through a null pointer, a prologue, a leaf. */
    private Found fromInstructions(boolean hasInformation, boolean exact) {
        if (exact && !code.isCode(frame.pc())) {
            return fromCallToNowhere();
        }
        if (!hasInformation) {
            for (UnwindRule rule : convention.suggestedBy(frame, exact, code)) {
                Found found = guess(rule, FrameTrust.FRAME_POINTER, exact);
                if (found != Found.NO) {
                    return found;
                }
            }
        }
        return Found.NO;
    }

    /** Where the code is at hand and a call stands in front of the return address, that is no search. */
    private Found fromCallToNowhere() {
        Found found = guess(convention.afterCallToNowhere(), FrameTrust.SCAN, true);
        if (found == Found.CALLER
                && convention.followsCall(caller.pc(), code) == CpuConvention.Answer.YES) {
            trust = FrameTrust.FRAME_POINTER;
        }
        return found;
    }

    private Found fromFramePointer(boolean exact) {
        int fp = cpu.fp();
        if (!frame.isKnown(fp) || Long.compareUnsigned(frame.value(fp), frame.sp()) < 0) {
            return Found.NO;
        }
        if ((frame.value(fp) & (memory.machine().pointerSizeBytes() - 1)) != 0) {
            return Found.NO;
        }
        for (UnwindRule rule : convention.framePointerRules()) {
            Found found = guess(rule, FrameTrust.FRAME_POINTER, exact);
            if (found != Found.NO) {
                return found;
            }
        }
        return Found.NO;
    }

    /** A rule that convention suggests is believed where it leads behind a call. */
    private Found guess(UnwindRule rule, FrameTrust ruleTrust, boolean exact) {
        RuleExecution.Outcome outcome = execution.execute(rule, frame, caller);
        if (!(outcome instanceof RuleExecution.Outcome.Done)) {
            return Found.NO;
        }
        boolean endsChain =
                caller.pc() == 0 && caller.isKnown(cpu.fp()) && caller.value(cpu.fp()) == 0;
        if (endsChain) {
            return Found.OUTERMOST; // the ABIs have the first frame of a thread hold zeros
        }
        boolean believed = code.isCode(caller.pc())
                && (convention.followsCall(caller.pc(), code) != CpuConvention.Answer.NO
                        || isTrampoline(caller.pc())
                        || continuesChainOutsideModules());
        if (!believed) {
            return Found.NO;
        }
        if (!advances(exact, false)) {
            return failed(new StackEnd.NoProgress(caller.sp()));
        }
        trust = ruleTrust;
        return Found.CALLER;
    }

    /**
     * Interpreters return to where no call stands: HotSpot's jumps into a method with the return address
     * pushed, so that scans, not its frame pointers, were followed. In code that belongs to no module a
     * frame pointer that leads further out is enough.
     */
    private boolean continuesChainOutsideModules() {
        int fp = cpu.fp();
        return caller.isKnown(fp)
                && Long.compareUnsigned(caller.value(fp), caller.sp()) >= 0
                && code.moduleAt(caller.pc()).isEmpty();
    }

    /** The first word on the stack that points behind a call. */
    private Found fromScan(boolean exact) {
        int wordSize = cpu.registerSizeBytes();
        long from = Addresses.alignUp(frame.sp(), wordSize);
        for (int word = 0; word < scanWordsMax; word++) {
            long address = from + (long) word * wordSize;
            OptionalLong value = memory.unsigned(address, wordSize);
            if (value.isEmpty()) {
                return word == 0 ? failed(new StackEnd.NoMemory(address)) : Found.NO;
            }
            long found = convention.cleanReturnAddress(value.getAsLong());
            if (isReturnAddress(found) && !isRepeated(found)) {
                int offset = (int) (address - frame.sp());
                return attempt(new UnwindRule.TakeFromStack(offset), FrameTrust.SCAN, exact, false);
            }
        }
        return Found.NO;
    }

    /**
     * A search that finds the same return address once more has found either a function that calls itself
     * or the remains of earlier calls: a system call's stub in wow64's ntdll.dll, through which a thread
     * went again and again, stood as four frames of itself (a dump of Sentry's tests). Unless the call is
     * one of its own function, the search goes on.
     */
    private boolean isRepeated(long returnAddress) {
        return trust == FrameTrust.SCAN
                && returnAddress == frame.pc()
                && convention.callsItself(returnAddress, code) == CpuConvention.Answer.NO;
    }

    /**
     * Where the first frame stands is no return address. In a dump that a program of Windows wrote about
     * itself (rust-minidump's invalid-parameter.dmp) the words above sp are the CONTEXT and the exception
     * record with that frame's own pc, which follows the call of RtlCaptureContext.
     */
    private boolean isReturnAddress(long value) {
        return value != 0
                && value != frames.getFirst().pc()
                && code.isCode(value)
                && (convention.followsCall(value, code) == CpuConvention.Answer.YES
                        || isTrampoline(value));
    }

    /** Whether a signal handler returns to the address, which follows no call. */
    private boolean isTrampoline(long address) {
        Optional<UnwindRule.FrameInformation> information = finder.frameInformation(address, false);
        return information.isPresent()
                ? information.get().signalFrame()
                : convention.signalTrampoline(address, code).isPresent();
    }

    private boolean isEntry(boolean exact) {
        long pc = exact ? frame.pc() : frame.pc() - 1;
        return code.codeAt(pc).map(module -> module.isEntry(pc)).orElse(false);
    }

    private StackEnd noCaller() {
        int fp = cpu.fp();
        // The ABIs zero the frame pointer of a thread's first function, and nothing points further.
        // After a search, and where it is a register as any other, that is no proof.
        if (!isSearched
                && convention.keepsFramePointers()
                && frames.size() > 1
                && failure.isEmpty()
                && frame.isKnown(fp)
                && frame.value(fp) == 0) {
            return new StackEnd.Complete();
        }
        return failure.orElseGet(() -> new StackEnd.NoCaller(frame.pc(), whyNot()));
    }

    private String whyNot() {
        long pc = frame.pc();
        if (!code.isCode(pc)) {
            return "no code is mapped there, and nothing on the stack looks like a return address";
        }
        if (!CodeBytes.around(pc, 0, 1, code).isPresent(0)) {
            return "its code is neither in the dump nor found on this machine";
        }
        return "no frame information, and neither the frame pointer nor the stack leads to a call";
    }
}
