package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.pe.ImageBytes;
import dev.mortem.format.pe.PeDebugDirectory;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.stack.fetch.StoreFile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Puts together all that is found of one module of Windows. A file is the module's where its time stamp
 * and its image's size are those of the dump's list, and where the dump does not know them, where its
 * debug id is. Safe for any thread.
 */
final class PeLocator implements AutoCloseable {
    /** What an image in memory lacks is said by what needs it. */
    private static final Diagnostics UNREPORTED = diagnostic -> {};

    private final MemoryReader memory;
    private final PeFiles files;
    private final PdbSearch pdbs;
    private final SymbolFiles symbolFiles;
    private final FetchedStoreFiles stores;
    private final Limits limits;
    private final Diagnostics diagnostics;

    /**
     * @param symbolFiles belongs to the caller
     * @param stores what they gave is looked at last
     * @param opened whose diagnostics get what is broken
     */
    PeLocator(
            ProcessSnapshot snapshot,
            ModuleSearch search,
            SymbolFiles symbolFiles,
            FetchedStoreFiles stores,
            Limits limits,
            OpenFiles opened) {
        this.memory = snapshot.memory();
        this.diagnostics = opened.diagnostics();
        NamedFiles names = new NamedFiles(diagnostics);
        this.files = new PeFiles(names, search.symbolPaths(), limits, diagnostics);
        this.pdbs = new PdbSearch(names, search.symbolPaths(), stores, limits, diagnostics);
        this.symbolFiles = symbolFiles;
        this.stores = stores;
        this.limits = limits;
    }

    ModuleImage locate(LoadedModule module) {
        Optional<PeImage> inMemory = inMemory(module);
        List<String> refusals = new ArrayList<>();
        Identity wanted = Identity.of(module, inMemory);
        Optional<PeFiles.Opened.Image> file = find(module, wanted, refusals);
        Optional<PeImage> image = file.map(PeFiles.Opened.Image::image);
        Optional<PeModule> found =
                image.or(() -> inMemory).map(any -> new PeModule(image, inMemory, diagnostics));
        Found all = names(module, wanted, file, found, refusals);
        Optional<String> path = file.map(opened -> opened.path().toString());
        SymbolsState state = all.state();
        return new ModuleImage(
                module,
                all.bias(module),
                Optional.empty(),
                path,
                Optional.empty(),
                Optional.empty(),
                all.symbols.map(SymbolFiles.Located::file),
                all.symbols.map(located -> located.path().toString()),
                all.pdb.map(PdbSearch.Located::file),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                found,
                state,
                all.namesPath()
                        .or(() -> path)
                        .or(() -> Optional.of("memory"))
                        .filter(from -> state != SymbolsState.NONE),
                MissingOfWindows.why(
                                wanted.or(file).module(module),
                                file.map(PeFiles.Opened.Image::path),
                                all.pdb,
                                state,
                                all.unwinds(),
                                refusals)
                        .map(why -> why
                                + stores.asked(
                                        wanted.or(file).inStores(module, file.isPresent()))));
    }

    /**
     * Asks stores for what these lack: for images first, since some dumps do not say what a module's
     * debug file is called; then for PDBs, and for symbol files where there is none.
     *
     * @return whether something came
     */
    boolean fetch(List<ModuleImage> lacking) {
        if (stores.asksNobody()) {
            return false;
        }
        List<StoreFile> images = lacking.stream()
                .filter(image -> image.pe().flatMap(PeModule::file).isEmpty()
                        && !ModuleMemory.isWhole(image.module(), memory))
                .flatMap(image -> known(image.module()).image(image.module()).stream())
                .toList();
        boolean came = stores.ask(images);
        List<LoadedModule> modules = lacking.stream()
                .map(ModuleImage::module)
                .filter(module -> locate(module).symbols() != SymbolsState.FULL)
                .toList();
        came |= stores.ask(modules.stream()
                .flatMap(module -> known(module).pdb(module).stream())
                .toList());
        List<StoreFile> symbols = new ArrayList<>();
        for (LoadedModule module : modules) {
            Identity known = known(module);
            if (known.pdb(module).flatMap(stores::file).isEmpty()) {
                known.sym(module).ifPresent(symbols::add);
            }
        }
        return stores.ask(symbols) || came;
    }

