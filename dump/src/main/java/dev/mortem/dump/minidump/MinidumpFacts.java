package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.format.minidump.AssertionInfo;
import dev.mortem.format.minidump.FunctionTableEntry;
import dev.mortem.format.minidump.HandleEntry;
import dev.mortem.format.minidump.LinuxStreams;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.MiscInfo;
import dev.mortem.format.minidump.ModuleEntry;
import dev.mortem.format.minidump.ProcessVmCounters;
import dev.mortem.format.minidump.StreamType;
import dev.mortem.format.minidump.SystemInfo;
import dev.mortem.format.minidump.SystemMemoryInfo;
import dev.mortem.format.minidump.TokenEntry;
import dev.mortem.format.minidump.UnloadedModuleEntry;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** What a minidump tells of the process as a whole and of its machine. */
final class MinidumpFacts {
    private static final String DESCRIPTION = "DISTRIB_DESCRIPTION=";

    private final MinidumpFile file;
    private final Optional<SystemInfo> system;
    private final Optional<MiscInfo> misc;
    private final List<ModuleEntry> listed;
    private final EnvironmentBlocks blocks;
    private final List<EnvironmentBlocks.LoaderEntry> loaded;

    MinidumpFacts(
            MinidumpFile file,
            Optional<SystemInfo> system,
            Optional<MiscInfo> misc,
            List<ModuleEntry> listed,
            EnvironmentBlocks blocks,
            List<EnvironmentBlocks.LoaderEntry> loaded) {
        this.file = file;
        this.system = system;
        this.misc = misc;
        this.listed = listed;
        this.blocks = blocks;
        this.loaded = loaded;
    }

