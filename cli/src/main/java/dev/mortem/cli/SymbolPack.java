package dev.mortem.cli;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.stack.identity.FileContent;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.identity.FileKind;
import dev.mortem.stack.identity.IdentityReader;
import dev.mortem.stack.locate.ElfDwarf;
import dev.mortem.stack.locate.FileCompanions;
import dev.mortem.stack.symfile.SymFileMaker;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Copies the files of a folder that say which build they are of into a symbol store, and makes Breakpad
 * files of them. A file appears in the store under its final name only when whole.
 */
final class SymbolPack {
    /** Marks what is being written; the check of a store lists what was left behind. */
    static final String PARTIAL_SUFFIX = ".mortem-part";

    private final Path folder;
    private final Path store;
    private final boolean withSym;
    private final Limits limits = Limits.defaults();
    private final List<Packed> packed = new ArrayList<>();

    /** Breakpad files that others made: they stay. */
    private final Set<String> given = new HashSet<>();

    SymbolPack(Path folder, Path store, boolean withSym) {
        this.folder = folder;
        this.store = store;
        this.withSym = withSym;
    }

    /** What became of a file. */
    enum State {
        STORED("stored  "),
        PRESENT("present "),
        MADE("made    "),
        LEFT_OUT("left out"),
        FAILED("FAILED  ");

        private final String label;

        State(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    /**
     * @param stored below the store; empty where it is not there
     * @param detail why not, or what is in it; perhaps empty
     */
    record Packed(String from, State state, Optional<String> stored, String detail) {
        boolean failed() {
            return state == State.FAILED;
        }
    }

    private record Source(Path path, FileIdentity identity) {}

    List<Packed> pack() throws CommandFailure {
        List<Source> sources = sources();
        sources.forEach(this::store);
        sources.stream()
                .filter(source -> source.identity().kind() == FileKind.BREAKPAD)
                .flatMap(source -> source.identity().storePath().stream())
                .forEach(given::add);
        if (withSym) {
            sources.forEach(source -> makeSym(source, sources));
        }
        return packed;
    }

    private List<Source> sources() throws CommandFailure {
        List<Source> sources = new ArrayList<>();
        for (Path file : StoreFiles.below(folder)) {
            if (file.toAbsolutePath()
                    .normalize()
                    .startsWith(store.toAbsolutePath().normalize())) {
                continue; // the store lies in the folder
            }
            try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
                Optional<FileIdentity> identity = new IdentityReader(limits, new DiagnosticLog())
                        .read(String.valueOf(file.getFileName()), mapped.source());
                if (identity.flatMap(FileIdentity::storePath).isPresent()) {
                    sources.add(new Source(file, identity.get()));
                } else {
                    add(file, State.LEFT_OUT, Optional.empty(), leftOut(identity));
                }
            } catch (MalformedException broken) {
                add(file, State.FAILED, Optional.empty(), String.valueOf(broken.getMessage()));
            } catch (IOException unreadable) {
                add(
                        file,
                        State.FAILED,
                        Optional.empty(),
                        "not readable: " + unreadable.getMessage());
            }
        }
        return sources;
    }

    private static String leftOut(Optional<FileIdentity> identity) {
        return identity.map(known -> "a " + known.kind().label() + " without an id of its build")
                .orElse("neither code nor symbols");
    }

    private void add(Path from, State state, Optional<String> stored, String detail) {
        packed.add(new Packed(from.toString(), state, stored, detail));
    }

    private void store(Source source) {
        String place = source.identity().storePath().orElseThrow();
        Path target = store.resolve(place);
        try {
            if (Files.exists(target)) {
                boolean same = Files.mismatch(source.path(), target) < 0;
                add(
                        source.path(),
                        same ? State.PRESENT : State.FAILED,
                        Optional.of(place),
                        same ? "" : "another file with this id is there; it stays");
                return;
            }
            write(target, part -> {
                Files.copy(source.path(), part, StandardCopyOption.REPLACE_EXISTING);
                return true;
            });
            add(source.path(), State.STORED, Optional.of(place), "");
        } catch (IOException failed) {
            add(source.path(), State.FAILED, Optional.of(place), notWritten(failed));
        }
    }

    private static String notWritten(IOException failed) {
        return "not written: " + failed.getMessage();
    }

    private interface Content {
        /** @return whether it is to be kept */
        boolean writeTo(Path part) throws IOException;
    }

