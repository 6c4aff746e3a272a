package dev.mortem.stack.symbol;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.symbol.Frame.FunctionName;
import dev.mortem.stack.symbol.Frame.SourceLocation;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.UnwoundFrame;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Names for the addresses of one snapshot, and addresses for names. What cannot be read has no name and
 * is reported to the diagnostics of the {@link ModuleImages}. Safe for any thread until they are closed.
 */
public final class Symbolizer {
    private final ProcessSnapshot snapshot;
    private final ModuleImages images;
    private final Limits limits;
    private final Demangler demangler;
    private final Map<LoadedModule, ModuleSymbols> modules = new ConcurrentHashMap<>();
    private final Map<String, String> displayNames = new ConcurrentHashMap<>();

    /** The threads of a pool stand at the same few addresses, hundreds of times. */
    private final Map<Long, Names> namesByAddress = new ConcurrentHashMap<>();

    /** What stands at an address. */
    private record Names(
            Optional<LoadedModule> module,
            Optional<FunctionAt> function,
            Optional<SourceLocation> source) {}

    public Symbolizer(ProcessSnapshot snapshot, ModuleImages images, Limits limits) {
        this.snapshot = snapshot;
        this.images = images;
        this.limits = limits;
        this.demangler = new Demangler(limits);
    }

    /** The stack with a name and a line for each frame that has them. */
    public SymbolizedStack symbolize(CallStack stack) {
        List<Frame> frames = new ArrayList<>(stack.frames().size());
        for (UnwoundFrame frame : stack.frames()) {
            frames.add(symbolize(frame));
        }
        return new SymbolizedStack(stack.threadId(), frames, stack.end());
    }

    /** The function that covers the address. */
    public Optional<FunctionAt> functionAt(long address) {
        return images.moduleAt(address).flatMap(module -> functionAt(module, address));
    }

    /** The source line of the instruction at the address. */
    public Optional<SourceLocation> lineAt(long address) {
        return images.moduleAt(address).flatMap(module -> lineAt(module, address));
    }

    /**
     * Where a function or variable is: a symbol of {@code .symtab} or {@code .dynsym}, thread-local ones
     * excepted, in the first module that has it.
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

    private Frame symbolize(UnwoundFrame frame) {
        Names names = names(frame);
        return new Frame(
                frame.pc(),
                frame.lookupAddress(),
                frame.trust(),
                frame.signalFrame(),
                names.module,
                names.function.map(found -> new FunctionName(
                        found.raw(), found.display(), frame.pc() - found.address())),
                names.source);
    }

    private Names names(UnwoundFrame frame) {
        long address = frame.lookupAddress();
        Names known = namesByAddress.get(address);
        if (known != null) {
            return known;
        }
        Optional<LoadedModule> module = frame.module().or(() -> images.moduleAt(address));
        Names found = new Names(
                module,
                module.flatMap(in -> functionAt(in, address)),
                module.flatMap(in -> lineAt(in, address)));
        namesByAddress.put(address, found);
        return found;
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
                        images.image(wanted), snapshot.memory(), limits, images.diagnostics()));
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
