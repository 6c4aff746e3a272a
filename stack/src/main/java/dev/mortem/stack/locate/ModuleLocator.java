package dev.mortem.stack.locate;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.MiniDebugInfo;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.stack.fetch.StoreFile;
import dev.mortem.stack.locate.ModuleProof.Verdict;
import dev.mortem.stack.locate.OpenFiles.Opened;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts together all that is found of one module. Safe for any thread. */
final class ModuleLocator implements AutoCloseable {
    private static final String VDSO = "[vdso]";

    /** The vdso has 2 to 4 pages. */
    private static final int VDSO_BYTES_MAX = 1 << 20;

    /** ELF header and program headers stand in the first page of what linkers make. */
    private static final int HEADER_BYTES_MAX = 64 * 1024;

    /** A hostile image claims segments without end; what is lost by that is said by others. */
    private static final Diagnostics UNREPORTED = diagnostic -> {};

    private final ProcessSnapshot snapshot;
    private final ModuleSearch search;
    private final OpenFiles files;
    private final Limits limits;
    private final ModuleProof proof;
    private final UserFiles userFiles;
    private final DebugFiles debugFiles;
    private final ReplacedFiles replaced;
    private final EmbeddedSymbols embedded;
    private final FetchedFiles fetched;
    private final FetchedStoreFiles stores;
    private final SymbolFiles symbolFiles;
    private final Optional<PeLocator> windows;

    ModuleLocator(ProcessSnapshot snapshot, ModuleSearch search, OpenFiles files, Limits limits) {
        this.snapshot = snapshot;
        this.search = search;
        this.files = files;
        this.limits = limits;
        this.proof = new ModuleProof(snapshot);
        this.userFiles = new UserFiles(search.symbolPaths(), files);
        this.fetched = new FetchedFiles(search.servers(), snapshot.memory(), files.diagnostics());
        this.debugFiles = new DebugFiles(search, files, userFiles, fetched, limits);
        this.stores = new FetchedStoreFiles(search, files.diagnostics());
        this.symbolFiles =
                new SymbolFiles(search.symbolPaths(), stores, limits, files.diagnostics());
        this.windows = snapshot.process().isWindows()
                ? Optional.of(new PeLocator(snapshot, search, symbolFiles, stores, limits, files))
                : Optional.empty();
        this.replaced = new ReplacedFiles(search, files.diagnostics());
        this.embedded = new EmbeddedSymbols(snapshot, limits, files.diagnostics());
    }

    /** Asks servers for what these lack; whether something came. What they gave is looked at last. */
    boolean fetch(List<ModuleImage> lacking) {
        if (windows.isPresent()) {
            return windows.get().fetch(lacking);
        }
        boolean came = fetched.ask(lacking);
        List<StoreFile> symbolFiles = lacking.stream()
                .map(ModuleImage::module)
                .filter(module -> !came || locate(module).symbols() != SymbolsState.FULL)
                .flatMap(module -> symbolFile(module).stream())
                .toList();
        return stores.ask(symbolFiles) || came;
    }

    private static Optional<StoreFile> symbolFile(LoadedModule module) {
        return SymbolFiles.storeFile(module, module.buildId());
    }

    @Override
    public void close() {
        symbolFiles.close();
        windows.ifPresent(PeLocator::close);
    }

    ModuleImage locate(LoadedModule module) {
        if (windows.isPresent()) {
            return windows.get().locate(module);
        }
        Optional<ElfFile> memory = readMemory(module);
        if (module.path().equals(VDSO)) {
            return vdso(module, memory);
        }
        List<String> refusals = new ArrayList<>();
        Optional<Opened.Elf> file = findFile(module, refusals);
        Optional<String> buildId = module.buildId().or(() -> file.flatMap(Opened.Elf::buildId));
        boolean wanting = file.isEmpty()
                || !SymbolSections.hasFunctions(file.get().file())
                || !SymbolSections.hasLines(file.get().file());
        Optional<Opened.Elf> debugFile =
                wanting ? debugFiles.find(module, buildId, file) : Optional.empty();
        boolean lines = Stream.concat(file.stream(), debugFile.stream())
                .map(Opened.Elf::file)
                .anyMatch(SymbolSections::hasLines);
        List<String> symbolRefusals = new ArrayList<>();
        Optional<SymbolFiles.Located> symbolFile =
                lines ? Optional.empty() : symbolFiles.find(module, buildId, symbolRefusals);
        OptionalLong bias = bias(module, memory, file.map(Opened.Elf::file));
        if (bias.isEmpty() && memory.isEmpty() && file.isEmpty() && symbolFile.isPresent()) {
            bias = OptionalLong.of(module.base()); // the symbol file counts from there
        }
        Found found = new Found(
                module,
                buildId,
                file,
                debugFile,
                symbolFile,
                embedded.miniDebugInfo(file, debugFile),
                embedded.goSymbols(module, file, debugFile, memory, bias),
                memory,
                bias);
        return image(found, refusals, symbolRefusals);
    }