    /** Beside its place first, so that nobody reads half of it. */
    private static boolean write(Path target, Content content) throws IOException {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException(target + " is in no folder");
        }
        Files.createDirectories(parent);
        Path part = Files.createTempFile(parent, "", PARTIAL_SUFFIX);
        try {
            boolean kept = content.writeTo(part);
            if (kept) {
                Files.move(
                        part,
                        target,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            }
            return kept;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Of an image with its PDB the PDB's file is made, and of a binary with its debug file one of both. */
    private void makeSym(Source source, List<Source> all) {
        FileIdentity identity = source.identity();
        boolean debugOnly = !identity.contents().contains(FileContent.CODE);
        boolean ofOther = switch (identity.kind()) {
            case PE -> companion(source, all, FileKind.PDB, true).isPresent();
            case ELF -> debugOnly && companion(source, all, FileKind.ELF, true).isPresent();
            case PDB -> false;
            case PORTABLE_PDB, BREAKPAD -> true;
        };
        if (ofOther || identity.debugId().isEmpty() || identity.cpu().isEmpty()) {
            return;
        }
        Optional<Source> other = companion(
                source, all, identity.kind() == FileKind.PDB ? FileKind.PE : FileKind.ELF, false);
        try {
            makeSym(source, other);
        } catch (MalformedException | IllegalArgumentException unusable) {
            add(
                    source.path(),
                    State.FAILED,
                    Optional.empty(),
                    "no symbol file: " + unusable.getMessage());
        } catch (IOException failed) {
            add(source.path(), State.FAILED, Optional.empty(), notWritten(failed));
        }
    }

    /**
     * The other file of the same build.
     *
     * @param makesSym whether the symbol file is made of that one
     */
    private static Optional<Source> companion(
            Source source, List<Source> all, FileKind kind, boolean makesSym) {
        FileIdentity wanted = source.identity();
        boolean code = wanted.contents().contains(FileContent.CODE);
        return all.stream()
                .filter(other -> other.identity().kind() == kind)
                .filter(other -> !other.path().equals(source.path()))
                .filter(other -> wanted.kind() == FileKind.ELF
                        ? wanted.buildId().equals(other.identity().buildId())
                                && code != other.identity().contents().contains(FileContent.CODE)
                        : wanted.debugId().equals(other.identity().debugId()))
                .filter(other -> !makesSym || other.identity().cpu().isPresent())
                .findFirst();
    }

    private void makeSym(Source source, Optional<Source> other)
            throws IOException, MalformedException {
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (MappedFile first = MappedFile.open(source.path(), ByteOrder.LITTLE_ENDIAN);
                MappedFile second = MappedFile.open(
                        other.map(Source::path).orElse(source.path()), ByteOrder.LITTLE_ENDIAN)) {
            SymFileMaker maker = new SymFileMaker(limits, diagnostics);
            Optional<FileIdentity> otherIdentity = other.map(Source::identity);
            FileIdentity identity = source.identity();
            switch (identity.kind()) {
                case ELF -> {
                    ElfFile file = ElfFile.read(first.source(), limits, diagnostics);
                    FileIdentity named = withoutDebugEnding(identity);
                    Optional<SymFileMaker.Elf> debug = Optional.empty();
                    if (otherIdentity.isPresent()) {
                        ElfFile debugFile = ElfFile.read(second.source(), limits, diagnostics);
                        debug = Optional.of(new SymFileMaker.Elf(otherIdentity.get(), debugFile));
                    }
                    elfSym(
                            source,
                            other.map(Source::path),
                            new SymFileMaker.Elf(named, file),
                            debug,
                            diagnostics);
                }
                case PE -> {
                    SymFileMaker.Image image = new SymFileMaker.Image(
                            identity,
                            PeImage.open(first.source(), PeLayout.FILE, limits, diagnostics));
                    sym(source, identity, out -> maker.write(image, Version.tool(), out));
                }
                default -> {
                    PdbFile pdb = PdbFile.open(first.source(), limits, diagnostics);
                    Optional<SymFileMaker.Image> image = Optional.empty();
                    if (otherIdentity.isPresent()) {
                        image = Optional.of(new SymFileMaker.Image(
                                otherIdentity.get(),
                                PeImage.open(second.source(), PeLayout.FILE, limits, diagnostics)));
                    }
                    Optional<SymFileMaker.Image> from = image;
                    sym(
                            source,
                            identity,
                            out -> maker.write(
                                    new SymFileMaker.Pdb(identity, pdb),
                                    from,
                                    Version.tool(),
                                    out));
                }
            }
        }
    }

    /** With split units and what dwz shares, found as an analysis finds them, and in the folder. */
    private void elfSym(
            Source source,
            Optional<Path> debugPath,
            SymFileMaker.Elf elf,
            Optional<SymFileMaker.Elf> debug,
            DiagnosticLog diagnostics)
            throws IOException {
        Path program = source.path();
        Path dwarf = debug.filter(found -> ElfDwarf.isIn(found.file()))
                .flatMap(found -> debugPath)
                .orElse(program);
        try (FileCompanions companions =
                FileCompanions.of(dwarf, Optional.of(program), folder, limits, diagnostics)) {
            sym(
                    source,
                    elf.identity(),
                    out -> new SymFileMaker(limits, diagnostics)
                            .write(elf, debug, companions.companions(), Version.tool(), out));
        }
    }

    /** A debug file alone tells of its binary by its name: libshop.so.debug. */
    private static FileIdentity withoutDebugEnding(FileIdentity identity) {
        String ending = ".debug";
        String name = identity.name();
        boolean ends = name.endsWith(ending) && name.length() > ending.length();
        return ends ? identity.named(name.substring(0, name.length() - ending.length())) : identity;
    }

    private interface Maker {
        long writeTo(Writer out) throws IOException;
    }

    private void sym(Source source, FileIdentity identity, Maker maker) throws IOException {
        String place = identity.symPath()
                .orElseThrow(() -> new IllegalArgumentException("no name that a file can have"));
        boolean better = given.contains(place)
                || (Files.exists(store.resolve(place)) && !hasFunctions(source.identity()));
        if (better) {
            return;
        }
        long[] count = new long[1];
        boolean made = write(store.resolve(place), part -> {
            try (Writer out = Files.newBufferedWriter(part, StandardCharsets.UTF_8)) {
                count[0] = maker.writeTo(out);
            }
            return count[0] > 0;
        });
        if (made) {
            String what = "%,d functions, symbols and unwind rules".formatted(count[0]);
            add(source.path(), State.MADE, Optional.of(place), what);
        }
    }

    /** Exports alone: what another writer made of the PDB says more. */
    private static boolean hasFunctions(FileIdentity identity) {
        return identity.kind() != FileKind.PE
                || identity.contents().contains(FileContent.DEBUG_INFO)
                || identity.contents().contains(FileContent.SYMBOLS);
    }
}
