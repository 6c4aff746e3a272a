package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.dump.copy.MemoryPlan;
import dev.mortem.dump.reduce.ThreadStacks;
import dev.mortem.format.minidump.Comments;
import dev.mortem.format.minidump.ExceptionStream;
import dev.mortem.format.minidump.MemoryInfo;
import dev.mortem.format.minidump.MemoryRange;
import dev.mortem.format.minidump.MinidumpHead;
import dev.mortem.format.minidump.MinidumpHead.Location;
import dev.mortem.format.minidump.MinidumpType;
import dev.mortem.format.minidump.ModuleEntry;
import dev.mortem.format.minidump.ThreadEntry;
import dev.mortem.format.minidump.ThreadInfo;
import dev.mortem.format.minidump.ThreadNames;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The streams of a minidump that any process has, in the order in which they are written. */
final class MinidumpStreams {
    /** STILL_ACTIVE: the exit status of a thread that runs. */
    private static final long STILL_ACTIVE = 259;

    private final ProcessSnapshot snapshot;
    private final MinidumpOptions options;
    private final List<MemoryPlan> plans;
    private final boolean wide;
    private final MinidumpHead head = new MinidumpHead();
    private final Map<Long, Location> contexts = new LinkedHashMap<>();

    /**
     * @param snapshot with the memory that is to be written
     * @param plans of every region, with its place in the file
     * @param wide whether places may lie beyond 4 GiB
     */
    MinidumpStreams(
            ProcessSnapshot snapshot,
            MinidumpOptions options,
            List<MemoryPlan> plans,
            boolean wide) {
        this.snapshot = snapshot;
        this.options = options;
        this.plans = plans;
        this.wide = wide;
    }

    /** All bytes before the memory. */
    byte[] head(int alignment) {
        SystemStreams system = new SystemStreams(snapshot, head);
        system.write();
        threads();
        threadNames();
        if (asks(MinidumpType.WITH_THREAD_INFO)) {
            threadInfos();
        }
        ModuleEntry.write(ModuleEntries.of(snapshot), head);
        exception();
        if (tellsRegions() && asks(MinidumpType.WITH_FULL_MEMORY_INFO)) {
            memoryInfos(system.isWindows());
        }
        Comments.write(snapshot.details().comments(), head);
        snapshot.windows()
                .ifPresent(facts -> new WindowsStreams(facts, options.flags(), head).write());
        if (system.isLinux()) {
            new LinuxFiles(snapshot, options, head).write(tellsRegions());
        }
        if (!system.isWindows()) {
            new OwnStreamList(snapshot, plans, head).write(tellsRegions());
        }
        memory();
        long takenAt = snapshot.process().takenAt().map(Instant::getEpochSecond).orElse(0L);
        return head.bytes(takenAt, options.statedFlags(), alignment);
    }

    private boolean asks(long bit) {
        return MinidumpType.has(options.flags(), bit);
    }

    /** A minidump without such a list has regions that were guessed: they are not passed on as facts. */
    private boolean tellsRegions() {
        List<String> contents = snapshot.details().contents();
        return contents.isEmpty()
                || contents.contains("MemoryInfoList")
                || contents.contains("LinuxMaps")
                || contents.contains("MortemRegions");
    }

    private void threads() {
        ThreadStacks stacks = new ThreadStacks(snapshot);
        AddressMap<MemoryPlan> planAt = AddressMap.of(
                plans.stream().filter(plan -> plan.fileSizeBytes() != 0).toList(),
                MinidumpStreams::range);
        List<ThreadEntry> entries = new ArrayList<>();
        for (ThreadSnapshot thread : snapshot.threads()) {
            contexts.put(
                    thread.id(), ContextParts.context(thread).map(head::put).orElse(Location.NONE));
            Optional<AddressRange> stack = stacks.of(thread);
            Optional<MemoryPlan> plan = stack.flatMap(range -> planAt.at(range.start()));
            AddressRange present = stack.flatMap(
                            range -> plan.map(found -> range(found).intersection(range)))
                    .orElse(new AddressRange(0, 0));
            long rva = plan.filter(found -> !wide)
                    .map(found -> found.fileOffset()
                            + (present.start() - found.region().range().start()))
                    .orElse(0L);
            entries.add(new ThreadEntry(
                    thread.id(),
                    thread.windows().map(WindowsThread::suspendCount).orElse(0L),
                    thread.windows().map(WindowsThread::priorityClass).orElse(0L),
                    thread.windows().map(WindowsThread::priority).orElse(0L),
                    orZero(thread.windows().map(WindowsThread::teb)),
                    present,
                    rva,
                    Optional.empty()));
        }
        ThreadEntry.write(
                entries,
                snapshot.threads().stream()
                        .map(thread -> contexts.getOrDefault(thread.id(), Location.NONE))
                        .toList(),
                head);
    }

