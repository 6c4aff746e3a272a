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
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.pe.ImageBytes;
import dev.mortem.format.pe.PeDebugDirectory;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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
    private final SymbolFiles symbolFiles;
    private final Limits limits;
    private final Diagnostics diagnostics;

    /**
     * @param symbolFiles belongs to the caller
     * @param opened whose diagnostics get what is broken
     */
    PeLocator(
            ProcessSnapshot snapshot,
            ModuleSearch search,
            SymbolFiles symbolFiles,
            Limits limits,
            OpenFiles opened) {
        this.memory = snapshot.memory();
        this.diagnostics = opened.diagnostics();
        this.files = new PeFiles(search.symbolPaths(), limits, diagnostics);
        this.symbolFiles = symbolFiles;
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
        Optional<SymbolFiles.Located> symbols = found.filter(PeModule::hasLines).isPresent()
                ? Optional.empty()
                : symbolFiles.find(wanted.complete(module, image), Optional.empty(), refusals);
        Optional<SymFile> symbolFile = symbols.map(SymbolFiles.Located::file);
        Optional<String> path = file.map(opened -> opened.path().toString());
        Optional<String> symbolPath = symbols.map(located -> located.path().toString());
        SymbolsState state = state(found, symbolFile);
        boolean named = state != SymbolsState.NONE;
        return new ModuleImage(
                module,
                bias(module, found, symbolFile),
                Optional.empty(),
                path,
                Optional.empty(),
                Optional.empty(),
                symbolFile,
                symbolPath,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                found,
                state,
                symbolPath.or(() -> path).or(() -> Optional.of("memory")).filter(from -> named),
                state == SymbolsState.FULL
                        ? Optional.empty()
                        : Optional.of(why(module, wanted, file, refusals)));
    }

    /** A symbol file counts from the module's start. */
    private static OptionalLong bias(
            LoadedModule module, Optional<PeModule> found, Optional<SymFile> symbolFile) {
        if (found.isPresent()) {
            return OptionalLong.of(module.base() - found.get().image().header().imageBase());
        }
        return symbolFile.isPresent() ? OptionalLong.of(module.base()) : OptionalLong.empty();
    }

    @Override
    public void close() {
        files.close();
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
                    debug.or(() -> record.flatMap(Identity::debugId)),
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

        private static Optional<DebugId> debugId(CodeViewRecord record) {
            return switch (record) {
                case CodeViewRecord.Rsds(DebugId id, String _) -> Optional.of(id);
                case CodeViewRecord.Nb10(DebugId id, String _) -> Optional.of(id);
                case CodeViewRecord.ElfBuildId _ -> Optional.empty();
                case CodeViewRecord.Unknown _ -> Optional.empty();
            };
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

        /** The module with the ids that its dump did not know and its file does. */
        LoadedModule complete(LoadedModule module, Optional<PeImage> file) {
            Identity known = file.map(this::or).orElse(this);
            return new LoadedModule(
                    module.range(),
                    module.path(),
                    module.mappings(),
                    module.buildId(),
                    module.deleted(),
                    Optional.of(new ImageIdentity(
                            known.code,
                            known.debug,
                            known.debugFile,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty())));
        }

        /** In brackets. */
        String text() {
            return " ("
                    + code.map(id -> "code id " + id).orElse("no code id known")
                    + debug.map(id -> ", debug id " + id).orElse(", no debug id known")
                    + ")";
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
        for (Path candidate : files.candidates(module, wanted.code())) {
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

    private static SymbolsState state(Optional<PeModule> module, Optional<SymFile> symbolFile) {
        if (module.filter(PeModule::hasLines).isPresent()
                || symbolFile.filter(SymFile::hasLines).isPresent()) {
            return SymbolsState.FULL;
        }
        if (module.filter(PeModule::hasSymbols).isPresent()
                || symbolFile.filter(SymFile::hasFunctions).isPresent()) {
            return SymbolsState.FUNCTIONS;
        }
        return module.filter(PeModule::hasExports).isPresent()
                ? SymbolsState.EXPORTS
                : SymbolsState.NONE;
    }

    /** Why there are not all names and lines, by what ids the files are known, and what would help. */
    private static String why(
            LoadedModule module,
            Identity wanted,
            Optional<PeFiles.Opened.Image> file,
            List<String> refusals) {
        Identity known = file.map(opened -> wanted.or(opened.image())).orElse(wanted);
        StringBuilder text = new StringBuilder();
        if (file.isPresent()) {
            text.append(file.get().path())
                    .append(known.text())
                    .append(" has no source lines in it");
        } else {
            text.append("the file of ").append(module.name()).append(known.text());
            text.append(" was not found");
        }
        refusals.forEach(refusal -> text.append("; ").append(refusal));
        text.append("; give with --symbols a folder that has ");
        if (file.isEmpty()) {
            text.append(module.name());
            known.code()
                    .ifPresent(
                            id -> text.append(" or ").append(id.symbolServerPath(module.name())));
            text.append(", and ");
        }
        return text.append(symbolFileName(module, known))
                .append(", its Breakpad symbol file")
                .toString();
    }

    private static String symbolFileName(LoadedModule module, Identity known) {
        String stem = known.debugFile().orElse(module.name()).replaceFirst("[.][^.]*$", "");
        String symbolFile = stem + ".sym";
        String debugFile = known.debugFile().orElse(stem + ".pdb");
        return known.debug()
                .map(id -> symbolFile + " or " + debugFile + "/" + id + "/" + symbolFile)
                .orElse(symbolFile);
    }
}
