package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.breakpad.WinFrameRecord;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.codeview.InlineSite;
import dev.mortem.format.codeview.PublicSymbol;
import dev.mortem.format.msf.MsfFile;
import dev.mortem.format.msf.MsfStream;
import dev.mortem.format.pdb.DbiStream.Debug;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * A PDB of format 7.0. All addresses are rvas: bytes from where the module starts in the process, below 4
 * GiB; of an image that a tool rearranged behind the linker, those of the rearranged one.
 *
 * <p>Opening it reads the stream directory and the list of modules; a module's stream is read when an
 * address in its code is first asked about, and the index made of it is kept as long as there is room.
 * What is broken is reported, once for each structure that is read, and the rest is used. Safe for any
 * thread while the file is open.
 */
public final class PdbFile {
    /** Processors by their code in the header of a PE file. */
    private static final int MACHINE_I386 = 0x14c;

    private final DebugId id;
    private final InfoStream info;
    private final Optional<DbiStream> dbi;
    private final PdbSections sections;
    private final PdbModules modules;
    private final Optional<PublicsStream> publics;
    private final X86Frames frames;
    private final PdbStreams streams;
    private final Diagnostics diagnostics;

    /** Read when it is first asked about. */
    private Optional<SourceLink> sourceLink = Optional.empty();

    private PdbFile(MsfFile file, InfoStream info, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        this.streams = new PdbStreams(file, diagnostics);
        this.info = info;
        this.diagnostics = diagnostics;
        Optional<MsfStream> debug = file.stream("DBI", DbiStream.INDEX);
        this.dbi = debug.isPresent() && debug.get().sizeBytes() > 0
                ? Optional.of(DbiStream.read(debug.get(), limits))
                : Optional.empty();
        this.id = DebugId.ofGuid(info.guid(), dbi.map(DbiStream::age).orElse(info.age()));
        StringTable names = streams.names(info);
        this.sections = PdbSections.of(dbi, streams);
        this.modules = new PdbModules(
                file,
                dbi,
                names,
                new FunctionIds(streams.types(TypeStream.TPI), streams.types(TypeStream.IPI)),
                limits,
                diagnostics);
        this.publics = dbi.flatMap(each -> streams.publics(each, info.isMinimal()));
        this.frames = new X86Frames(
                dbi.flatMap(each -> streams.debug(each, Debug.NEW_FPO)),
                dbi.flatMap(each -> streams.debug(each, Debug.FPO)),
                names,
                limits);
    }

    /**
     * Reads what tells where everything is.
     *
     * @param file stays open as long as the result is used
     * @throws MalformedException where it is no PDB 7.0, or that is broken
     */
    public static PdbFile open(ByteSource file, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        MsfFile streams = MsfFile.open(file, limits);
        if (streams.isCut()) {
            diagnostics.report(
                    file.name(),
                    "the PDB was cut: it has %,d bytes".formatted(file.sizeBytes()),
                    "what it had behind them is unknown");
        }
        return new PdbFile(streams, info(streams, limits), limits, diagnostics);
    }

    private static InfoStream info(MsfFile file, Limits limits) throws MalformedException {
        Optional<MsfStream> stream = file.stream("PDB", InfoStream.INDEX);
        if (stream.isEmpty()) {
            throw new MalformedException(
                    file.name(), "StreamDirectory", 0, "no stream 1", "the PDB's identity there");
        }
        return InfoStream.read(stream.get(), limits);
    }

    /** The GUID, and the age that the linker gave to the image too. */
    public DebugId id() {
        return id;
    }

    /** Whether it was made for others to see: public symbols alone, no lines. */
    public boolean isStripped() {
        return dbi.filter(DbiStream::stripped).isPresent();
    }

    /** Whether it was linked with /DEBUG:FASTLINK: most of the symbols stayed in the object files. */
    public boolean isFastLink() {
        return info.isMinimal();
    }

    /** Whether it tells where on the web its sources are (Source Link). */
    public boolean hasSourceLink() {
        return info.hasStreamLike(PdbStreams.SOURCE_LINK);
    }

    /** Where Source Link says that a source file is: an address of http or https. */
    public synchronized Optional<String> sourceUrl(String file) {
        if (sourceLink.isEmpty()) {
            sourceLink = Optional.of(streams.sourceLink(info));
        }
        return sourceLink.get().url(file);
    }

    /** Whether it tells how to fetch its sources (source server, "srcsrv"). */
    public boolean hasSourceServer() {
        return info.hasStreamLike("srcsrv");
    }