    private static AddressRange range(MemoryPlan plan) {
        return AddressRange.ofSize(plan.region().range().start(), plan.fileSizeBytes());
    }

    private static long orZero(Optional<OptionalLong> value) {
        return value.orElse(OptionalLong.empty()).orElse(0);
    }

    private void threadNames() {
        Map<Long, String> names = new LinkedHashMap<>();
        for (ThreadSnapshot thread : snapshot.threads()) {
            thread.name().ifPresent(name -> names.putIfAbsent(thread.id(), name));
        }
        ThreadNames.write(names, head);
    }

    private void threadInfos() {
        List<ThreadInfo> infos = new ArrayList<>();
        for (ThreadSnapshot thread : snapshot.threads()) {
            Optional<WindowsThread> windows = thread.windows();
            long start = orZero(windows.map(WindowsThread::startAddress));
            Optional<Instant> createdAt = windows.flatMap(WindowsThread::createdAt);
            boolean knows = start != 0
                    || createdAt.isPresent()
                    || thread.userTime().isPresent()
                    || thread.kernelTime().isPresent();
            boolean wrote = windows.filter(WindowsThread::wroteDump).isPresent();
            boolean ended =
                    windows.filter(found -> found.exitStatus().isPresent()).isPresent();
            infos.add(new ThreadInfo(
                    thread.id(),
                    (knows ? 0 : ThreadInfo.INVALID_INFO)
                            | (wrote ? ThreadInfo.WRITING_THREAD : 0)
                            | (ended ? ThreadInfo.EXITED_THREAD : 0),
                    ended ? orZero(windows.map(WindowsThread::exitStatus)) : STILL_ACTIVE,
                    createdAt,
                    thread.kernelTime(),
                    thread.userTime(),
                    start));
        }
        ThreadInfo.write(infos, head);
    }

    /** A signal's number, code and address stand as Breakpad puts them there (exception_handler.cc). */
    private void exception() {
        switch (snapshot.reason()) {
            case CrashReason.WindowsException fault -> exception(fault.threadId(), fault.record());
            case CrashReason.Signal signal ->
                exception(
                        signal.threadId(),
                        new ExceptionRecord(
                                signal.number(),
                                Integer.toUnsignedLong(signal.code().orElse(0)),
                                signal.address().orElse(0),
                                List.of()));
            case CrashReason.MachException fault ->
                exception(
                        fault.threadId(),
                        new ExceptionRecord(
                                fault.type(), fault.code(), fault.address(), List.of()));
            case CrashReason.OnDemand _, CrashReason.Unknown _ -> {} // nothing to tell
        }
    }

    private void exception(long threadId, ExceptionRecord record) {
        new ExceptionStream(threadId, record, 0, Optional.empty())
                .write(contexts.getOrDefault(threadId, Location.NONE), head);
    }

    private void memoryInfos(boolean windows) {
        AddressMap<LoadedModule> modules = AddressMap.of(snapshot.modules(), LoadedModule::range);
        List<MemoryInfo> infos = new ArrayList<>();
        for (MemoryRegion region : snapshot.regions()) {
            boolean image = modules.at(region.range().start())
                    .filter(module ->
                            region.path().filter(module.path()::equals).isPresent())
                    .isPresent();
            long type = region.shared()
                    ? MemoryInfo.MAPPED
                    : image ? MemoryInfo.IMAGE : MemoryInfo.PRIVATE;
            boolean reserved = windows && region.permissions().equals("---");
            infos.add(
                    reserved
                            ? new MemoryInfo(
                                    region.range(),
                                    region.range().start(),
                                    MemoryInfo.RESERVE,
                                    0,
                                    type)
                            : MemoryInfo.committed(region.range(), region.permissions(), type));
        }
        MemoryInfo.write(infos, head);
    }

    private void memory() {
        List<MemoryRange> ranges = new ArrayList<>();
        for (MemoryPlan plan : plans) {
            if (plan.fileSizeBytes() != 0) {
                ranges.add(new MemoryRange(range(plan), plan.fileOffset()));
            }
        }
        if (wide) {
            long base = ranges.isEmpty() ? 0 : ranges.getFirst().fileOffset();
            MemoryRange.writeList64(ranges, base, head);
        } else {
            MemoryRange.writeList(ranges, head);
        }
    }
}