    DwarfCompanions companions(ModuleImage image) {
        return new DebugCompanions(
                DebugCompanions.Referring.of(image),
                search,
                files,
                userFiles,
                fetched::supplementary);
    }

    private record Found(
            LoadedModule module,
            Optional<String> buildId,
            Optional<Opened.Elf> file,
            Optional<Opened.Elf> debugFile,
            Optional<SymbolFiles.Located> symbolFile,
            Optional<MiniDebugInfo> miniDebugInfo,
            Optional<GoSymbols> goSymbols,
            Optional<ElfFile> memory,
            OptionalLong bias) {}

    private ModuleImage image(Found found, List<String> refusals, List<String> symbolRefusals) {
        SymbolsState state = state(found);
        Optional<String> filePath = found.file.map(elf -> elf.path().toString());
        Optional<String> debugPath = found.debugFile.map(elf -> elf.path().toString());
        Optional<String> symPath =
                found.symbolFile.map(located -> located.path().toString());
        Optional<String> from = switch (state) {
            case FULL, FUNCTIONS -> {
                if (found.symbolFile.isPresent() && found.goSymbols.isEmpty()) {
                    yield symPath;
                }
                if (found.goSymbols.isPresent()) {
                    yield Optional.of(filePath.orElse("memory") + " (Go's own tables)");
                }
                yield found.miniDebugInfo.isPresent()
                        ? filePath.map(path -> path + " (MiniDebugInfo)")
                        : debugPath.or(() -> filePath);
            }
            case EXPORTS ->
                found.file
                        .filter(elf -> SymbolSections.hasExports(elf.file()))
                        .map(elf -> elf.path().toString())
                        .or(() -> Optional.of("memory"));
            case NONE -> Optional.empty();
        };
        return new ModuleImage(
                found.module,
                found.bias,
                found.file.map(Opened.Elf::file),
                filePath,
                found.debugFile.map(Opened.Elf::file),
                debugPath,
                found.symbolFile.map(SymbolFiles.Located::file),
                symPath,
                Optional.empty(),
                found.miniDebugInfo,
                found.goSymbols,
                found.memory,
                Optional.empty(),
                state,
                from,
                state == SymbolsState.FULL
                        ? Optional.empty()
                        : Optional.of(MissingSymbols.why(
                                        found.module,
                                        found.buildId,
                                        filePath,
                                        debugPath,
                                        found.bias.isPresent(),
                                        refusals)
                                + symbolRefusals.stream()
                                        .map("; "::concat)
                                        .collect(Collectors.joining())
                                + fetched.asked(found.buildId)
                                + askedStores(found)));
    }

    /** Nobody is told of them who did not name any: few have symbol files of Linux programs. */
    private String askedStores(Found found) {
        return stores.asksNobody()
                ? ""
                : stores.asked(SymbolFiles.storeFile(found.module, found.buildId).stream()
                        .toList());
    }

    /** The vdso is whole in memory, section headers and all. */
    private ModuleImage vdso(LoadedModule module, Optional<ElfFile> memory) {
        Optional<ElfFile> whole = Optional.empty();
        try {
            ByteSource view = snapshot.memory().view(VDSO, module.range(), VDSO_BYTES_MAX);
            whole = Optional.of(ElfFile.read(view, limits, UNREPORTED));
        } catch (MalformedException notInDump) {
            files.diagnostics().report(notInDump, "functions of the vdso have no names");
        }
        boolean named = whole.filter(file ->
                        SymbolSections.hasExports(file) || SymbolSections.hasFunctions(file))
                .isPresent();
        return new ModuleImage(
                module,
                bias(module, memory, whole),
                whole,
                whole.map(file -> "memory"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                memory,
                Optional.empty(),
                named ? SymbolsState.EXPORTS : SymbolsState.NONE,
                named ? Optional.of("memory") : Optional.empty(),
                Optional.of(
                        named
                                ? "the kernel's vdso exports all its functions and has no lines"
                                : "the dump does not have the whole vdso"));
    }

    private Optional<ElfFile> readMemory(LoadedModule module) {
        ByteSource view = snapshot.memory()
                .view(
                        module.name(),
                        AddressRange.ofSize(
                                module.base(),
                                Addresses.min(module.range().sizeBytes(), HEADER_BYTES_MAX)),
                        HEADER_BYTES_MAX);
        boolean startsFile =
                module.mappings().isEmpty() || module.mappings().getFirst().fileOffset() == 0;
        if (!startsFile || !ElfHeader.isElf(view)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ElfFile.readImage(view, limits, UNREPORTED));
        } catch (MalformedException malformed) {
            files.diagnostics().report(malformed, "the module's headers in memory are not used");
            return Optional.empty();
        }
    }

