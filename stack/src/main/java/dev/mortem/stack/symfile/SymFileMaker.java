package dev.mortem.stack.symfile;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.breakpad.SymFileWriter;
import dev.mortem.format.breakpad.SymModule;
import dev.mortem.format.breakpad.SymRun;
import dev.mortem.format.dwarf.cfi.ElfFrames;
import dev.mortem.format.dwarf.cfi.FrameBases;
import dev.mortem.format.dwarf.cfi.FrameSection;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.dwarf.function.DebugInfo;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.format.elf.ElfSymbol;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbFrame;
import dev.mortem.format.pdb.PdbFunction;
import dev.mortem.format.pe.CoffSymbols;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeExport;
import dev.mortem.format.pe.PeExports;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeSection;
import dev.mortem.stack.demangle.CDecoration;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.locate.ElfDwarf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * Makes the Breakpad symbol file of one module. What is broken in the sources is reported, and the rest
 * is written. Belongs to one thread.
 */
public final class SymFileMaker {
    /** What Breakpad's own writers give to images without a debug directory, as MinGW links them. */
    private static final String NO_ID = "0".repeat(33);

    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Demangler demangler;

    public SymFileMaker(Limits limits, Diagnostics diagnostics) {
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.demangler = new Demangler(limits);
    }

    /** A file with what it is. */
    public record Elf(FileIdentity identity, ElfFile file) {}

    /** A file with what it is. */
    public record Image(FileIdentity identity, PeImage file) {}

    /** A file with what it is. */
    public record Pdb(FileIdentity identity, PdbFile file) {}

