package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.DumpDetails;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.format.minidump.Comments;
import dev.mortem.format.minidump.CrashpadInfo;
import dev.mortem.format.minidump.ExceptionStream;
import dev.mortem.format.minidump.LinuxStreams;
import dev.mortem.format.minidump.MemoryInfo;
import dev.mortem.format.minidump.MemoryRange;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.MinidumpType;
import dev.mortem.format.minidump.MiscInfo;
import dev.mortem.format.minidump.ModuleEntry;
import dev.mortem.format.minidump.StreamType;
import dev.mortem.format.minidump.SystemInfo;
import dev.mortem.format.minidump.ThreadEntry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads a minidump of any system: what its streams say, and what the process's own memory adds. Every
 * stream is optional; what is broken or absent is a diagnostic.
 */
public final class MinidumpReader {
    /** MD_EXCEPTION_CODE_LIN_DUMP_REQUESTED: nothing failed, somebody wanted a dump. */
    private static final long DUMP_REQUESTED = 0xffff_ffffL;

    /** Crashpad's kMachExceptionSimulated, "CPsx" (mach_extensions.h): likewise. */
    private static final long SIMULATED_ON_MACH = 0x4350_7378L;

    private static final int NT_AUXV = 6;

    private final MinidumpFile file;
    private final Limits limits;
    private final DiagnosticLog diagnostics;
    private final Optional<SystemInfo> system;
    private final Optional<MiscInfo> misc;
    private final Optional<ExceptionStream> exception;
    private final List<ThreadEntry> threadEntries;
    private final List<ModuleEntry> moduleEntries;
    private final List<FileMemory.Run> runs = new ArrayList<>();
    private long statedBytes;
    private long presentBytes;

    private MinidumpReader(MinidumpFile file, DiagnosticLog diagnostics) {
        this.file = file;
        this.limits = file.limits();
        this.diagnostics = diagnostics;
        this.system = SystemInfo.read(file);
        this.misc = MiscInfo.read(file);
        this.exception = ExceptionStream.read(file);
        this.threadEntries = ThreadEntry.readAll(file);
        this.moduleEntries = ModuleEntry.readAll(file);
    }

    /**
     * Reads all but the memory, which is read in place later.
     *
     * @param bytes the whole file, or as much of it as there is
     * @param cutBefore whether the file's end is known to be missing
     * @param release called when the snapshot is closed
     * @throws MalformedException when this is no minidump at all
     */
    public static FileSnapshot read(
            ByteSource bytes,
            boolean cutBefore,
            Limits limits,
            DiagnosticLog diagnostics,
            Runnable release)
            throws MalformedException {
        MinidumpFile file = MinidumpFile.read(bytes, limits, diagnostics);
        return new MinidumpReader(file, diagnostics).snapshot(cutBefore, release);
    }

    private FileSnapshot snapshot(boolean cutBefore, Runnable release) {
        Machine standard = MinidumpMachine.of(file, system, threadEntries, exception);
        OwnStreams own = OwnStreams.read(file, standard);
        Machine dumped = own.machine(standard);
        locateMemory();
        List<FileMemory.Run> present = FileMemory.disjoint(runs);
        MemoryReader asDumped = FileMemory.of(dumped, file.bytes(), present);
        Optional<Wow64> wow64 = isWindows()
                ? Wow64.of(file, asDumped, moduleEntries, threadEntries, exception)
                : Optional.empty();
        Machine machine = wow64.isPresent() ? Machine.of(Cpu.X86) : dumped;
        MemoryReader memory =
                wow64.isPresent() ? FileMemory.of(machine, file.bytes(), present) : asDumped;
        MinidumpThreads threads = new MinidumpThreads(file, system, exception, wow64);
        EnvironmentBlocks blocks = new EnvironmentBlocks(
                memory, limits, isWindows() ? threads.tebs(threadEntries) : List.of());
        List<MappedFile> maps = LinuxStreams.text(file, StreamType.LINUX_MAPS)
                .map(MappedFile::parse)
                .orElse(List.of());
        List<EnvironmentBlocks.LoaderEntry> loaded = blocks.loaderEntries();
        List<LoadedModule> modules =
                modules(maps, loaded).stream().map(own::module).toList();
        boolean truncated = reportCut(cutBefore);
        MinidumpFacts facts = new MinidumpFacts(file, system, misc, moduleEntries, blocks, loaded);
        return new FileSnapshot(
                new FileSnapshot.Content(
                        machine,
                        own.facts(facts.process(modules)),
                        own.threads(threads.of(
                                threadEntries,
                                isWindows() ? Optional.of(blocks) : Optional.empty())),
                        modules,
                        own.regions(present)
                                .orElseGet(() -> MinidumpRegions.of(
                                        MemoryInfo.readAll(file), maps, modules, present)),
                        memory,
                        own.reason(reason(memory)),
                        own.notes(notes()),
                        details(),
                        isWindows() ? Optional.of(facts.windows()) : Optional.empty()),
                truncated,
                percent(),
                diagnostics,
                release);
    }

