package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.core.ProcessNotes;
import dev.mortem.dump.memory.FileMemory;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.core.CoreAbi;
import dev.mortem.format.minidump.CaptureFacts;
import dev.mortem.format.minidump.MappingEntry;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.RegionEntry;
import dev.mortem.format.minidump.StreamType;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Mortem's own streams, read: what the standard ones tell, made whole again. A minidump without them is
 * what its standard streams say.
 */
final class OwnStreams {
    private static final String CUT = "the minidump is truncated";

    private final Optional<ProcessNotes> notes;
    private final List<MemoryRegion> regions;
    private final Map<AddressRange, List<MappingEntry>> mappings = new HashMap<>();
    private final Map<String, String> facts;

    private OwnStreams(
            Optional<ProcessNotes> notes, List<MemoryRegion> regions, Map<String, String> facts) {
        this.notes = notes;
        this.regions = regions;
        this.facts = facts;
    }

    /** @param standard what the standard streams say of the machine */
    static OwnStreams read(MinidumpFile file, Machine standard) {
        Map<String, String> facts = CaptureFacts.readAll(file);
        Optional<CoreAbi> abi = CoreAbi.of(machine(standard, facts));
        Optional<ByteSource> kept = file.stream(StreamType.MORTEM_NOTES);
        Optional<ProcessNotes> notes = kept.flatMap(content -> abi.map(known -> ProcessNotes.read(
                ElfNote.readAll(content, 4, file.limits(), file.diagnostics()),
                known,
                file.limits(),
                file.diagnostics())));
        OwnStreams own = new OwnStreams(notes, RegionEntry.readAll(file), facts);
        for (MappingEntry entry : MappingEntry.readAll(file)) {
            own.mappings
                    .computeIfAbsent(entry.module(), module -> new ArrayList<>())
                    .add(entry);
        }
        return own;
    }

    /** The x32 ABI has registers of 8 bytes and pointers of 4. */
    private static Machine machine(Machine standard, Map<String, String> facts) {
        boolean narrow = "4".equals(facts.get("pointerBytes"));
        return narrow && standard.pointerSizeBytes() == 8
                ? new Machine(
                        facts.getOrDefault("machine", standard.name()),
                        standard.cpu(),
                        4,
                        standard.order())
                : standard;
    }

    Machine machine(Machine standard) {
        return machine(standard, facts);
    }

    /** With all registers, the raw notes and the exact times, where they were kept. */
    List<ThreadSnapshot> threads(List<ThreadSnapshot> standard) {
        Map<Long, ThreadSnapshot> kept = new HashMap<>();
        notes.ifPresent(
                found -> found.threads().forEach(thread -> kept.putIfAbsent(thread.id(), thread)));
        return standard.stream()
                .map(thread -> Optional.ofNullable(kept.get(thread.id()))
                        .map(own -> merged(thread, own))
                        .orElse(thread))
                .toList();
    }

    private ThreadSnapshot merged(ThreadSnapshot standard, ThreadSnapshot own) {
        return new ThreadSnapshot(
                standard.id(),
                standard.name(),
                standard.state(),
                own.registers()
                        .or(standard::registers)
                        .map(registers -> known(standard.id(), registers)),
                own.notes(),
                own.userTime().or(standard::userTime),
                own.kernelTime().or(standard::kernelTime),
                standard.waitChannel(),
                standard.windows());
    }

    /** Without those that are zero in notes and contexts because nobody knew them. */
    private RegisterContext known(long threadId, RegisterContext registers) {
        String mask = facts.getOrDefault(OwnStreamList.REGISTERS + threadId, "");
        if (!mask.matches("[0-9a-f]{1,16}")) {
            return registers;
        }
        long validity = Long.parseUnsignedLong(mask, 16);
        RegisterContext known = registers;
        for (int index = 0; index < registers.cpu().registerNames().size(); index++) {
            known = (validity >>> index & 1) != 0 ? known : known.without(index);
        }
        return known;
    }

    CrashReason reason(CrashReason standard) {
        if ("unknown".equals(facts.get("reason"))) {
            return new CrashReason.Unknown();
        }
        boolean codeless = "signalWithoutCode".equals(facts.get("reason"));
        return notes.map(ProcessNotes::reason)
                .filter(own -> own instanceof CrashReason.Signal signal
                        && (codeless || signal.code().isPresent()))
                .orElse(standard);
    }

    List<RawNote> notes(List<RawNote> standard) {
        return notes.map(ProcessNotes::processNotes).orElse(standard);
    }

    LoadedModule module(LoadedModule standard) {
        List<MappingEntry> own = mappings.getOrDefault(standard.range(), List.of());
        return own.isEmpty()
                ? standard
                : new LoadedModule(
                        standard.range(),
                        standard.path(),
                        own.stream()
                                .map(entry -> new LoadedModule.Mapping(
                                        entry.mapping(), entry.fileOffset()))
                                .toList(),
                        standard.buildId(),
                        own.getFirst().deleted(),
                        standard.identity());
    }

    ProcessFacts facts(ProcessFacts standard) {
        ProcessFacts.Builder builder = standard.toBuilder();
        fact("image", builder::image);
        fact("executable", builder::executable);
        fact("user", builder::user);
        fact("host", builder::host);
        fact("startedAt", text -> time(text).ifPresent(builder::startedAt));
        fact("takenAt", text -> time(text).ifPresent(builder::takenAt));
        return builder.build();
    }

    private void fact(String name, Consumer<String> taker) {
        Optional.ofNullable(facts.get(name)).ifPresent(taker);
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException noTime) {
            return Optional.empty();
        }
    }

    /**
     * The regions as they were written, each with as much as the file still has of it; empty where there
     * are none, or where they follow no order.
     */
    Optional<List<MemoryRegion>> regions(List<FileMemory.Run> present) {
        AddressMap<FileMemory.Run> runAt =
                AddressMap.of(present, run -> AddressRange.ofSize(run.start(), run.sizeBytes()));
        List<MemoryRegion> whole = new ArrayList<>();
        for (MemoryRegion region : regions) {
            boolean ordered = whole.isEmpty() || isBelow(whole.getLast(), region);
            if (!ordered || region.range().isEmpty()) {
                return Optional.empty();
            }
            whole.add(withPresent(region, runAt));
        }
        return whole.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(whole));
    }

    private static boolean isBelow(MemoryRegion below, MemoryRegion region) {
        long last = below.range().start() + (below.range().sizeBytes() - 1);
        return Addresses.isBelow(last, region.range().start());
    }

    private static MemoryRegion withPresent(MemoryRegion region, AddressMap<FileMemory.Run> runAt) {
        long stated = Addresses.min(region.presentBytes(), region.range().sizeBytes());
        long there = 0;
        Optional<FileMemory.Run> run = runAt.at(region.range().start());
        while (run.isPresent() && Addresses.isBelow(there, stated)) {
            long skipped = region.range().start() + there - run.get().start();
            there += run.get().sizeBytes() - skipped;
            run = runAt.at(region.range().start() + there);
        }
        long presentBytes = Addresses.min(there, stated);
        return new MemoryRegion(
                region.range(),
                region.permissions(),
                region.shared(),
                region.fileOffset(),
                region.path(),
                presentBytes,
                presentBytes == stated ? region.absentWhy() : Optional.of(CUT));
    }
}