    /** Whether any module has lines. */
    public boolean hasLines() {
        return dbi.stream()
                .flatMap(each -> each.modules().stream())
                .anyMatch(module -> module.hasSymbols() && module.lineBytes() > 0);
    }

    /** Whether addresses have names: there are procedures or public symbols, and sections to place them. */
    public boolean hasFunctions() {
        boolean any = publics.filter(each -> each.count() > 0).isPresent()
                || dbi.stream()
                        .flatMap(each -> each.modules().stream())
                        .anyMatch(module -> module.hasSymbols() && module.symbolBytes() > 0);
        return any && !sections.isEmpty();
    }

    /** Of 32-bit x86: whose C functions have an underscore in front of their names. */
    public boolean isX86() {
        return dbi.filter(each -> each.machine() == MACHINE_I386).isPresent();
    }

    /** The function that covers the rva: a procedure, else the symbol before it in the same piece of code. */
    public Optional<PdbFunction> functionAt(long rva) {
        try {
            OptionalLong key = sections.key(rva);
            if (key.isEmpty()) {
                return Optional.empty();
            }
            Optional<SectionContributions.Contribution> from =
                    modules.contribution(key.getAsLong());
            Optional<ModuleStream.Named> named = code(key.getAsLong(), from);
            if (named.isEmpty()) {
                named = symbolBelow(key.getAsLong(), from);
            }
            return named.isPresent() ? function(named.get()) : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the function there has no name");
            return Optional.empty();
        }
    }