    ProcessFacts process(List<LoadedModule> modules) {
        ProcessFacts.Builder facts = ProcessFacts.builder();
        misc.map(MiscInfo::processId)
                .filter(OptionalLong::isPresent)
                .or(() -> Optional.of(linuxPid()))
                .ifPresent(pid -> pid.ifPresent(facts::pid));
        misc.flatMap(MiscInfo::startedAt).ifPresent(facts::startedAt);
        if (file.header().timeDateStamp() != 0) {
            facts.takenAt(Instant.ofEpochSecond(file.header().timeDateStamp()));
        }
        if (system.isPresent()) {
            facts.os(
                    system.get().systemName(),
                    distribution()
                            .map(name -> name + ", " + system.get().systemVersion())
                            .orElse(system.get().systemVersion()));
            if (system.get().processorCount() > 0) {
                facts.cpuCount(system.get().processorCount());
            }
        } else {
            facts.os("Windows", "of an unknown version");
        }
        blocks.image().or(() -> program(modules)).ifPresent(path -> {
            facts.executable(path);
            facts.image(
                    path.substring(1 + Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/'))));
        });
        commandLine(facts);
        return facts.build();
    }

    private void commandLine(ProcessFacts.Builder facts) {
        Optional<String> line = blocks.commandLine();
        if (line.isPresent()) {
            facts.commandLine(WindowsArguments.split(line.get()));
            facts.environment(blocks.environment());
            return;
        }
        LinuxStreams.text(file, StreamType.LINUX_CMD_LINE)
                .map(MinidumpFacts::nulTerminated)
                .ifPresent(facts::commandLine);
        LinuxStreams.text(file, StreamType.LINUX_ENVIRON)
                .map(MinidumpFacts::nulTerminated)
                .ifPresent(facts::environment);
    }

    /** Each text ends with a NUL, an empty argument too; the last one may be cut. */
    private static List<String> nulTerminated(String text) {
        String ended = text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
        return ended.isEmpty() ? List.of() : List.of(ended.split("\0", -1));
    }

    /** "Ubuntu 14.04.5 LTS": what /etc/lsb-release says of itself (Linux Standard Base, lsb_release). */
    private Optional<String> distribution() {
        return LinuxStreams.text(file, StreamType.LINUX_LSB_RELEASE).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(DESCRIPTION))
                .map(line ->
                        line.substring(DESCRIPTION.length()).replace("\"", "").strip())
                .filter(name -> !name.isEmpty())
                .findFirst();
    }

    private OptionalLong linuxPid() {
        return LinuxStreams.text(file, StreamType.LINUX_PROC_STATUS).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith("Pid:"))
                .map(line -> line.substring(4).strip())
                .filter(number -> number.matches("\\d{1,10}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    /** The module that is the program: writers put it first, and it is an .exe on Windows. */
    private Optional<String> program(List<LoadedModule> modules) {
        Optional<String> exe = modules.stream()
                .map(LoadedModule::path)
                .filter(path -> path.toLowerCase(Locale.ROOT).endsWith(".exe"))
                .findFirst();
        return exe.or(this::firstListed);
    }

    private Optional<String> firstListed() {
        return listed.stream().flatMap(module -> module.name().stream()).findFirst();
    }

    WindowsFacts windows() {
        return new WindowsFacts(
                blocks.peb(),
                blocks.currentDirectory(),
                blocks.desktop(),
                misc.flatMap(MiscInfo::buildText),
                UnloadedModuleEntry.readAll(file).stream()
                        .map(module -> new WindowsFacts.UnloadedModule(
                                module.range(),
                                module.name().orElse("unknown"),
                                module.timeDateStamp(),
                                module.checkSum()))
                        .sorted(Comparator.comparing(WindowsFacts.UnloadedModule::range))
                        .toList(),
                HandleEntry.readAll(file).stream().map(MinidumpFacts::handle).toList(),
                HandleEntry.count(file),
                blocks.heaps(),
                ProcessVmCounters.read(file).map(MinidumpFacts::counters),
                SystemMemoryInfo.read(file).flatMap(MinidumpFacts::system),
                TokenEntry.readAll(file).stream().map(TokenEntry::sizeBytes).toList(),
                FunctionTableEntry.readAll(file).stream()
                        .map(table -> new WindowsFacts.FunctionTable(
                                table.code(),
                                table.base(),
                                table.entries(),
                                table.entrySizeBytes()))
                        .toList(),
                AssertionInfo.read(file)
                        .map(info -> new WindowsFacts.Assertion(
                                info.kind(),
                                info.expression(),
                                info.function(),
                                info.file(),
                                info.line())),
                loaded.stream().map(entry -> entry.range().start()).toList());
    }

    private static WindowsFacts.OpenHandle handle(HandleEntry entry) {
        return new WindowsFacts.OpenHandle(
                entry.handle(),
                entry.type(),
                entry.name(),
                entry.grantedAccess(),
                entry.handleCount(),
                entry.pointerCount(),
                entry.owner()
                        .map(owner -> new WindowsFacts.Owner(owner.processId(), owner.threadId())));
    }

    private static WindowsFacts.MemoryCounters counters(ProcessVmCounters counters) {
        return new WindowsFacts.MemoryCounters(
                counters.pageFaults(),
                counters.workingSetBytes(),
                counters.peakWorkingSetBytes(),
                counters.pagefileBytes(),
                counters.peakPagefileBytes(),
                counters.privateBytes(),
                counters.virtualBytes(),
                counters.peakVirtualBytes(),
                counters.privateWorkingSetBytes(),
                counters.jobPrivateCommitLimitBytes());
    }

    /** Empty where its numbers cannot be those of a machine: the product passes what a long holds. */
    private static Optional<WindowsFacts.SystemMemory> system(SystemMemoryInfo info) {
        long page = info.pageSizeBytes();
        boolean sound = page > 0
                && LongStream.of(
                                info.physicalPages(),
                                info.availablePages(),
                                info.committedPages(),
                                info.commitLimitPages(),
                                info.peakCommitPages())
                        .allMatch(pages -> pages >= 0 && pages <= Long.MAX_VALUE / page);
        return sound
                ? Optional.of(new WindowsFacts.SystemMemory(
                        page,
                        info.physicalPages() * page,
                        info.availablePages() * page,
                        info.committedPages() * page,
                        info.commitLimitPages() * page,
                        info.peakCommitPages() * page))
                : Optional.empty();
    }
}
