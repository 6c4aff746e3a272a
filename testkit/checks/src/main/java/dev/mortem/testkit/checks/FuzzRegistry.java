package dev.mortem.testkit.checks;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.core.CoreReader;
import dev.mortem.dump.minidump.MinidumpReader;
import dev.mortem.dump.reduce.RedactedSnapshot;
import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.format.breakpad.PostfixInputs;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.format.cab.CabEntry;
import dev.mortem.format.cab.CabFile;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.dwarf.cfi.ElfFrames;
import dev.mortem.format.dwarf.cfi.Fde;
import dev.mortem.format.dwarf.cfi.FrameProgram;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.expression.ExpressionInputs;
import dev.mortem.format.dwarf.function.DebugInfo;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.line.LineTable;
import dev.mortem.format.ehabi.ExceptionIndex;
import dev.mortem.format.elf.ElfDynamic;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.ElfSymbol;
import dev.mortem.format.elf.MiniDebugInfo;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.SymbolTable;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.format.perfmap.PerfMap;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.Symbolizer;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.StackUnwinder;
import dev.mortem.testkit.synth.DwarfSynth;
import dev.mortem.testkit.synth.GoTableSynth;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Every parser of bytes that come from outside. Each build runs every target for a short while; {@code
 * ./build bench fuzz NAME SECONDS} runs one for long. A new parser gets an entry here.
 */
public final class FuzzRegistry {
    private static final int SYMBOLS_MAX = 10_000;

    private FuzzRegistry() {}

    /** All targets but the canary. */
    public static List<FuzzTarget> targets() {
        return List.of(
                new FuzzTarget(
                        "elf", List.of(FuzzSeeds.image(), FuzzSeeds.crash()), FuzzRegistry::elf),
                new FuzzTarget("dynamic", List.of(FuzzSeeds.image()), FuzzRegistry::dynamic),
                new FuzzTarget("frames", List.of(FuzzSeeds.image()), FuzzRegistry::frames),
                new FuzzTarget("exceptions", FuzzSeeds.exceptionTables(), FuzzRegistry::exceptions),
                new FuzzTarget("pe", FuzzSeeds.peImages(), FuzzRegistry::pe),
                new FuzzTarget("pe-mapped", FuzzSeeds.mappedPeImages(), FuzzRegistry::peMapped),
                new FuzzTarget("pdb", FuzzSeeds.pdbs(), PdbFuzz::readAll),
                new FuzzTarget("symfile", FuzzSeeds.symbolSources(), SymFileFuzz::writeAll),
                new FuzzTarget("annotations", FuzzSeeds.annotations(), PdbFuzz::annotations),
                new FuzzTarget("cab", FuzzSeeds.cabinets(), FuzzRegistry::cabinet),
                new FuzzTarget("codeview", FuzzSeeds.codeViewRecords(), FuzzRegistry::codeView),
                new FuzzTarget("expression", FuzzSeeds.expressions(), FuzzRegistry::expression),
                new FuzzTarget(
                        "minidebuginfo",
                        List.of(FuzzSeeds.miniDebugInfo()),
                        FuzzRegistry::miniDebugInfo),
                new FuzzTarget("go", FuzzSeeds.goPrograms(), FuzzRegistry::go),
                new FuzzTarget("perfmap", List.of(FuzzSeeds.perfMap()), FuzzRegistry::perfMap),
                new FuzzTarget("sym", List.of(FuzzSeeds.symbolFile()), FuzzRegistry::symbolFile),
                new FuzzTarget("line", List.of(FuzzSeeds.lineProgram()), FuzzRegistry::line),
                new FuzzTarget("dwarf", List.of(DwarfSynth.packed()), FuzzRegistry::dwarf),
                new FuzzTarget("demangler", FuzzSeeds.mangledNames(), FuzzRegistry::demangle),
                new FuzzTarget("core", FuzzSeeds.cores(), FuzzRegistry::core),
                new FuzzTarget(
                        "ownstreams", List.of(FuzzSeeds.ownStreams()), FuzzRegistry::ownStreams),
                new FuzzTarget("sidecar", List.of(FuzzSeeds.sidecar()), FuzzRegistry::sidecar),
                new FuzzTarget("stacks", FuzzSeeds.cores(), FuzzRegistry::stacks),
                new FuzzTarget("minidump", FuzzSeeds.minidumps(), FuzzRegistry::minidump),
                new FuzzTarget(
                        "minidumpstacks", FuzzSeeds.minidumps(), FuzzRegistry::minidumpStacks),
                new FuzzTarget(
                        "file",
                        List.of(FuzzSeeds.crash(), FuzzSeeds.gzip(FuzzSeeds.crash())),
                        FuzzRegistry::file));
    }