    /**
     * Where a function or variable is that other modules of the program see.
     *
     * @param publicName decorated
     */
    public Optional<PdbFunction> named(String publicName) {
        try {
            Optional<PublicSymbol> symbol =
                    publics.isPresent() ? publics.get().named(publicName) : Optional.empty();
            return symbol.isPresent() ? function(named(symbol.get())) : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "what has that name is not found");
            return Optional.empty();
        }
    }

    /** The functions at the rva, innermost first; empty where no procedure covers it. */
    public List<PdbFrame> framesAt(long rva) {
        List<PdbFrame> found = new ArrayList<>();
        try {
            OptionalLong key = sections.key(rva);
            Optional<ModuleStream> module =
                    key.isPresent() ? moduleAt(key.getAsLong()) : Optional.empty();
            Optional<ModuleStream.Named> procedure =
                    module.isPresent() ? module.get().codeAt(key.getAsLong()) : Optional.empty();
            if (procedure.isEmpty()) {
                return found;
            }
            if (procedure.get().recordOffset() >= 0) {
                addInlined(module.get(), key.getAsLong(), procedure.get(), found);
            }
            found.add(new PdbFrame(Optional.of(procedure.get().name()), false, lineAt(rva)));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the function there has no name");
        }
        return found;
    }

    private void addInlined(
            ModuleStream module, long key, ModuleStream.Named procedure, List<PdbFrame> found) {
        try {
            found.addAll(module.inlinedAt(key, procedure));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that were inlined there are not named");
        }
    }

    /** The line of the instruction, in the function whose code it is. */
    public Optional<PdbLine> lineAt(long rva) {
        try {
            OptionalLong key = sections.key(rva);
            Optional<ModuleStream> module =
                    key.isPresent() ? moduleAt(key.getAsLong()) : Optional.empty();
            return module.isPresent() ? module.get().lineAt(key.getAsLong()) : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the line there is unknown");
            return Optional.empty();
        }
    }

    /** Of 32-bit x86: how the code there keeps its frame, the better first. */
    public List<WinFrame> windowsFramesAt(long rva) {
        try {
            OptionalLong source = frames.isEmpty() ? OptionalLong.empty() : sections.source(rva);
            return source.isPresent() ? frames.at(source.getAsLong()) : List.of();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this function are guessed");
            return List.of();
        }
    }

    /** Takes what a PDB has, for tools that list all of it. */
    public interface Contents {
        void procedure(PdbFunction procedure);

        /** @param line empty of code that has none */
        void line(long rva, Optional<PdbLine> line);

        void publicSymbol(PdbFunction symbol);
    }

    /** Gives out all procedures, lines and public symbols of code. */
    public void forEach(Contents contents) {
        modules.forEach(new ModuleStream.Contents() {
            @Override
            public void code(ModuleStream.Named named) throws MalformedException {
                function(named).ifPresent(contents::procedure);
            }

            @Override
            public void inlineSite(ModuleStream.Named procedure, InlineSite site) {}

            @Override
            public void line(long key, Optional<PdbLine> line) throws MalformedException {
                OptionalLong rva = sections.rva(key);
                if (rva.isPresent()) {
                    contents.line(rva.getAsLong(), line);
                }
            }
        });
        forEachPublic(contents::publicSymbol);
    }

    /** Gives out the public symbols of code. */
    public void forEachPublic(Consumer<PdbFunction> taker) {
        try {
            for (long index = 0; publics.isPresent() && index < publics.get().count(); index++) {
                PublicSymbol symbol = publics.get().symbol(index);
                if (symbol.code()) {
                    function(named(symbol)).ifPresent(taker);
                }
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "public symbols behind it are unknown");
        }
    }

    /** Takes the code of a PDB in stretches that belong to one function and came from one line. */
    public interface Runs {
        /** @param frames innermost first; the last is the function's */
        void run(PdbFunction function, long startRva, long endRva, List<PdbFrame> frames);
    }

    /** Gives out all code of procedures, one procedure after the other. */
    public void forEachRun(Runs runs) {
        modules.forEachRun((procedure, startKey, endKey, frames) -> {
            OptionalLong start = sections.rva(startKey);
            Optional<PdbFunction> function = function(procedure);
            if (start.isPresent() && function.isPresent()) {
                long end = start.getAsLong() + (endKey - startKey);
                runs.run(function.get(), start.getAsLong(), end, frames);
            }
        });
    }

    /** Of 32-bit x86: gives out how all code keeps its frames. */
    public void forEachFrame(Consumer<WinFrameRecord> taker) {
        try {
            frames.forEach(taker);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through the functions behind are guessed");
        }
    }

    /** Whether it tells how 32-bit code of x86 keeps its frames. */
    public boolean hasFrames() {
        return !frames.isEmpty();
    }

    /** The processor by its code in the header of a PE file; empty of a PDB without code. */
    public OptionalInt machine() {
        return dbi.map(each -> OptionalInt.of(each.machine())).orElse(OptionalInt.empty());
    }

    /** By section and offset, for tests: no map of addresses lies between. */
    PdbModules modules() {
        return modules;
    }

    X86Frames frames() {
        return frames;
    }

    Optional<PublicsStream> publics() {
        return publics;
    }

    private Optional<ModuleStream> moduleAt(long key) throws MalformedException {
        return modules.contribution(key).flatMap(from -> modules.module(from.module()));
    }

    private Optional<ModuleStream.Named> code(
            long key, Optional<SectionContributions.Contribution> from) throws MalformedException {
        Optional<ModuleStream> module = from.flatMap(each -> modules.module(each.module()));
        return module.isPresent() ? module.get().codeAt(key) : Optional.empty();
    }

    /**
     * A symbol has no size: one that begins in another piece of code, of another object file for example,
     * names something else.
     */
    private Optional<ModuleStream.Named> symbolBelow(
            long key, Optional<SectionContributions.Contribution> from) throws MalformedException {
        Optional<ModuleStream.Named> label = Optional.empty();
        Optional<ModuleStream> module = from.flatMap(each -> modules.module(each.module()));
        if (module.isPresent()) {
            label = module.get().labelBelow(key);
        }
        Optional<ModuleStream.Named> symbol = Optional.empty();
        if (publics.isPresent()) {
            symbol = publics.get().below(key).map(PdbFile::named);
        }
        long start = from.map(SectionContributions.Contribution::key)
                .orElse(CodePlace.key((int) (key >>> 32), 0));
        boolean noPieces = modules.hasNoContributions();
        if (from.isEmpty() && !noPieces) {
            return Optional.empty();
        }
        Optional<ModuleStream.Named> near = symbol.filter(each -> each.place().key() >= start);
        return label.filter(each -> each.place().key() >= start)
                .filter(each -> near.isEmpty()
                        || each.place().key() > near.get().place().key())
                .or(() -> near);
    }

    private static ModuleStream.Named named(PublicSymbol symbol) {
        return new ModuleStream.Named(symbol.name(), symbol.place(), -1, -1);
    }

    private Optional<PdbFunction> function(ModuleStream.Named named) throws MalformedException {
        OptionalLong rva = sections.rva(named.place().key());
        OptionalLong size =
                named.sizeBytes() < 0 ? OptionalLong.empty() : OptionalLong.of(named.sizeBytes());
        return rva.isPresent()
                ? Optional.of(new PdbFunction(named.name(), rva.getAsLong(), size))
                : Optional.empty();
    }
}