    /**
     * Of an ELF file.
     *
     * @param debug its separate debug file, of the same build id
     * @param companions the files that the one with debug information refers to
     * @param target is closed
     * @return how many functions, symbols and rules for unwinding it has
     * @throws IOException where writing fails
     * @throws IllegalArgumentException where its CPU is none that Breakpad knows
     */
    public long write(
            Elf elf,
            Optional<Elf> debug,
            DwarfCompanions companions,
            String generator,
            Writer target)
            throws IOException {
        FileIdentity identity = elf.identity();
        Cpu cpu = ElfMachine.of(elf.file().header())
                .cpu()
                .orElseThrow(() -> new IllegalArgumentException("a CPU without a name"));
        long base = baseSvma(elf.file());
        try (SymFileWriter out = new SymFileWriter(target, limits)) {
            out.module(module(identity, identity.name()));
            out.info("CODE_ID", identity.buildId().orElse("").toUpperCase(Locale.ROOT));
            out.info("GENERATOR", generator);
            FunctionRecords records = new FunctionRecords(out, limits);
            Elf withDwarf = debug.filter(file -> ElfDwarf.isIn(file.file())).orElse(elf);
            LongPredicate isCode = svma -> isCode(elf.file(), svma);
            dwarf(
                    ElfDwarf.sections(identity.name(), withDwarf.file(), diagnostics),
                    companions,
                    base,
                    isCode,
                    records);
            debug.ifPresent(file -> symbols(file.file(), base, isCode, records));
            symbols(elf.file(), base, isCode, records);
            new DwarfRules(cpu, base, out, limits, diagnostics)
                    .write(ElfFrames.of(elf.file(), debug.map(Elf::file), limits, diagnostics));
            return out.count();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }

    /** Of an image with DWARF, or with nothing but the linker's symbols and exports; else as above. */
    public long write(Image image, String generator, Writer target) throws IOException {
        FileIdentity identity = image.identity();
        try (SymFileWriter out = new SymFileWriter(target, limits)) {
            out.module(module(identity, debugName(image)));
            codeId(image, out);
            out.info("GENERATOR", generator);
            FunctionRecords records = new FunctionRecords(out, limits);
            PeImage file = image.file();
            long base = file.header().imageBase();
            dwarf(
                    new DwarfSections(
                            identity.name(), wanted -> file.embeddedDwarf(wanted.sectionName())),
                    DwarfCompanions.NONE,
                    base,
                    svma -> isCode(file, svma - base),
                    records);
            symbols(file, records);
            new WindowsRules(out, diagnostics).write(file, records.sizes());
            dwarfRules(file, out);
            return out.count();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }

    /**
     * Of a PDB.
     *
     * @param image that it was made with, which has the unwind information of x64; else as above
     */
    public long write(Pdb pdb, Optional<Image> image, String generator, Writer target)
            throws IOException {
        FileIdentity identity = pdb.identity();
        try (SymFileWriter out = new SymFileWriter(target, limits)) {
            out.module(module(identity, identity.name()));
            if (image.isPresent()) {
                codeId(image.get(), out);
            }
            out.info("GENERATOR", generator);
            FunctionRecords records = new FunctionRecords(out, limits);
            pdbFunctions(pdb.file(), records);
            if (image.isPresent()) {
                new WindowsRules(out, diagnostics).write(image.get().file(), records.sizes());
            }
            pdb.file().forEachFrame(frame -> {
                try {
                    out.windowsFrame(frame);
                } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                }
            });
            return out.count();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
    }

    /** The debug file's, which Breakpad's trees are sorted by: of an image its PDB's. */
    private static String debugName(Image image) {
        String place = image.identity().symPath().orElse(image.identity().name());
        return place.indexOf('/') < 0 ? place : place.substring(0, place.indexOf('/'));
    }

    private static SymModule module(FileIdentity identity, String name) {
        return new SymModule(
                identity.operatingSystem().orElse("unknown"),
                identity.cpu()
                        .orElseThrow(() ->
                                new IllegalArgumentException("a CPU that Breakpad does not know")),
                identity.debugId()
                        .map(id -> id.toString().toUpperCase(Locale.ROOT))
                        .orElse(NO_ID),
                name);
    }

    private static void codeId(Image image, SymFileWriter out) throws IOException {
        out.info(
                "CODE_ID",
                image.identity().codeId().map(String::valueOf).orElse("").toUpperCase(Locale.ROOT)
                        + " " + image.identity().name());
    }

    private void dwarf(
            DwarfSections sections,
            DwarfCompanions companions,
            long base,
            LongPredicate isCode,
            FunctionRecords records)
            throws IOException {
        if (sections.get(DwarfSection.INFO).isEmpty()) {
            return;
        }
        DebugInfo info = new DebugInfo(sections, companions, limits, diagnostics);
        info.forEach((start, end, code) -> {
            if (isCode.test(start)) {
                long owner = code.functions().getLast().entrySvma().orElse(start);
                records.add(owner, run(start - base, end - start, code));
            }
        });
        records.end();
    }

    /** Compilers of the GNU kind write them for 32-bit x86, which has no tables of Windows' own. */
    private void dwarfRules(PeImage image, SymFileWriter out) throws IOException {
        if (image.header().machine() != PeHeader.MACHINE_I386) {
            return;
        }
        List<FrameSection> sections = new ArrayList<>();
        for (FrameSection.Kind kind : FrameSection.Kind.values()) {
            String name = kind == FrameSection.Kind.EH_FRAME ? ".eh_frame" : ".debug_frame";
            Optional<PeSection> section = image.section(name);
            long base = image.header().imageBase();
            section.ifPresent(found -> sections.add(new FrameSection(
                    kind,
                    image.content(found),
                    FrameBases.of(base + found.rva(), Cpu.X86.registerSizeBytes()))));
        }
        new DwarfRules(Cpu.X86, image.header().imageBase(), out, limits, diagnostics)
                .write(FrameTable.of(Optional.empty(), sections, limits, diagnostics));
    }

    private SymRun run(long rva, long sizeBytes, SourceCode code) {
        List<SymRun.Level> levels = new ArrayList<>();
        for (SourceFunction function : code.functions()) {
            levels.add(new SymRun.Level(
                    function.rawName().map(this::demangled).orElse("<unnamed>"),
                    function.source().map(source -> source.file()),
                    function.source().map(source -> source.line()).orElse(0)));
        }
        return new SymRun(rva, sizeBytes, levels);
    }

    private void pdbFunctions(PdbFile pdb, FunctionRecords records) throws IOException {
        pdb.forEachRun((function, start, end, frames) -> {
            List<SymRun.Level> levels = new ArrayList<>();
            for (PdbFrame frame : frames) {
                levels.add(new SymRun.Level(
                        frame.name().map(this::demangled).orElse("<unnamed>"),
                        frame.source().map(source -> source.file()),
                        frame.source().map(source -> source.line()).orElse(0)));
            }
            try {
                records.add(function.rva(), new SymRun(start, end - start, levels));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        records.end();
        pdb.forEachPublic(symbol -> {
            try {
                records.publicSymbol(symbol.rva(), publicName(pdb, symbol));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private String publicName(PdbFile pdb, PdbFunction symbol) {
        String name = symbol.name();
        return pdb.isX86() ? cName(name) : demangled(name);
    }

    private String cName(String name) {
        return demangler.demangle(name).or(() -> CDecoration.undecorated(name)).orElse(name);
    }

    private String demangled(String name) {
        return demangler.demangle(name).orElse(name);
    }

    private void symbols(ElfFile file, long base, LongPredicate isCode, FunctionRecords records) {
        for (SectionHeader section : file.sections()) {
            boolean symbols = section.type() == SectionHeader.SHT_SYMTAB
                    || section.type() == SectionHeader.SHT_DYNSYM;
            if (!symbols || section.sizeBytes() == 0) {
                continue;
            }
            try {
                for (ElfSymbol symbol : file.symbols(section)) {
                    symbol(symbol, base, isCode, records);
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "functions that it names are unknown");
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    private void symbol(ElfSymbol symbol, long base, LongPredicate isCode, FunctionRecords records)
            throws IOException {
        boolean named =
                symbol.isDefined() && symbol.isFunction() && !symbol.name().isEmpty();
        if (named && isCode.test(symbol.svma())) {
            int version = symbol.name().indexOf('@');
            String name = version > 0 ? symbol.name().substring(0, version) : symbol.name();
            records.publicSymbol(symbol.svma() - base, demangled(name));
        }
    }

    private void symbols(PeImage image, FunctionRecords records) throws IOException {
        boolean x86 = image.header().machine() == PeHeader.MACHINE_I386;
        for (CoffSymbols.Function symbol : CoffSymbols.functions(image, diagnostics)) {
            records.publicSymbol(
                    symbol.rva(), x86 ? coffName(symbol.name()) : demangled(symbol.name()));
        }
        if (image.directory(PeDirectory.EXPORT)
                .filter(table -> table.sizeBytes() > 0)
                .isEmpty()) {
            return;
        }
        try {
            for (PeExport export : PeExports.read(image, diagnostics).all()) {
                if (export.name().isPresent()
                        && export.forwarder().isEmpty()
                        && isCode(image, export.rva())) {
                    records.publicSymbol(export.rva(), demangled(export.name().get()));
                }
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that the module exports are unknown");
        }
    }

    /** An underscore stands in front of all names, those of C++ included. */
    private String coffName(String name) {
        return demangled(CDecoration.undecorated(name).orElse(name));
    }

    /** Where the module starts in a process that has it at 0: what Breakpad's addresses count from. */
    private static long baseSvma(ElfFile file) {
        OptionalLong lowest = file.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                .mapToLong(ProgramHeader::svma)
                .min();
        return lowest.orElse(0);
    }

    private static boolean isCode(ElfFile file, long svma) {
        for (ProgramHeader segment : file.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD
                    && segment.isExecutable()
                    && segment.svmaRange().contains(svma)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isCode(PeImage image, long rva) {
        return image.sectionAt(rva).filter(PeSection::isExecutable).isPresent();
    }
}
