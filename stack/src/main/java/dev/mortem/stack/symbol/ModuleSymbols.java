package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.dwarf.function.CallArguments;
import dev.mortem.format.dwarf.function.DebugInfo;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.dwarf.function.FirstParameter;
import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.TailCalls;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.format.elf.ElfDynamic;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfSymbol;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.SvmaReader;
import dev.mortem.format.elf.SymbolTable;
import dev.mortem.stack.locate.ElfDwarf;
import dev.mortem.stack.locate.ModuleImage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/**
 * The symbols of one module; its function table and its debug information are read when first
 * needed. Safe for any thread.
 */
final class ModuleSymbols {
    /** One table read out of a process's memory, copied. */
    static final Limit COPIED_BYTES = new Limit(
            "a table copied out of a module's memory",
            64 << 20,
            "bytes",
            ".dynsym and .dynstr of the largest libraries have 20 MB; a dump may claim any size");

    private record Table(SymbolTable symbols, ElfFile sectionsOf, boolean withSections) {}

    private final ModuleImage image;
    private final Optional<SymbolFileChain> symbolFile;
    private final Optional<PdbChain> pdb;
    private final DwarfCompanions companions;
    private final MemoryReader memory;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private Optional<List<Table>> tables = Optional.empty();
    private Optional<FunctionTable> functions = Optional.empty();
    private Optional<DebugInfo> debugInfo = Optional.empty();
    private final Optional<PeSymbols> windows;

    ModuleSymbols(
            ModuleImage image,
            DwarfCompanions companions,
            MemoryReader memory,
            Limits limits,
            Diagnostics diagnostics) {
        this.image = image;
        this.symbolFile = image.symFile().map(file -> new SymbolFileChain(image, file));
        this.pdb = image.pdb().map(file -> new PdbChain(image, file));
        this.companions = companions;
        this.memory = memory;
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.windows = image.pe().map(pe -> new PeSymbols(pe, diagnostics));
    }

    ModuleImage image() {
        return image;
    }

    /** Whether its image, or its PDB alone, is at hand. */
    boolean isOfWindows() {
        return windows.isPresent() || pdb.isPresent();
    }

    /** Where a function or variable of a module of Windows is. */
    Optional<FunctionTable.Entry> namedOfWindows(String raw) {
        return windows.flatMap(names -> names.named(raw))
                .or(() -> pdb.flatMap(names -> names.named(raw)));
    }

    Optional<FunctionTable.Entry> functionAt(long svma) {
        Optional<FunctionTable.Entry> ofGo = image.goSymbols()
                .flatMap(tables -> tables.functionAt(svma))
                .map(found ->
                        new FunctionTable.Entry(found.name(), found.svma(), found.sizeBytes()));
        if (ofGo.isPresent()) {
            return ofGo;
        }
        Optional<FunctionTable.Entry> symbol = windows.isPresent()
                ? windows.get().functionAt(svma)
                : functions().at(svma);
        return pdb.flatMap(file -> file.functionAt(svma, symbol))
                .or(() -> symbolFile.flatMap(file -> file.functionAt(svma, symbol)))
                .or(() -> symbol);
    }

    Optional<SourceLine> lineAt(long svma) {
        Optional<SourceLine> ofGo =
                image.goSymbols().flatMap(tables -> GoChain.lineAt(tables, svma));
        return ofGo.or(() -> debugInfo().lineAt(svma))
                .or(() -> pdb.flatMap(file -> file.lineAt(svma)))
                .or(() -> symbolFile.flatMap(file -> file.lineAt(svma)));
    }

    /** The functions at the svma, inlined ones first. */
    FunctionChain chainAt(long svma) {
        Optional<FunctionChain> ofGo =
                image.goSymbols().flatMap(tables -> GoChain.at(tables, svma));
        if (ofGo.isPresent()) {
            return ofGo.get();
        }
        Optional<FunctionTable.Entry> symbol = functionAt(svma);
        SourceCode code = debugInfo().codeAt(svma);
        if (code.functions().isEmpty() && code.line().isEmpty() && pdb.isPresent()) {
            code = pdb.get().codeAt(svma);
        }
        if (code.functions().isEmpty() && symbolFile.isPresent()) {
            code = new SourceCode(
                    symbolFile.get().chainAt(svma, symbol), code.line(), code.language());
        }
        return FunctionChain.of(symbol, code);
    }

