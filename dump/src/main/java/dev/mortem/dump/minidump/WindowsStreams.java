package dev.mortem.dump.minidump;

import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.format.minidump.AssertionInfo;
import dev.mortem.format.minidump.HandleEntry;
import dev.mortem.format.minidump.MinidumpHead;
import dev.mortem.format.minidump.MinidumpType;
import dev.mortem.format.minidump.ProcessVmCounters;
import dev.mortem.format.minidump.SystemMemoryInfo;
import dev.mortem.format.minidump.UnloadedModuleEntry;

import java.util.Optional;

/** The streams that only a process of Windows has. */
final class WindowsStreams {
    private final WindowsFacts facts;
    private final long flags;
    private final MinidumpHead head;

    WindowsStreams(WindowsFacts facts, long flags, MinidumpHead head) {
        this.facts = facts;
        this.flags = flags;
        this.head = head;
    }

    void write() {
        if (!facts.unloaded().isEmpty()
                && MinidumpType.has(flags, MinidumpType.WITH_UNLOADED_MODULES)) {
            UnloadedModuleEntry.write(
                    facts.unloaded().stream()
                            .map(module -> new UnloadedModuleEntry(
                                    module.range(),
                                    module.checkSum(),
                                    module.timeDateStamp(),
                                    Optional.of(module.name())))
                            .toList(),
                    head);
        }
        if (!facts.handles().isEmpty() && MinidumpType.has(flags, MinidumpType.WITH_HANDLE_DATA)) {
            HandleEntry.write(
                    facts.handles().stream().map(WindowsStreams::entry).toList(), head);
        }
        facts.counters().map(WindowsStreams::counters).ifPresent(found -> found.write(head));
        facts.system()
                .filter(found -> found.pageSizeBytes() != 0)
                .map(WindowsStreams::system)
                .ifPresent(found -> found.write(head));
        facts.assertion()
                .map(found -> new AssertionInfo(
                        found.expression(),
                        found.function(),
                        found.file(),
                        found.line(),
                        AssertionInfo.typeOf(found.kind())))
                .ifPresent(found -> found.write(head));
    }

    private static HandleEntry entry(WindowsFacts.OpenHandle handle) {
        return new HandleEntry(
                handle.handle(),
                handle.type(),
                handle.name(),
                handle.grantedAccess(),
                handle.handleCount(),
                handle.pointerCount(),
                handle.owner()
                        .map(owner -> new HandleEntry.Owner(owner.processId(), owner.threadId())));
    }

    private static ProcessVmCounters counters(WindowsFacts.MemoryCounters counters) {
        return new ProcessVmCounters(
                counters.pageFaults(),
                counters.peakWorkingSetBytes(),
                counters.workingSetBytes(),
                counters.pagefileBytes(),
                counters.peakPagefileBytes(),
                counters.privateBytes(),
                counters.peakVirtualBytes(),
                counters.virtualBytes(),
                counters.privateWorkingSetBytes(),
                counters.jobCommitLimitBytes());
    }

    private static SystemMemoryInfo system(WindowsFacts.SystemMemory system) {
        long page = system.pageSizeBytes();
        return new SystemMemoryInfo(
                page,
                system.physicalBytes() / page,
                system.availableBytes() / page,
                system.committedBytes() / page,
                system.commitLimitBytes() / page,
                system.peakCommitBytes() / page);
    }
}
