package dev.mortem.stack.symbol;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.TailCalls;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.symbol.Frame.FunctionName;
import dev.mortem.stack.symbol.Frame.SourceLocation;
import dev.mortem.stack.symbol.Frame.TailCalled;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.UnwoundFrame;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Names for the addresses of one snapshot, and addresses for names. What cannot be read has no name and
 * is reported to the diagnostics of the {@link ModuleImages}. Safe for any thread until they are closed.
 */
public final class Symbolizer {
    /** Inlined functions of all stacks together; beyond it only those that were called are named. */
    static final Limit INLINED_FRAMES_MAX = new Limit(
            "inlined frames of all threads",
            1 << 19,
            "frames",
            "as many as the frames they stand in, which are limited too: an overflowed stack may"
                    + " have several for each of its 200,000");

    private final ProcessSnapshot snapshot;
    private final ModuleImages images;
    private final Limits limits;
    private final Demangler demangler;
    private final JitCode jitCode;
    private final Map<LoadedModule, ModuleSymbols> modules = new ConcurrentHashMap<>();
    private final Map<String, String> displayNames = new ConcurrentHashMap<>();

    private final AtomicLong inlinedFrames = new AtomicLong();

    /** The threads of a pool stand at the same few addresses, hundreds of times. */
    private final Map<Long, Names> namesByAddress = new ConcurrentHashMap<>();

    /** Each pair of a call and what it led to is asked about once. */
    private final Map<Call, Optional<Jumps>> jumpsByCall = new ConcurrentHashMap<>();

    private record Call(long returnAddress, long reachedAddress) {}

    /** What lies between a caller and a function that it did not call, the last that jumped first. */
    private record Jumps(String called, List<Frame> frames, boolean complete) {}

    /** What stands at an address. */
    private record Names(Optional<LoadedModule> module, FunctionChain chain, OptionalLong bias) {}

    public Symbolizer(ProcessSnapshot snapshot, ModuleImages images, Limits limits) {
        this.snapshot = snapshot;
        this.images = images;
        this.limits = limits;
        this.demangler = new Demangler(limits);
        this.jitCode = new JitCode(snapshot, images);
    }

    /**
     * Many stacks at once, in the order given. The addresses of each module are looked up in ascending
     * order, each once, so that the units of a huge debug file are read one after the other; modules are
     * read side by side.
     */
    public List<SymbolizedStack> symbolize(List<CallStack> stacks) {
        Map<Optional<LoadedModule>, SortedMap<Long, UnwoundFrame>> byModule = new HashMap<>();
        for (CallStack stack : stacks) {
            for (UnwoundFrame frame : stack.frames()) {
                byModule.computeIfAbsent(
                                moduleOf(frame), module -> new TreeMap<>(Long::compareUnsigned))
                        .putIfAbsent(frame.lookupAddress(), frame);
            }
        }
        byModule.values().parallelStream().forEach(frames -> frames.values().forEach(this::names));
        return stacks.stream().map(this::symbolize).toList();
    }

    /**
     * The stack with a name and a line for each frame that has them. A function that was inlined is a
     * frame of its own before that of the function it stands in; so is one that left by a jump, where
     * it is known which.
     */
    public SymbolizedStack symbolize(CallStack stack) {
        List<Frame> frames = new ArrayList<>(stack.frames().size());
        for (int index = 0; index < stack.frames().size(); index++) {
            UnwoundFrame frame = stack.frames().get(index);
            symbolize(frame, frames);
            if (index + 1 < stack.frames().size()) {
                jumps(frame, stack.frames().get(index + 1), frames);
            }
        }
        return new SymbolizedStack(stack.threadId(), frames, stack.end());
    }

    /**
     * The first argument, of the size of an address, of the function that a frame of the stack is in: of
     * the one with a place on the stack, not of those inlined there. Empty where debug information does
     * not tell it or the dump does not have it.
     *
     * @param index of the frame
     */
    public Optional<Argument> firstArgument(CallStack stack, int index) {
        return new ArgumentReader(
                        stack,
                        snapshot.memory(),
                        frame -> moduleOf(frame).map(this::symbolsOf),
                        limits,
                        images.diagnostics())
                .first(index);
    }

    /** The function that covers the address, by the symbol table: the one whose code it is. */
    public Optional<FunctionAt> functionAt(long address) {
        return images.moduleAt(address)
                .flatMap(module -> functionAt(module, address))
                .or(() -> VsyscallPage.functionAt(snapshot.machine(), address));
    }

    /** The source line of the instruction at the address. */
    public Optional<SourceLocation> lineAt(long address) {
        return images.moduleAt(address).flatMap(module -> lineAt(module, address));
    }