    /** A symbol of any kind but thread-local, by its name with or without its version. */
    Optional<ElfSymbol> named(String wanted) {
        Optional<ElfSymbol> otherVersion = Optional.empty();
        for (Table table : tables()) {
            for (ElfSymbol symbol : table.symbols) {
                if (!symbol.isDefined()
                        || symbol.type() == ElfSymbol.STT_TLS
                        || symbol.sectionIndex() == SectionHeader.SHN_ABS
                        || !symbol.name().startsWith(wanted)) {
                    continue;
                }
                String rest = symbol.name().substring(wanted.length());
                if (rest.isEmpty() || rest.startsWith("@@")) {
                    return Optional.of(symbol);
                }
                if (rest.startsWith("@") && otherVersion.isEmpty()) {
                    otherVersion = Optional.of(symbol);
                }
            }
        }
        return otherVersion;
    }

    /** How a function was reached that the call before the svma does not name. */
    Optional<TailCalls> tailCalls(long returnSvma, TailCalls.Reached reached) {
        return debugInfo().tailCalls(returnSvma, reached);
    }

    /** Where the first parameter of the function at the svma is while that code runs. */
    Optional<FirstParameter> firstParameter(long svma) {
        return debugInfo().firstParameter(svma);
    }

    /** What the call that returns to the svma hands over. */
    Optional<CallArguments> callArguments(long returnSvma) {
        return debugInfo().callArguments(returnSvma);
    }

    /**
     * Where the only function of that name starts. Empty where the module takes it from another one: a
     * function of that name that one of its units keeps for itself is then not meant.
     */
    OptionalLong functionNamed(String wanted) {
        OptionalLong found = OptionalLong.empty();
        for (Table table : tables()) {
            for (ElfSymbol symbol : table.symbols) {
                boolean named = symbol.name().startsWith(wanted)
                        && SymbolName.withoutVersion(symbol.name()).equals(wanted);
                if (!named) {
                    continue;
                }
                boolean other = !symbol.isDefined()
                        || symbol.type() != ElfSymbol.STT_FUNC
                        || (found.isPresent() && found.getAsLong() != start(symbol));
                if (other) {
                    return OptionalLong.empty();
                }
                found = OptionalLong.of(start(symbol));
            }
        }
        return found;
    }