    /** Must fail: a parser that believes a size. Shows that the fuzzer is not blind. */
    public static FuzzTarget canary() {
        return new FuzzTarget("canary", List.of(new byte[] {2, 7, 7, 0}), input -> {
            int size = input.length == 0 ? 0 : input[0];
            byte[] content = new byte[size];
            System.arraycopy(input, 1, content, 0, size);
        });
    }

    /**
     * Runs one target: NAME SECONDS [SEED]. Ends by an exception that holds the input where there is a
     * defect.
     */
    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            throw new IllegalArgumentException("NAME SECONDS [SEED]; names: " + targets());
        }
        FuzzTarget target = Stream.concat(targets().stream(), Stream.of(canary()))
                .filter(each -> each.name().equals(arguments[0]))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("one of " + targets()));
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : 1;
        long end = System.nanoTime()
                + Duration.ofSeconds(Long.parseLong(arguments[1])).toNanos();
        Fuzzer.run(target, seed, run -> System.nanoTime() < end).ifPresent(defect -> {
            throw new AssertionError(defect);
        });
    }

    private static void cabinet(byte[] input) throws MalformedException, IOException {
        CabFile cabinet = CabFile.open(source(input), Limits.defaults());
        for (CabEntry entry : cabinet.entries()) {
            cabinet.copy(entry, OutputStream.nullOutputStream());
        }
    }

    private static ByteSource source(byte[] input) {
        return ByteSource.ofBytes("fuzz", input, ByteOrder.LITTLE_ENDIAN);
    }

    /** Looks at all that a record holds. */
    private static void show(Object read) {
        if (read.toString().isEmpty()) {
            throw new IllegalStateException("a value without text");
        }
    }

    private static void pe(byte[] input) throws MalformedException {
        PeFuzz.readAll(source(input), PeLayout.FILE);
    }

    private static void peMapped(byte[] input) throws MalformedException {
        PeFuzz.readAll(source(input), PeLayout.MAPPED);
    }

    private static void codeView(byte[] input) throws MalformedException {
        CodeViewRecord record = CodeViewRecord.read(source(input));
        show(record);
        record.debugId().ifPresent(FuzzRegistry::show);
    }

    private static void elf(byte[] input) throws MalformedException {
        DiagnosticLog log = new DiagnosticLog();
        ElfFile file = ElfFile.read(source(input), Limits.defaults(), log);
        file.buildId();
        file.debugLink();
        for (ProgramHeader segment : file.programHeaders()) {
            file.presentContent(segment);
            touch(file.notes(segment));
        }
        for (SectionHeader section : file.sections()) {
            try {
                file.content(section);
                touch(file.notes(section));
                symbols(file.symbols(section));
            } catch (MalformedException broken) {
                log.report(broken, "the other sections are read");
            }
        }
    }

    private static void touch(Collection<ElfNote> notes) {
        notes.forEach(FuzzRegistry::show);
    }

    private static void symbols(SymbolTable table) throws MalformedException {
        int count = 0;
        for (ElfSymbol symbol : table) {
            show(symbol);
            if (++count == SYMBOLS_MAX) {
                break;
            }
        }
    }

    private static void dynamic(byte[] input) throws MalformedException {
        ByteSource bytes = source(input);
        DiagnosticLog log = new DiagnosticLog();
        ElfFile file = ElfFile.readImage(bytes, Limits.defaults(), log);
        Optional<ElfDynamic> dynamic = ElfDynamic.read(
                file,
                0,
                (part, svma, sizeBytes) -> bytes.atMost(part, svma, sizeBytes),
                Limits.defaults(),
                log);
        if (dynamic.isPresent()) {
            dynamic.get().soname();
            symbols(dynamic.get().symbols());
        }
    }

    private static void frames(byte[] input) throws MalformedException {
        DiagnosticLog log = new DiagnosticLog();
        ElfFile file = ElfFile.read(source(input), Limits.defaults(), log);
        for (Fde fde :
                ElfFrames.of(file, Optional.empty(), Limits.defaults(), log).all()) {
            try {
                FrameProgram.rows(fde, Limits.defaults());
            } catch (MalformedException broken) {
                log.report(broken, "the other functions are read");
            }
        }
    }

    private static void miniDebugInfo(byte[] input) throws MalformedException {
        DiagnosticLog log = new DiagnosticLog();
        ElfFile file = ElfFile.read(source(input), Limits.defaults(), log);
        Optional<MiniDebugInfo> mini = file.miniDebugInfo();
        if (mini.isPresent()) {
            show(mini.get().file().sections());
        }
    }

    private static void go(byte[] input) throws MalformedException {
        DiagnosticLog log = new DiagnosticLog();
        ElfFile file = ElfFile.read(source(input), Limits.defaults(), log);
        Optional<GoSymbols> symbols = GoSymbols.of(
                Optional.of(file),
                Optional.empty(),
                (part, svma, sizeBytes) -> file.bytes().atMost(part, svma, sizeBytes),
                0,
                Limits.defaults(),
                log);
        if (symbols.isPresent()) {
            for (int at = 0; at < 0x70; at++) {
                show(symbols.get().framesAt(GoTableSynth.TEXT + at));
            }
        }
    }

    private static void perfMap(byte[] input) {
        PerfMap map = PerfMap.read(source(input), Limits.defaults(), new DiagnosticLog());
        map.functions().forEach(FuzzRegistry::show);
        map.at(0x1000);
    }

    /** Looks up every address that the sound file has, and executes what it says of unwinding. */
    private static void symbolFile(byte[] input) {
        SymFile file = SymFile.read(source(input), Limits.defaults(), new DiagnosticLog());
        PostfixInputs anything = new PostfixInputs() {
            @Override
            public OptionalLong variable(String name) {
                return name.startsWith("$T") ? OptionalLong.empty() : OptionalLong.of(0x7000);
            }

            @Override
            public OptionalLong memory(long address) {
                return address == 0 ? OptionalLong.empty() : OptionalLong.of(address >>> 3);
            }
        };
        file.module().ifPresent(FuzzRegistry::show);
        for (long rva = 0x0ff0; rva < 0x1060; rva += 4) {
            file.functionAt(rva).ifPresent(FuzzRegistry::show);
            file.framesAt(rva).forEach(FuzzRegistry::show);
            file.cfiAt(rva)
                    .ifPresent(found ->
                            found.rules().values().forEach(rule -> show(rule.value(anything, 8))));
            for (WinFrame frame : file.windowsFramesAt(rva)) {
                frame.program().ifPresent(program -> show(program.run(anything, 4)));
            }
        }
    }

    private static void expression(byte[] input) throws MalformedException {
        ExpressionInputs anything = new ExpressionInputs() {
            @Override
            public OptionalLong register(int number) {
                return number > 16 ? OptionalLong.empty() : OptionalLong.of(number * 0x1001L);
            }

            @Override
            public OptionalLong memory(long address, int sizeBytes) {
                return address == 0 ? OptionalLong.empty() : OptionalLong.of(address >>> 3);
            }

            @Override
            public long addressOf(long svma) {
                return svma + 0x5555_0000L;
            }
        };
        new DwarfExpression(source(input), 8).evaluate(0x7fff_0000L, anything, Limits.defaults());
    }

    private static void line(byte[] input) throws MalformedException {
        DwarfSections sections = new DwarfSections(
                "fuzz",
                section -> section == DwarfSection.LINE
                        ? Optional.of(source(input))
                        : Optional.empty());
        LineTable table = LineTable.read(
                sections, 0, Optional.of("/srv"), Limits.defaults(), new DiagnosticLog());
        table.ranges();
        for (long svma = 0x0ff0; svma < 0x1040; svma++) {
            table.at(svma);
        }
    }

    /** An index of three entries with its tables behind it. */
    private static void exceptions(byte[] input) throws MalformedException {
        ByteSource bytes = source(input);
        ExceptionIndex index = new ExceptionIndex(
                bytes.atMost("index", 0, 24),
                0,
                svma -> Optional.of(bytes.atMost("table", svma, 2048)));
        for (long at = 0; at < index.count(); at++) {
            show(index.entry(at));
            index.find(at * 0x10);
        }
    }

    private static void dwarf(byte[] input) {
        Map<String, byte[]> contents = DwarfSynth.unpacked(input);
        DwarfSections sections = new DwarfSections(
                "fuzz",
                section -> Optional.ofNullable(contents.get(section.sectionName()))
                        .map(FuzzRegistry::source));
        DebugInfo info = new DebugInfo(
                sections, DwarfCompanions.NONE, Limits.defaults(), new DiagnosticLog());
        for (long svma = 0x1000; svma < 0x1040; svma += 2) {
            info.at(svma).forEach(FuzzRegistry::show);
            info.at(svma + 0x1000).forEach(FuzzRegistry::show);
            info.lineAt(svma).ifPresent(FuzzRegistry::show);
        }
    }

    /** Read, then written and read again: what was understood once must be so the second time. */
    private static void sidecar(byte[] input) {
        Optional<DumpSidecar> read = DumpSidecar.parse(input);
        if (read.isPresent()) {
            StringWriter text = new StringWriter();
            read.get().writeTo(text);
            show(DumpSidecar.parse(text.toString().getBytes(StandardCharsets.UTF_8))
                    .orElseThrow());
        }
    }

    private static void demangle(byte[] input) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        new Demangler().demangle(text);
        new Demangler().demangleShort(text);
        new Demangler().typeOfDescriptor(text);
    }

    private static void core(byte[] input) throws MalformedException {
        try (ProcessSnapshot snapshot = open(input)) {
            show(snapshot);
        }
    }

    private static void show(ProcessSnapshot snapshot) {
        show(snapshot.process());
        show(snapshot.reason());
        show(snapshot.details());
        snapshot.windows().ifPresent(FuzzRegistry::show);
        snapshot.modules().forEach(FuzzRegistry::show);
        snapshot.threads().forEach(FuzzRegistry::show);
        byte[] target = new byte[256];
        snapshot.regions()
                .forEach(region ->
                        snapshot.memory().read(region.range().start(), target, 0, target.length));
    }

    private static void minidump(byte[] input) throws MalformedException {
        try (ProcessSnapshot snapshot = openMinidump(input)) {
            show(snapshot);
        }
    }

    private static ProcessSnapshot openMinidump(byte[] input) throws MalformedException {
        return MinidumpReader.read(
                source(input), false, Limits.defaults(), new DiagnosticLog(), () -> {});
    }

    private static void minidumpStacks(byte[] input) throws MalformedException {
        try (ProcessSnapshot snapshot = openMinidump(input)) {
            stacks(snapshot);
        }
    }

    /** What Mortem's own streams of a minidump say, and what would be kept of it in a smaller one. */
    private static void ownStreams(byte[] input) throws MalformedException {
        ByteSource file = ByteSource.ofBytes("input.dmp", input, ByteOrder.LITTLE_ENDIAN);
        try (ProcessSnapshot snapshot = MinidumpReader.read(
                file, false, Limits.defaults(), new DiagnosticLog(), () -> {})) {
            snapshot.threads().forEach(FuzzRegistry::show);
            snapshot.modules().forEach(FuzzRegistry::show);
            show(snapshot.process());
            ProcessSnapshot redacted = RedactedSnapshot.of(snapshot, 0, 4096);
            byte[] target = new byte[256];
            redacted.regions()
                    .forEach(region -> redacted.memory()
                            .read(region.range().start(), target, 0, target.length));
        }
    }

    private static ProcessSnapshot open(byte[] input) throws MalformedException {
        return CoreReader.read(
                source(input), false, Limits.defaults(), new DiagnosticLog(), () -> {});
    }

    private static void stacks(byte[] input) throws MalformedException {
        try (ProcessSnapshot snapshot = open(input)) {
            stacks(snapshot);
        }
    }

    private static void stacks(ProcessSnapshot snapshot) {
        DiagnosticLog log = new DiagnosticLog();
        try (ModuleImages images =
                ModuleImages.of(snapshot, ModuleSearch.nowhere(), Limits.defaults(), log)) {
            StackUnwinder unwinder = new StackUnwinder(snapshot, images, Limits.defaults(), log);
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            for (ThreadSnapshot thread : snapshot.threads()) {
                CallStack stack = unwinder.unwind(thread);
                show(symbolizer.symbolize(stack));
            }
        }
    }

    private static void file(byte[] input) throws Exception {
        Path path = Files.createTempFile("fuzz", ".core");
        try {
            Files.write(path, input);
            try (OpenDump dump = DumpFiles.open(path, Limits.defaults())) {
                dump.snapshot().threads();
            }
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
