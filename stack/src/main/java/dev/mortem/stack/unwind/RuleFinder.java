package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.dwarf.cfi.Fde;
import dev.mortem.format.dwarf.cfi.FrameProgram;
import dev.mortem.format.dwarf.cfi.FrameRow;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.ehabi.UnwindEntry;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Finds the frame information for an address, and remembers the rows it found: the threads of a server
 * stand in few places. Safe for any thread.
 */
final class RuleFinder {
    /** A power of two; a slot is overwritten when another address falls on it. */
    private static final int SLOTS = 4096;

    private final CodeMap code;
    private final Limits limits;
    private final Diagnostics diagnostics;

    // Written and read without order: a rule is immutable, and whoever misses one finds it again.
    private final UnwindRule.FrameInformation[] slots = new UnwindRule.FrameInformation[SLOTS];
    private final @Nullable SymbolRules[] symbolSlots = new SymbolRules[SLOTS];

    /** What was found of one address. */
    private record SymbolRules(long address, List<UnwindRule> rules) {}

    private final @Nullable WindowsRules[] windowsSlots = new WindowsRules[SLOTS];

    /** What was found for one pc of a module of Windows. */
    private record WindowsRules(long pc, boolean exact, List<WindowsCode.Suggestion> rules) {}

    RuleFinder(CodeMap code, Limits limits, Diagnostics diagnostics) {
        this.code = code;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The frame information that holds at a pc.
     *
     * @param exact whether the frame stands at the pc; else it is a return address, and the call in
     *     front of it decides
     */
    Optional<UnwindRule.FrameInformation> frameInformation(long pc, boolean exact) {
        if (exact) {
            return at(pc);
        }
        Optional<UnwindRule.FrameInformation> before = at(pc - 1);
        if (before.isPresent() && before.get().covers(pc)) {
            return before;
        }
        // The kernel returns to the first instruction of its trampoline, which follows no call.
        Optional<UnwindRule.FrameInformation> here = at(pc);
        boolean isTrampoline = here.isPresent() && here.get().signalFrame();
        return isTrampoline ? here : before;
    }

    /**
     * What a Breakpad symbol file or a PDB says of the code at a pc, the better rules first; those of a
     * {@link UnwindRule.WindowsFrame} do not know the callee yet.
     *
     * @param exact as of {@link #frameInformation}
     */
    List<UnwindRule> symbolFile(long pc, boolean exact) {
        long address = exact ? pc : pc - 1;
        Optional<ModuleCode> module = code.codeAt(address);
        if (module.isEmpty() || !hasSymbols(module.get())) {
            return List.of();
        }
        int slot = slot(address);
        SymbolRules known = symbolSlots[slot];
        if (known == null || known.address != address) {
            known = new SymbolRules(address, rules(module.get(), module.get().rva(address)));
            symbolSlots[slot] = known;
        }
        return known.rules;
    }

    private static boolean hasSymbols(ModuleCode module) {
        return module.symbolFile().isPresent() || module.pdb().isPresent();
    }

    private List<UnwindRule> rules(ModuleCode module, long rva) {
        List<UnwindRule> rules = new ArrayList<>();
        module.symbolFile()
                .flatMap(symbols -> symbols.cfiAt(rva))
                .map(UnwindRule.SymbolFileRules::new)
                .ifPresent(rules::add);
        if (code.cpu() == Cpu.X86) {
            for (WinFrame frame : windowsFrames(module, rva)) {
                rules.add(new UnwindRule.WindowsFrame(frame, 0, 0));
            }
        }
        return List.copyOf(rules);
    }

    private static List<WinFrame> windowsFrames(ModuleCode module, long rva) {
        return module.pdb()
                .map(pdb -> pdb.windowsFramesAt(rva))
                .or(() -> module.symbolFile().map(symbols -> symbols.windowsFramesAt(rva)))
                .orElse(List.of());
    }

    /** Bytes of parameters pushed for the function at the address; 0 where nothing tells. */
    long parameterBytes(long address) {
        Optional<ModuleCode> module = code.codeAt(address).filter(RuleFinder::hasSymbols);
        if (module.isEmpty()) {
            return 0;
        }
        long rva = module.get().rva(address);
        OptionalLong told = module.get()
                .symbolFile()
                .map(symbols -> symbols.parameterBytesAt(rva))
                .orElse(OptionalLong.empty());
        return told.isPresent()
                ? told.getAsLong()
                : windowsFrames(module.get(), rva).stream()
                        .mapToLong(WinFrame::parameterBytes)
                        .findFirst()
                        .orElse(0);
    }

    /**
     * What the unwind tables of a module of Windows, or of code made at run time, say of a pc, better
     * rules first.
     *
     * @param exact as of {@link #frameInformation}
     */
    List<WindowsCode.Suggestion> windows(long pc, boolean exact) {
        long address = exact ? pc : pc - 1;
        Optional<ModuleCode> in = code.codeAt(address);
        Optional<WindowsCode> module = in.flatMap(ModuleCode::windows);
        if (in.isPresent() && module.isEmpty()) {
            return List.of();
        }
        int slot = slot(address);
        WindowsRules known = windowsSlots[slot];
        if (known == null || known.pc != pc || known.exact != exact) {
            List<WindowsCode.Suggestion> rules = module.isPresent()
                    ? module.get().rules(pc, exact, code)
                    : code.runtimeTables().rules(pc, exact, code);
            known = new WindowsRules(pc, exact, rules);
            windowsSlots[slot] = known;
        }
        return known.rules;
    }

    /**
     * The rule of KiUserExceptionDispatcher of 32-bit x86. It is entered with pointers to an
     * EXCEPTION_RECORD and to a CONTEXT on the stack, and calls with both pushed once more: the second
     * word leads to the registers of whoever raised the exception, from 0x9c on.
     */
    Optional<UnwindRule> exceptionDispatcher(long pc, boolean exact) {
        long address = exact ? pc : pc - 1;
        return code.codeAt(address)
                .flatMap(ModuleCode::windows)
                .filter(module -> module.isExceptionDispatcher(address))
                .map(module -> new UnwindRule.RestoreContext(
                        SignalContext.behindPointer(4, 0x9c, SignalContext.Layout.WINDOWS_X86)));
    }

    /** What the exception table of 32-bit Arm says of the function that called, by a return address. */
    Optional<UnwindRule> exceptionTable(long returnAddress) {
        long address = returnAddress - 1;
        return code.exceptionEntry(address)
                .filter(UnwindEntry.Instructions.class::isInstance)
                .map(UnwindEntry.Instructions.class::cast)
                .map(entry -> new UnwindRule.Steps(entry.steps()));
    }

    private Optional<UnwindRule.FrameInformation> at(long address) {
        int slot = slot(address);
        UnwindRule.FrameInformation known = slots[slot];
        if (known != null && known.covers(address)) {
            return Optional.of(known);
        }
        Optional<UnwindRule.FrameInformation> found = find(address);
        found.ifPresent(rule -> slots[slot] = rule);
        return found;
    }

    private static int slot(long address) {
        return (int) ((address ^ address >>> 12 ^ address >>> 24) & (SLOTS - 1));
    }

    private Optional<UnwindRule.FrameInformation> find(long address) {
        Optional<ModuleCode> module = code.codeAt(address);
        Optional<FrameTable> table = module.flatMap(ModuleCode::frames);
        if (table.isEmpty()) {
            return Optional.empty();
        }
        long bias = module.get().bias();
        Optional<Fde> fde = table.get().find(address - bias);
        boolean isTold = module.get()
                .windows()
                .filter(in -> in.hasFunctionAt(address))
                .isPresent(); // by .pdata, which exceptions go by
        if (fde.isEmpty() || isTold) {
            return Optional.empty();
        }
        try {
            Optional<FrameRow> row = FrameProgram.rowAt(fde.get(), address - bias, limits);
            return row.map(found -> new UnwindRule.FrameInformation(
                    found,
                    bias,
                    fde.get().cie().returnAddressRegister(),
                    fde.get().cie().signalFrame()));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this function are guessed");
            return Optional.empty();
        }
    }
}
