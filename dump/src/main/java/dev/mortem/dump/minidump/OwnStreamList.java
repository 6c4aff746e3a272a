package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.copy.MemoryPlan;
import dev.mortem.dump.core.CoreNoteList;
import dev.mortem.format.elf.core.CoreAbi;
import dev.mortem.format.minidump.CaptureFacts;
import dev.mortem.format.minidump.MappingEntry;
import dev.mortem.format.minidump.MinidumpHead;
import dev.mortem.format.minidump.RegionEntry;
import dev.mortem.format.minidump.StreamType;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Mortem's own streams, written: what a process of Linux has and a minidump has no place for. */
final class OwnStreamList {
    /** The name of a fact, with a thread's id behind: which registers were known, where not all were. */
    static final String REGISTERS = "registers.";

    private static final String RESERVED = "reserved, and nothing was written there yet";

    private final ProcessSnapshot snapshot;
    private final List<MemoryPlan> plans;
    private final MinidumpHead head;

    OwnStreamList(ProcessSnapshot snapshot, List<MemoryPlan> plans, MinidumpHead head) {
        this.snapshot = snapshot;
        this.plans = plans;
        this.head = head;
    }

    /** @param withRegions whether the snapshot's regions are facts */
    void write(boolean withRegions) {
        CoreAbi.of(snapshot.machine())
                .ifPresent(abi ->
                        head.stream(StreamType.MORTEM_NOTES, CoreNoteList.bytes(snapshot, abi)));
        if (withRegions) {
            RegionEntry.write(plans.stream().map(OwnStreamList::written).toList(), head);
        }
        mappings();
        CaptureFacts.write(facts(), head);
    }

    /** The region, as much of it as the file has. */
    private static MemoryRegion written(MemoryPlan plan) {
        MemoryRegion region = plan.region();
        return new MemoryRegion(
                region.range(),
                region.permissions(),
                region.shared(),
                region.fileOffset(),
                region.path(),
                plan.fileSizeBytes(),
                plan.fileSizeBytes() == region.presentBytes()
                        ? region.absentWhy()
                        : Optional.of(RESERVED));
    }

    private void mappings() {
        List<MappingEntry> mappings = new ArrayList<>();
        for (LoadedModule module : snapshot.modules()) {
            for (LoadedModule.Mapping mapping : module.mappings()) {
                mappings.add(new MappingEntry(
                        module.range(), mapping.range(), mapping.fileOffset(), module.deleted()));
            }
        }
        MappingEntry.write(mappings, head);
    }

    private Map<String, String> facts() {
        ProcessFacts known = snapshot.process();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("machine", snapshot.machine().name());
        facts.put("pointerBytes", Integer.toString(snapshot.machine().pointerSizeBytes()));
        if (snapshot.reason() instanceof CrashReason.Unknown) {
            facts.put("reason", "unknown");
        } else if (snapshot.reason() instanceof CrashReason.Signal signal
                && signal.code().isEmpty()
                && signal.address().isEmpty()) {
            facts.put("reason", "signalWithoutCode");
        }
        known.image().ifPresent(image -> facts.put("image", image));
        known.executable().ifPresent(path -> facts.put("executable", path));
        known.user().ifPresent(user -> facts.put("user", user));
        known.host().ifPresent(host -> facts.put("host", host));
        known.startedAt().ifPresent(time -> facts.put("startedAt", time.toString()));
        known.takenAt().ifPresent(time -> facts.put("takenAt", time.toString()));
        for (ThreadSnapshot thread : snapshot.threads()) {
            thread.registers().ifPresent(registers -> {
                int count = registers.cpu().registerNames().size();
                long mask = 0;
                for (int index = 0; index < count; index++) {
                    mask |= registers.isKnown(index) ? 1L << index : 0;
                }
                if (Long.bitCount(mask) < count) {
                    facts.putIfAbsent(REGISTERS + thread.id(), Long.toHexString(mask));
                }
            });
        }
        return facts;
    }
}