    private Optional<Opened.Elf> findFile(LoadedModule module, List<String> refusals) {
        for (Path candidate : fileCandidates(module)) {
            boolean own = isOwnPath(module, candidate);
            switch (files.open(candidate)) {
                case Opened.Elf elf -> {
                    if (SymbolSections.isDebugOnly(elf.file())) {
                        continue;
                    }
                    Verdict verdict = proof.judge(module, elf.file(), elf.buildId());
                    if (verdict.same()) {
                        return Optional.of(elf);
                    }
                    refuse(module, candidate, verdict.why(), refusals);
                    if (own) {
                        replaced.report(module, candidate, verdict.why());
                    }
                }
                case Opened.Unusable unusable ->
                    refuse(module, candidate, "is " + unusable.why(), refusals);
                case Opened.Absent absent -> {
                    if (own) {
                        refusals.add(absent.path() + " does not exist here");
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Files that the user named for other modules are no news. */
    private void refuse(LoadedModule module, Path candidate, String why, List<String> refusals) {
        Path name = candidate.getFileName();
        boolean meant = isOwnPath(module, candidate)
                || (name != null && name.toString().startsWith(module.name()));
        if (meant) {
            refusals.add(candidate + " " + why);
        }
    }

    private boolean isOwnPath(LoadedModule module, Path candidate) {
        return OpenFiles.pathOf(module.path())
                .map(search::underRoot)
                .filter(candidate::equals)
                .isPresent();
    }

    private List<Path> fileCandidates(LoadedModule module) {
        List<Path> candidates =
                new ArrayList<>(userFiles.candidates(module, module.buildId(), Optional.empty()));
        search.liveProcess().ifPresent(proc -> addMapped(module, proc, candidates));
        OpenFiles.pathOf(module.path())
                .filter(Path::isAbsolute)
                .map(search::underRoot)
                .ifPresent(candidates::add);
        module.buildId().flatMap(fetched::executable).ifPresent(candidates::add);
        return candidates;
    }

    /** The mapped file itself, whatever its path leads to now; map_files need a capability, exe does not. */
    private void addMapped(LoadedModule module, Path proc, List<Path> candidates) {
        if (!module.mappings().isEmpty()) {
            AddressRange range = module.mappings().getFirst().range();
            String name = Long.toHexString(range.start()) + "-" + Long.toHexString(range.end());
            candidates.add(proc.resolve("map_files").resolve(name));
        }
        OptionalLong entry = Auxv.value(snapshot, Auxv.AT_ENTRY);
        if (entry.isPresent() && module.range().contains(entry.getAsLong())) {
            candidates.add(proc.resolve("exe"));
        }
    }

    private static OptionalLong bias(
            LoadedModule module, Optional<ElfFile> memory, Optional<ElfFile> file) {
        OptionalLong fromMemory = memory.map(
                        headers -> LoadBias.of(module, headers.programHeaders()))
                .orElse(OptionalLong.empty());
        return fromMemory.isPresent()
                ? fromMemory
                : file.map(headers -> LoadBias.of(module, headers.programHeaders()))
                        .orElse(OptionalLong.empty());
    }

    private SymbolsState state(Found found) {
        if (found.bias.isEmpty()) {
            return SymbolsState.NONE;
        }
        if (found.goSymbols.isPresent()) {
            return SymbolsState.FULL;
        }
        Optional<SymFile> symbolFile = found.symbolFile.map(SymbolFiles.Located::file);
        if (symbolFile.filter(SymFile::hasLines).isPresent()) {
            return SymbolsState.FULL;
        }
        List<ElfFile> both = new ArrayList<>();
        found.debugFile.map(Opened.Elf::file).ifPresent(both::add);
        found.file.map(Opened.Elf::file).ifPresent(both::add);
        if (found.miniDebugInfo.isPresent()
                || symbolFile.filter(SymFile::hasFunctions).isPresent()
                || both.stream().anyMatch(SymbolSections::hasFunctions)) {
            return both.stream().anyMatch(SymbolSections::hasLines)
                    ? SymbolsState.FULL
                    : SymbolsState.FUNCTIONS;
        }
        boolean exports = both.stream().anyMatch(SymbolSections::hasExports)
                || hasDynamicInMemory(found.memory, found.bias.getAsLong());
        return exports ? SymbolsState.EXPORTS : SymbolsState.NONE;
    }

    private boolean hasDynamicInMemory(Optional<ElfFile> memory, long bias) {
        return memory.flatMap(headers -> headers.segment(ProgramHeader.PT_DYNAMIC))
                .filter(dynamic ->
                        snapshot.memory().pointer(dynamic.svma() + bias).isPresent())
                .isPresent();
    }
}
