package dev.mortem.dump.core;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.core.AuxiliaryVector;
import dev.mortem.format.elf.core.MappedFiles;
import dev.mortem.format.elf.core.PrPsInfo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads an ELF core (gABI chapter 4 and 5; core(5)): of Linux on x86-64, x32, i386, arm64 and arm
 * with registers, of other CPUs as far as the notes go.
 */
public final class CoreReader {
    private static final String CUT = "the core is truncated";
    private static final String LEFT_OUT = "left out of the core";

    private final ElfFile core;
    private final Limits limits;
    private final DiagnosticLog diagnostics;

    private CoreReader(ElfFile core, Limits limits, DiagnosticLog diagnostics) {
        this.core = core;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * Reads all but the memory, which is read in place later.
     *
     * @param file the whole core, or as much of it as there is
     * @param cutBefore whether the file's end is known to be missing
     * @param release called when the snapshot is closed
     * @throws MalformedException when this is no ELF core at all
     */
    public static FileSnapshot read(
            ByteSource file,
            boolean cutBefore,
            Limits limits,
            DiagnosticLog diagnostics,
            Runnable release)
            throws MalformedException {
        ElfFile core = ElfFile.read(file, limits, diagnostics);
        if (core.header().type() != ElfHeader.ET_CORE) {
            throw file.malformed("e_type", 16, String.valueOf(core.header().type()), "4 (ET_CORE)");
        }
        return new CoreReader(core, limits, diagnostics).snapshot(cutBefore, release);
    }

    private FileSnapshot snapshot(boolean cutBefore, Runnable release) {
        Machine machine = ElfMachine.of(core.header());
        ProcessNotes notes = ProcessNotes.read(core, limits, diagnostics);
        CoreSegments segments = CoreSegments.read(core, diagnostics);
        MemoryReader memory = FileMemory.of(machine, core.bytes(), segments.runs(core.bytes()));
        AuxiliaryVector vector = notes.auxiliaryVector();
        CoreModules finder = new CoreModules(segments, memory, vector, limits, diagnostics);
        Optional<String> execFn = execFn(vector, memory);
        List<LoadedModule> modules = finder.find(
                notes.mappedFiles(), execFn.or(() -> notes.processInfo().map(PrPsInfo::fileName)));
        List<ThreadSnapshot> threads = notes.threads();
        ProcessFacts facts = facts(notes, modules, memory, execFn, finder.linuxVersion());
        List<MemoryRegion> regions =
                regions(segments, notes.mappedFiles(), finder.linkedSegments(), vector, threads);
        boolean truncated = reportCut(segments, cutBefore);
        return new FileSnapshot(
                new FileSnapshot.Content(
                        machine,
                        facts,
                        threads,
                        modules,
                        regions,
                        memory,
                        notes.reason(),
                        notes.processNotes(),
                        DumpDetails.none(),
                        Optional.empty()),
                truncated,
                truncated ? percent(segments) : 100,
                diagnostics,
                release);
    }

    private Optional<String> execFn(AuxiliaryVector vector, MemoryReader memory) {
        OptionalLong address = vector.value(AuxiliaryVector.AT_EXECFN);
        return address.isEmpty()
                ? Optional.empty()
                : memory.cString(address.getAsLong(), limits.maxInt(CoreLimits.PATH_BYTES));
    }

    private ProcessFacts facts(
            ProcessNotes notes,
            List<LoadedModule> modules,
            MemoryReader memory,
            Optional<String> execFn,
            Optional<String> linuxVersion) {
        ProcessFacts.Builder facts = ProcessFacts.builder();
        notes.processInfo().ifPresent(info -> {
            facts.pid(info.processId());
            facts.image(info.fileName());
            facts.commandLine(
                    info.arguments().isBlank()
                            ? List.of()
                            : List.of(info.arguments().strip().split(" +")));
        });
        OptionalLong entryPoint = notes.auxiliaryVector().value(AuxiliaryVector.AT_ENTRY);
        modules.stream()
                .filter(module ->
                        entryPoint.isPresent() && module.range().contains(entryPoint.getAsLong()))
                .findFirst()
                .map(LoadedModule::path)
                .filter(path -> path.startsWith("/"))
                .or(() -> execFn.filter(path -> path.startsWith("/")))
                .ifPresent(path -> {
                    facts.executable(path);
                    facts.image(path.substring(path.lastIndexOf('/') + 1));
                });
        StartBlock start = StartBlock.read(notes.auxiliaryVector(), memory, limits);
        if (!start.arguments().isEmpty()) {
            facts.commandLine(start.arguments());
            facts.environment(start.environment());
        }
        linuxVersion.ifPresent(version -> facts.os("Linux", version));
        return facts.build();
    }

    /** Every segment, and every mapped file of which the core has no segment. */
    private List<MemoryRegion> regions(
            CoreSegments segments,
            MappedFiles files,
            AddressMap<CoreModules.Linked> linked,
            AuxiliaryVector vector,
            List<ThreadSnapshot> threads) {
        AddressMap<MappedFiles.Entry> fileAt =
                AddressMap.of(files.entries(), MappedFiles.Entry::range);
        List<MemoryRegion> regions = new ArrayList<>();
        for (CoreSegments.Segment segment : segments.segments()) {
            regions.add(region(segment, fileAt, vector, threads));
        }
        AddressMap<CoreSegments.Segment> segmentAt =
                AddressMap.of(segments.segments(), CoreSegments.Segment::range);
        for (MappedFiles.Entry file : files.entries()) {
            boolean known = segmentAt.at(file.range().start()).isPresent()
                    || segmentAt
                            .nextAbove(file.range().start())
                            .map(above -> above.range().overlaps(file.range()))
                            .orElse(false);
            if (!known && !file.range().isEmpty()) {
                // NT_FILE does not tell the permissions, the module's own headers do
                String permissions = linked.at(file.range().start())
                        .map(found -> permissions(found.segment()))
                        .orElse("---");
                regions.add(new MemoryRegion(
                        file.range(),
                        permissions,
                        false,
                        file.fileOffset(),
                        Optional.of(file.path()),
                        0,
                        Optional.of(LEFT_OUT)));
            }
        }
        regions.sort(Comparator.comparing(MemoryRegion::range));
        return List.copyOf(regions);
    }

    private static MemoryRegion region(
            CoreSegments.Segment segment,
            AddressMap<MappedFiles.Entry> fileAt,
            AuxiliaryVector vector,
            List<ThreadSnapshot> threads) {
        AddressRange range = segment.range();
        Optional<MappedFiles.Entry> file = fileAt.at(range.start());
        long presentBytes = Addresses.min(segment.content().sizeBytes(), range.sizeBytes());
        Optional<String> absentWhy = segment.isCut()
                ? Optional.of(CUT)
                : Optional.of(LEFT_OUT).filter(why -> presentBytes < range.sizeBytes());
        return new MemoryRegion(
                range,
                permissions(segment.header()),
                false,
                file.map(entry -> entry.fileOffset()
                                + (range.start() - entry.range().start()))
                        .orElse(0L),
                file.map(MappedFiles.Entry::path).or(() -> kernelName(range, vector, threads)),
                presentBytes,
                absentWhy);
    }

    private static String permissions(ProgramHeader header) {
        return (header.isReadable() ? "r" : "-")
                + (header.isWritable() ? "w" : "-")
                + (header.isExecutable() ? "x" : "-");
    }

    /** "[vdso]", or "[stack]" for what holds the start block or else the first thread's stack. */
    private static Optional<String> kernelName(
            AddressRange range, AuxiliaryVector vector, List<ThreadSnapshot> threads) {
        OptionalLong vdso = vector.value(AuxiliaryVector.AT_SYSINFO_EHDR);
        if (vdso.isPresent() && range.contains(vdso.getAsLong())) {
            return Optional.of(CoreModules.VDSO);
        }
        OptionalLong onStack = vector.value(AuxiliaryVector.AT_RANDOM);
        if (onStack.isEmpty() && threads.size() == 1) {
            onStack = threads.getFirst()
                    .registers()
                    .map(registers -> registers.sp())
                    .orElse(OptionalLong.empty());
        }
        return onStack.isPresent() && range.contains(onStack.getAsLong())
                ? Optional.of("[stack]")
                : Optional.empty();
    }

    private boolean reportCut(CoreSegments segments, boolean cutBefore) {
        boolean segmentCut = segments.segments().stream().anyMatch(CoreSegments.Segment::isCut);
        boolean notesCut = core.programHeaders().stream()
                .anyMatch(header -> header.type() == ProgramHeader.PT_NOTE
                        && core.presentContent(header).sizeBytes() != header.fileSizeBytes());
        boolean tableCut = core.programHeaders().isEmpty();
        if (!segmentCut && !notesCut && !tableCut && !cutBefore) {
            return false;
        }
        diagnostics.report(
                core.bytes().name(),
                "%s: %d %% of its memory is there".formatted(CUT, percent(segments)),
                "what was cut off is reported as absent; copy the file again, or raise the"
                        + " limit that cut it");
        return true;
    }

    private static int percent(CoreSegments segments) {
        double stated = Math.max(1, unsignedAsDouble(segments.statedBytes()));
        return (int) Math.floor(100 * unsignedAsDouble(segments.presentBytes()) / stated);
    }

    private static double unsignedAsDouble(long value) {
        return value >= 0 ? value : (value >>> 1) * 2.0;
    }
}