    /** All that the dump, the image in memory and the file tell of its ids. */
    private Identity known(LoadedModule module) {
        Identity wanted = Identity.of(module, inMemory(module));
        return wanted.or(find(module, wanted, new ArrayList<>()));
    }

    /** What names its functions: the image's DWARF, a PDB, or a symbol file with more than that. */
    private Found names(
            LoadedModule module,
            Identity wanted,
            Optional<PeFiles.Opened.Image> file,
            Optional<PeModule> found,
            List<String> refusals) {
        if (found.filter(PeModule::hasLines).isPresent()) {
            return new Found(found, Optional.empty(), Optional.empty());
        }
        Identity known = wanted.or(file);
        Optional<PdbSearch.Located> pdb = pdbs.find(
                known.debugFile(module),
                known.debug,
                file.map(PeFiles.Opened.Image::path),
                refusals);
        if (pdb.filter(located -> located.file().hasLines()).isPresent()) {
            return new Found(found, pdb, Optional.empty());
        }
        Optional<SymbolFiles.Located> symbols =
                symbolFiles.find(known.module(module), Optional.empty(), refusals);
        boolean symbolsAreMore =
                symbols.filter(located -> located.file().hasLines()).isPresent();
        return new Found(
                found,
                pdb.filter(any -> !symbolsAreMore),
                symbols.filter(any -> pdb.isEmpty() || symbolsAreMore));
    }

    /** All there is of one module. */
    private record Found(
            Optional<PeModule> module,
            Optional<PdbSearch.Located> pdb,
            Optional<SymbolFiles.Located> symbols) {
        SymbolsState state() {
            if (module.filter(PeModule::hasLines).isPresent()
                    || pdb.filter(located -> located.file().hasLines()).isPresent()
                    || symbols.filter(located -> located.file().hasLines()).isPresent()) {
                return SymbolsState.FULL;
            }
            if (module.filter(PeModule::hasSymbols).isPresent()
                    || pdb.filter(located -> located.file().hasFunctions()).isPresent()
                    || symbols.filter(located -> located.file().hasFunctions()).isPresent()) {
                return SymbolsState.FUNCTIONS;
            }
            return module.filter(PeModule::hasExports).isPresent()
                    ? SymbolsState.EXPORTS
                    : SymbolsState.NONE;
        }

        /** A symbol file and a PDB count from the module's start. */
        OptionalLong bias(LoadedModule loaded) {
            if (module.isPresent()) {
                return OptionalLong.of(
                        loaded.base() - module.get().image().header().imageBase());
            }
            return symbols.isPresent() || pdb.isPresent()
                    ? OptionalLong.of(loaded.base())
                    : OptionalLong.empty();
        }

        Optional<String> namesPath() {
            return pdb.map(located -> located.path().toString())
                    .or(() -> symbols.map(located -> located.path().toString()));
        }

        /** Whether what tells how its code keeps its frames is at hand. */
        boolean unwinds() {
            boolean byPdb = pdb.filter(located -> located.file().isX86()).isPresent();
            return byPdb
                    || pdb.isEmpty()
                    || module.filter(each -> each.functions().isComplete()).isPresent();
        }
    }

    @Override
    public void close() {
        files.close();
        pdbs.close();
    }