    /** Whether a symbol of that name, of any version, means the function that starts there. */
    boolean isFunctionNamed(String wanted, long svma) {
        for (Table table : tables()) {
            for (ElfSymbol symbol : table.symbols) {
                if (symbol.isDefined()
                        && start(symbol) == svma
                        && SymbolName.withoutVersion(symbol.name()).equals(wanted)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether other modules may put a function of theirs in the place of the one that starts there. */
    boolean isExported(long svma) {
        for (Table table : tables()) {
            for (ElfSymbol symbol : table.symbols) {
                if (symbol.isDefined()
                        && start(symbol) == svma
                        && symbol.binding() != ElfSymbol.STB_LOCAL
                        && symbol.visibility() == ElfSymbol.STV_DEFAULT) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Without the bit that tells ARM's two instruction sets apart. */
    private long start(ElfSymbol symbol) {
        boolean arm = memory.machine().cpu().filter(cpu -> cpu == Cpu.ARM).isPresent();
        return arm ? symbol.svma() & -2L : symbol.svma();
    }

    private synchronized FunctionTable functions() {
        if (functions.isEmpty()) {
            functions = Optional.of(buildFunctions());
        }
        return functions.get();
    }

    private FunctionTable buildFunctions() {
        Optional<Cpu> cpu = memory.machine().cpu();
        CodeRanges code = image.file()
                .or(image::debugFile)
                .or(image::memory)
                .map(CodeRanges::of)
                .orElseGet(CodeRanges::none); // a symbol file alone
        FunctionTable.Builder builder = new FunctionTable.Builder(
                code,
                cpu.filter(is -> is == Cpu.ARM).isPresent(),
                cpu.filter(is -> is == Cpu.ARM || is == Cpu.ARM64).isPresent(),
                limits,
                diagnostics);
        for (Table table : tables()) {
            builder.add(table.symbols, table.withSections ? codeSections(table) : index -> true);
        }
        if (image.file().isPresent() && cpu.isPresent()) {
            builder.add(PltStubs.of(image.file().get(), cpu.get(), limits, diagnostics));
        }
        return builder.build();
    }

    private static IntPredicate codeSections(Table table) {
        List<SectionHeader> sections = table.sectionsOf.sections();
        boolean[] code = new boolean[sections.size()];
        for (SectionHeader section : sections) {
            code[section.index()] = CodeRanges.isCode(section);
        }
        return index -> index > 0 && index < code.length && code[index];
    }

    /**
     * The .symtab of the debug file, else of the file, else of its MiniDebugInfo; then the .dynsym of
     * the file, else of memory.
     */
    private synchronized List<Table> tables() {
        if (tables.isEmpty()) {
            List<Table> found = new ArrayList<>();
            image.debugFile()
                    .flatMap(file -> table(file, SectionHeader.SHT_SYMTAB))
                    .or(() -> image.file().flatMap(file -> table(file, SectionHeader.SHT_SYMTAB)))
                    .or(this::miniDebugInfo)
                    .ifPresent(found::add);
            image.file()
                    .flatMap(file -> table(file, SectionHeader.SHT_DYNSYM))
                    .or(this::exportsInMemory)
                    .ifPresent(found::add);
            tables = Optional.of(List.copyOf(found));
        }
        return tables.get();
    }

    private Optional<Table> miniDebugInfo() {
        if (image.miniDebugInfo().isEmpty()) {
            return Optional.empty();
        }
        try {
            return table(image.miniDebugInfo().get().file(), SectionHeader.SHT_SYMTAB);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that it names are unknown");
            return Optional.empty();
        }
    }

    private Optional<Table> table(ElfFile file, long type) {
        for (SectionHeader section : file.sections()) {
            if (section.type() == type && section.sizeBytes() > 0) {
                try {
                    return Optional.of(new Table(file.symbols(section), file, true));
                } catch (MalformedException malformed) {
                    diagnostics.report(malformed, "functions that it names are unknown");
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Table> exportsInMemory() {
        if (image.memory().isEmpty() || image.bias().isEmpty()) {
            return Optional.empty();
        }
        ElfFile headers = image.memory().get();
        long bias = image.bias().getAsLong();
        SvmaReader reader = (part, svma, sizeBytes) -> memory.view(
                image.module().name() + " in memory",
                AddressRange.ofSize(svma + bias, sizeBytes),
                limits.maxInt(COPIED_BYTES));
        try {
            Optional<ElfDynamic> dynamic =
                    ElfDynamic.read(headers, bias, reader, limits, diagnostics);
            if (dynamic.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Table(dynamic.get().symbols(), headers, false));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that the module exports are unknown");
            return Optional.empty();
        }
    }

    private synchronized DebugInfo debugInfo() {
        if (debugInfo.isEmpty()) {
            DwarfSections sections = image.pe()
                    .map(pe -> pe.dwarf(image.dwarfName()))
                    .or(() -> image.dwarfFile()
                            .map(file -> ElfDwarf.sections(image.dwarfName(), file, diagnostics)))
                    .orElseGet(
                            () -> new DwarfSections(image.dwarfName(), none -> Optional.empty()));
            debugInfo = Optional.of(new DebugInfo(sections, companions, limits, diagnostics));
        }
        return debugInfo.get();
    }
}