    /** The lists of memory, and the stacks, which some writers name only with their threads. */
    private void locateMemory() {
        for (MemoryRange range : MemoryRange.readAll(file)) {
            locate(range.range(), range.fileOffset());
        }
        for (ThreadEntry thread : threadEntries) {
            if (thread.stackRva() != 0) {
                locate(thread.stack(), thread.stackRva());
            }
        }
    }

    private void locate(AddressRange range, long fileOffset) {
        long fileBytes = file.bytes().sizeBytes();
        long left = Addresses.isBelow(fileOffset, fileBytes) ? fileBytes - fileOffset : 0;
        long here = Addresses.min(range.sizeBytes(), left);
        statedBytes = saturated(statedBytes, range.sizeBytes());
        presentBytes = saturated(presentBytes, here);
        if (here > 0) {
            runs.add(new FileMemory.Run(range.start(), fileOffset, here));
        }
    }

    private static long saturated(long sum, long sizeBytes) {
        long next = sum + sizeBytes;
        return sizeBytes < 0 || next < sum ? Long.MAX_VALUE : next;
    }

    private List<LoadedModule> modules(
            List<MappedFile> maps, List<EnvironmentBlocks.LoaderEntry> loaded) {
        List<LoadedModule> modules = MinidumpModules.of(file, moduleEntries, maps);
        if (!modules.isEmpty() || loaded.isEmpty()) {
            return modules;
        }
        diagnostics.report(
                file.bytes().name() + ": ModuleList",
                "the dump lists no modules",
                "they are taken from the loader's own list in the process");
        return loaded.stream()
                .map(entry -> new LoadedModule(
                        entry.range(),
                        entry.path(),
                        List.of(new LoadedModule.Mapping(entry.range(), 0)),
                        Optional.empty(),
                        false,
                        Optional.of(identity(entry))))
                .sorted(Comparator.comparing(LoadedModule::range))
                .toList();
    }

    private static ImageIdentity identity(EnvironmentBlocks.LoaderEntry entry) {
        return new ImageIdentity(
                Optional.of(new CodeId(
                                (int) entry.timeDateStamp(), (int) entry.range().sizeBytes()))
                        .filter(id -> id.timeDateStamp() != 0),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** A dump that does not tell its system is taken as Windows's: others always tell. */
    private boolean isWindows() {
        return system.map(found -> found.systemName().equals("Windows")).orElse(true);
    }

    private CrashReason reason(MemoryReader memory) {
        if (exception.isEmpty()) {
            boolean mayBeLost = file.streams().size() < file.header().streamCount()
                    || file.streams().stream()
                            .anyMatch(stream -> stream.type() == StreamType.EXCEPTION);
            return mayBeLost ? new CrashReason.Unknown() : new CrashReason.OnDemand();
        }
        ExceptionStream fault = exception.get();
        long code = fault.record().code();
        if (isWindows()) {
            return new CrashReason.WindowsException(
                    fault.record(),
                    NestedExceptions.read(fault.nestedRecord(), memory, limits),
                    fault.threadId());
        }
        String name = system.map(SystemInfo::systemName).orElse("");
        if (name.equals("macOS") || name.equals("iOS")) {
            return code == SIMULATED_ON_MACH
                    ? new CrashReason.OnDemand()
                    : new CrashReason.MachException(
                            code,
                            fault.record().flags(),
                            fault.record().address(),
                            fault.threadId());
        }
        if (code == DUMP_REQUESTED) {
            return new CrashReason.OnDemand();
        }
        // writers of old put no si_code there, and 0 would say that somebody sent the signal
        int siCode = (int) fault.record().flags();
        return new CrashReason.Signal(
                (int) code,
                siCode == 0 ? OptionalInt.empty() : OptionalInt.of(siCode),
                OptionalLong.of(fault.record().address()),
                OptionalLong.empty(),
                fault.threadId());
    }

    private List<RawNote> notes() {
        return LinuxStreams.bytes(file, StreamType.LINUX_AUXV)
                .map(content -> List.of(new RawNote("CORE", NT_AUXV, content)))
                .orElse(List.of());
    }

    private DumpDetails details() {
        long flags = file.header().flags();
        boolean knows = (flags & ~MinidumpType.VALID_FLAGS) == 0;
        List<String> comments = Comments.readAll(file);
        return new DumpDetails(
                knows ? Optional.of(MinidumpType.kind(flags)) : Optional.empty(),
                OptionalLong.of(flags),
                comments,
                CrashpadInfo.annotations(file),
                file.streams().stream()
                        .filter(stream -> stream.type() != StreamType.UNUSED)
                        .map(MinidumpFile.Stream::name)
                        .distinct()
                        .toList(),
                ProcDumpComment.find(comments));
    }

    private boolean reportCut(boolean cutBefore) {
        boolean cut = cutBefore || file.hasCutStream() || presentBytes < statedBytes;
        if (cut) {
            diagnostics.report(
                    file.bytes().name(),
                    "the minidump is truncated: %d %% of its memory is there".formatted(percent()),
                    "what was cut off is reported as absent; copy the file again");
        }
        return cut;
    }

    private int percent() {
        return statedBytes == 0 ? 100 : (int) Math.floor(100.0 * presentBytes / statedBytes);
    }
}