    /** What a file must have in common with the module, and what its debug file is called. */
    private record Identity(
            Optional<CodeId> code, Optional<DebugId> debug, Optional<String> debugFile) {
        static Identity of(LoadedModule module, Optional<PeImage> inMemory) {
            Identity listed = new Identity(
                    module.identity().flatMap(ImageIdentity::codeId),
                    module.identity().flatMap(ImageIdentity::debugId),
                    module.identity().flatMap(ImageIdentity::debugFileName));
            return inMemory.map(listed::or).orElse(listed);
        }

        /** With what an image tells that is not known yet. */
        Identity or(PeImage image) {
            Optional<CodeViewRecord> record =
                    PeDebugDirectory.read(image, UNREPORTED).codeView(UNREPORTED);
            return new Identity(
                    code.or(() -> Optional.of(image.header().codeId())),
                    debug.or(() -> record.flatMap(CodeViewRecord::debugId)),
                    debugFile.or(() -> record.flatMap(Identity::debugPath)
                            .flatMap(path -> new ImageIdentity(
                                            Optional.empty(),
                                            Optional.empty(),
                                            Optional.of(path),
                                            Optional.empty(),
                                            Optional.empty(),
                                            Optional.empty())
                                    .debugFileName())));
        }

        private static Optional<String> debugPath(CodeViewRecord record) {
            return switch (record) {
                case CodeViewRecord.Rsds(DebugId _, String path) -> Optional.of(path);
                case CodeViewRecord.Nb10(DebugId _, String path) -> Optional.of(path);
                case CodeViewRecord.ElfBuildId _ -> Optional.empty();
                case CodeViewRecord.Unknown _ -> Optional.empty();
            };
        }

        /** Why a file is another than the module; empty where it is the same. */
        Optional<String> refuses(PeImage file) {
            if (code.isPresent()) {
                CodeId other = file.header().codeId();
                return code.get().equals(other)
                        ? Optional.empty()
                        : Optional.of("is another build: its code id is " + other);
            }
            if (debug.isEmpty()) {
                return Optional.of(
                        "cannot be shown to be the same: the dump knows no id of the module");
            }
            Optional<DebugId> other =
                    new Identity(code, Optional.empty(), debugFile).or(file).debug;
            return debug.equals(other)
                    ? Optional.empty()
                    : Optional.of("is another build: its debug id is "
                            + other.map(DebugId::toString).orElse("absent"));
        }

        /** With what the module's file tells that is not known yet. */
        Identity or(Optional<PeFiles.Opened.Image> file) {
            return file.map(opened -> or(opened.image())).orElse(this);
        }

        /** The module with all ids that are known. */
        LoadedModule module(LoadedModule module) {
            return new LoadedModule(
                    module.range(),
                    module.path(),
                    module.mappings(),
                    module.buildId(),
                    module.deleted(),
                    Optional.of(new ImageIdentity(
                            code,
                            debug,
                            debugFile,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty())));
        }

        /** What its PDB is called: as the module itself where nothing tells. */
        String debugFile(LoadedModule module) {
            return debugFile.orElseGet(() -> module.name().replaceFirst("[.][^.]*$", "") + ".pdb");
        }

        Optional<StoreFile> image(LoadedModule module) {
            return code.flatMap(id -> StoreFile.image(module.name(), id));
        }

        Optional<StoreFile> pdb(LoadedModule module) {
            return debug.flatMap(id -> StoreFile.pdb(debugFile(module), id));
        }

        Optional<StoreFile> sym(LoadedModule module) {
            return debug.flatMap(id -> StoreFile.sym(debugFile(module), id));
        }

        /** What stores may have of the module. */
        List<StoreFile> inStores(LoadedModule module, boolean imageFound) {
            return Stream.of(imageFound ? Optional.<StoreFile>empty() : image(module), pdb(module))
                    .flatMap(Optional::stream)
                    .toList();
        }
    }

    /** The image as the process has it, if the dump has its first page. */
    private Optional<PeImage> inMemory(LoadedModule module) {
        ImageBytes bytes = ImageBytes.ofMemory(module.name(), memory, module.base(), limits);
        if (!PeHeader.hasDosMagic(bytes.view("e_magic", 0, 2))) {
            return Optional.empty();
        }
        try {
            return Optional.of(PeImage.open(bytes, limits, UNREPORTED));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the module's image in memory is not used");
            return Optional.empty();
        }
    }

    private Optional<PeFiles.Opened.Image> find(
            LoadedModule module, Identity wanted, List<String> refusals) {
        Set<Path> candidates = files.candidates(module, wanted.code());
        wanted.image(module).flatMap(stores::file).ifPresent(candidates::add);
        for (Path candidate : candidates) {
            switch (files.open(candidate)) {
                case PeFiles.Opened.Image opened -> {
                    Optional<String> why = wanted.refuses(opened.image());
                    if (why.isEmpty()) {
                        return Optional.of(opened);
                    }
                    refusals.add(candidate + " " + why.get());
                }
                case PeFiles.Opened.Unusable(String why) -> refusals.add(candidate + " " + why);
            }
        }
        return Optional.empty();
    }
}