    /**
     * Where a function or variable is: a symbol of {@code .symtab} or {@code .dynsym}, thread-local ones
     * excepted, or of Windows one that the image exports or its PDB has as a public symbol, in the first
     * module that has it.
     *
     * @param rawName as the symbol table has it, with or without its version; without, its default
     *     version is preferred
     */
    public Optional<NamedAddress> find(Predicate<LoadedModule> where, String rawName) {
        return snapshot.modules().stream()
                .filter(where)
                .map(module -> find(module, rawName))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** As {@link #find(Predicate, String)}, in one module. */
    public Optional<NamedAddress> find(LoadedModule module, String rawName) {
        ModuleSymbols symbols = symbolsOf(module);
        if (symbols.image().bias().isEmpty()) {
            return Optional.empty();
        }
        long bias = symbols.image().bias().getAsLong();
        if (symbols.isOfWindows()) {
            return symbols.namedOfWindows(rawName)
                    .map(entry -> new NamedAddress(module, entry.raw(), entry.svma() + bias, 0));
        }
        return symbols.named(rawName)
                .map(symbol -> new NamedAddress(
                        module, symbol.name(), symbol.svma() + bias, symbol.sizeBytes()));
    }

    /** The address alone of {@link #find(LoadedModule, String)}. */
    public OptionalLong addressOf(LoadedModule module, String rawName) {
        return find(module, rawName)
                .map(found -> OptionalLong.of(found.address()))
                .orElse(OptionalLong.empty());
    }

    private void symbolize(UnwoundFrame frame, List<Frame> frames) {
        Names names = names(frame);
        List<FunctionChain.Link> links = names.chain.links();
        boolean room = inlinedFrames.addAndGet(links.size() - 1) <= limits.max(INLINED_FRAMES_MAX);
        for (FunctionChain.Link link : room ? links : List.of(links.getLast())) {
            frames.add(new Frame(
                    link.inlined() ? Frame.Kind.INLINE : Frame.Kind.NATIVE,
                    frame.pc(),
                    frame.lookupAddress(),
                    link.inlined() ? FrameTrust.INLINE : frame.trust(),
                    !link.inlined() && frame.signalFrame(),
                    names.module,
                    link.name()
                            .map(name -> functionName(name, names.bias, frame.pc()))
                            .or(() -> names.module.isPresent()
                                    ? Optional.empty()
                                    : jitCode.at(frame.lookupAddress(), frame.pc())),
                    link.source().map(line -> new SourceLocation(line.file(), line.line())),
                    link.language()));
        }
    }

    /** Adds the functions that led from the caller to the frame and left by a jump. */
    private void jumps(UnwoundFrame frame, UnwoundFrame caller, List<Frame> frames) {
        boolean certain = caller.trust() == FrameTrust.CFI
                && !frame.signalFrame()
                && !caller.signalFrame()
                && caller.lookupAddress() != caller.pc();
        Names callerNames = names(caller);
        if (!certain || callerNames.module.isEmpty()) {
            return;
        }
        Call call = new Call(caller.pc(), frame.lookupAddress());
        Optional<Jumps> known = jumpsByCall.get(call);
        if (known == null) {
            known = jumps(names(frame), callerNames.module.get(), frame, caller.pc());
            jumpsByCall.put(call, known);
        }
        if (known.isEmpty()) {
            return;
        }
        Jumps found = known.get();
        boolean room =
                inlinedFrames.addAndGet(found.frames.size()) <= limits.max(INLINED_FRAMES_MAX);
        boolean missing = !found.complete || !room;
        frames.add(frames.removeLast().reachedBy(new TailCalled(found.called, missing)));
        if (room) {
            frames.addAll(found.frames);
        }
    }

    private Optional<Jumps> jumps(
            Names reached, LoadedModule callerModule, UnwoundFrame frame, long returnAddress) {
        ModuleSymbols callerSymbols = symbolsOf(callerModule);
        OptionalLong returnSvma = callerSymbols.image().svma(returnAddress);
        OptionalLong bias = callerSymbols.image().bias();
        Optional<FunctionChain.Name> function = reached.chain.links().getLast().name();
        boolean known = function.isPresent()
                && function.get().svma().isPresent()
                && returnSvma.isPresent()
                && bias.isPresent()
                && reached.module.isPresent();
        if (!known) {
            return Optional.empty();
        }
        LoadedModule module = reached.module.get();
        ModuleSymbols symbols = symbolsOf(module);
        boolean sameModule = module.equals(callerModule);
        boolean replaceable = !sameModule && !isExecutable(callerModule);
        OptionalLong reachedSvma =
                sameModule ? symbols.image().svma(frame.lookupAddress()) : OptionalLong.empty();
        return callerSymbols
                .tailCalls(
                        returnSvma.getAsLong(),
                        new ReachedFunction(function.get(), reachedSvma, symbols, callerSymbols))
                .filter(calls -> !replaceable || !callerSymbols.isExported(calls.calledSvma()))
                .map(calls -> shown(calls, callerModule, callerSymbols, bias.getAsLong()));
    }

    /** The last that jumped comes first: it is next to the function that was reached. */
    private Jumps shown(TailCalls calls, LoadedModule module, ModuleSymbols symbols, long bias) {
        List<Frame> frames = new ArrayList<>();
        List<TailCalls.Jump> jumps = new ArrayList<>(calls.last().reversed());
        jumps.addAll(calls.first().reversed());
        for (TailCalls.Jump jump : jumps) {
            FunctionChain chain = symbols.chainAt(jump.lookupSvma());
            for (FunctionChain.Link link : chain.links()) {
                frames.add(new Frame(
                        link.inlined() ? Frame.Kind.INLINE : Frame.Kind.TAIL_CALL,
                        jump.svma() + bias,
                        jump.lookupSvma() + bias,
                        link.inlined() ? FrameTrust.INLINE : FrameTrust.CALL_SITE,
                        false,
                        Optional.of(module),
                        link.name()
                                .map(name -> functionName(
                                        name, OptionalLong.of(bias), jump.svma() + bias)),
                        link.source().map(line -> new SourceLocation(line.file(), line.line())),
                        link.language()));
            }
        }
        String called = symbols.chainAt(calls.calledSvma())
                .links()
                .getLast()
                .name()
                .map(name -> functionName(name, OptionalLong.of(bias), calls.calledSvma() + bias))
                .map(FunctionName::display)
                .orElseGet(() -> "0x" + Long.toHexString(calls.calledSvma() + bias));
        return new Jumps(called, List.copyOf(frames), calls.complete());
    }

    /** A program's calls of its own functions cannot lead elsewhere; those of a library can. */
    private boolean isExecutable(LoadedModule module) {
        return snapshot.process()
                .executable()
                .filter(path -> path.equals(module.path()))
                .isPresent();
    }

    private FunctionName functionName(FunctionChain.Name name, OptionalLong bias, long pc) {
        OptionalLong offsetBytes = name.svma().isPresent() && bias.isPresent()
                ? OptionalLong.of(pc - (name.svma().getAsLong() + bias.getAsLong()))
                : OptionalLong.empty();
        boolean behindStart = offsetBytes.isPresent() && offsetBytes.getAsLong() >= 0;
        String demangled = display(name.raw());
        return new FunctionName(
                name.raw(),
                demangled.equals(name.raw()) ? name.plain().orElse(demangled) : demangled,
                behindStart ? offsetBytes : OptionalLong.empty());
    }

    private Names names(UnwoundFrame frame) {
        long address = frame.lookupAddress();
        Names known = namesByAddress.get(address);
        if (known != null) {
            return known;
        }
        Names found =
                moduleOf(frame).map(in -> names(in, address)).orElseGet(() -> outside(address));
        namesByAddress.put(address, found);
        return found;
    }

    private Optional<LoadedModule> moduleOf(UnwoundFrame frame) {
        return frame.module().or(() -> images.moduleAt(frame.lookupAddress()));
    }

    /** In no module, or in the kernel's page that is none. */
    private Names outside(long address) {
        Optional<FunctionTable.Entry> function = VsyscallPage.functionAt(
                        snapshot.machine(), address)
                .map(found ->
                        new FunctionTable.Entry(found.raw(), found.address(), found.sizeBytes()));
        return new Names(
                VsyscallPage.moduleAt(snapshot.machine(), address),
                FunctionChain.of(function, SourceCode.NONE),
                OptionalLong.of(0));
    }

    private Names names(LoadedModule module, long address) {
        ModuleSymbols symbols = symbolsOf(module);
        OptionalLong svma = symbols.image().svma(address);
        return new Names(
                Optional.of(module),
                svma.isPresent() ? symbols.chainAt(svma.getAsLong()) : FunctionChain.unknown(),
                symbols.image().bias());
    }

    private Optional<FunctionAt> functionAt(LoadedModule module, long address) {
        ModuleSymbols symbols = symbolsOf(module);
        ModuleImage image = symbols.image();
        OptionalLong svma = image.svma(address);
        if (svma.isEmpty()) {
            return Optional.empty();
        }
        return symbols.functionAt(svma.getAsLong())
                .map(entry -> new FunctionAt(
                        module,
                        entry.raw(),
                        display(entry.raw()),
                        address - (svma.getAsLong() - entry.svma()),
                        entry.sizeBytes(),
                        svma.getAsLong() - entry.svma()));
    }

    private Optional<SourceLocation> lineAt(LoadedModule module, long address) {
        ModuleSymbols symbols = symbolsOf(module);
        OptionalLong svma = symbols.image().svma(address);
        if (svma.isEmpty()) {
            return Optional.empty();
        }
        Optional<SourceLine> line = symbols.lineAt(svma.getAsLong());
        return line.map(found -> new SourceLocation(found.file(), found.line()));
    }

    private ModuleSymbols symbolsOf(LoadedModule module) {
        return modules.computeIfAbsent(
                module,
                wanted -> new ModuleSymbols(
                        images.image(wanted),
                        images.companions(wanted),
                        snapshot.memory(),
                        limits,
                        images.diagnostics()));
    }

    /** Each name is demangled once: the same functions stand in many stacks. */
    private String display(String raw) {
        return displayNames.computeIfAbsent(raw, this::demangled);
    }

    /** A stub of the linkage table is shown as GDB does: the function's name, then "@plt". */
    private String demangled(String raw) {
        if (SymbolName.isStub(raw)) {
            String function = raw.substring(0, raw.indexOf('@'));
            return SymbolName.ofStub(demangler.demangle(function).orElse(function));
        }
        return demangler.demangle(raw).orElse(raw);
    }
}
