package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.format.minidump.MinidumpType;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The memory that a MINIDUMP_TYPE asks for, as "MINIDUMP_TYPE enumeration" of Microsoft Learn tells it.
 * On Linux data and code segments are what of a module can be written and executed, and process data is
 * the dynamic linker's list, by which debuggers find libraries.
 */
final class ChosenMemory {
    /** Before and behind an address that something points to. */
    private static final int AROUND_BYTES = 512;

    /** Code around a program counter, to be disassembled. */
    private static final int CODE_BYTES = 256;

    /** Of each stack, the part whose words are followed: its youngest frames. */
    private static final int FOLLOWED_BYTES = 256 << 10;

    /** What is taken because something points to it: 64 Ki places, the bound of a dump that is small. */
    private static final long REFERENCED_BYTES_MAX = 64L << 20;

    private static final int PAGE_BYTES = 4096;

    /** The thread's block, of which the last known field lies below 0x1840. */
    private static final int TEB_BYTES = 0x2000;

    private final ProcessSnapshot snapshot;
    private final long flags;
    private final AddressMap<MemoryRegion> regionAt;
    private final List<AddressRange> chosen = new ArrayList<>();
    private final List<AddressRange> headers = new ArrayList<>();
    private final List<AddressRange> stacks = new ArrayList<>();
    private final Set<Long> followed = new HashSet<>();
    private AddressMap<AddressRange> stackAt = AddressMap.of(List.of(), range -> range);
    private long referencedBytes;

    private ChosenMemory(ProcessSnapshot snapshot, long flags) {
        this.snapshot = snapshot;
        this.flags = flags;
        this.regionAt = AddressMap.of(snapshot.regions(), MemoryRegion::range);
    }

    /**
     * What was chosen.
     *
     * @param ranges by ascending address, none touching another; not all need be present
     * @param stacks those of the threads, in their order
     * @param files parts of the ranges that are as they are in files: nothing of the process's own
     */
    record Choice(List<AddressRange> ranges, List<AddressRange> stacks, List<AddressRange> files) {}

    /** @param alignment of the ranges, a power of 2 */
    static Choice of(ProcessSnapshot snapshot, long flags, int alignment) {
        ChosenMemory memory = new ChosenMemory(snapshot, flags);
        memory.choose();
        List<AddressRange> wide = memory.chosen.stream()
                .map(range -> AddressRanges.widened(range, alignment))
                .toList();
        return new Choice(
                AddressRanges.merged(wide),
                List.copyOf(memory.stacks),
                AddressRanges.merged(memory.headers));
    }

    private void choose() {
        ThreadStacks finder = new ThreadStacks(snapshot);
        for (ThreadSnapshot thread : snapshot.threads()) {
            finder.of(thread).ifPresent(stacks::add);
        }
        chosen.addAll(stacks);
        stackAt = AddressMap.of(AddressRanges.merged(stacks), range -> range);
        chooseRegions();
        if (asks(MinidumpType.WITH_MODULE_HEADERS)) {
            for (LoadedModule module : snapshot.modules()) {
                boolean kernels = module.path().startsWith("[");
                chooseHeader(
                        kernels ? module.range() : AddressRange.ofSize(module.base(), PAGE_BYTES));
            }
        }
        if (asks(MinidumpType.WITH_INDIRECTLY_REFERENCED_MEMORY)) {
            snapshot.threads().forEach(this::chooseReferenced);
            stacks.forEach(this::followWords);
        }
        if (asks(MinidumpType.WITH_PROCESS_THREAD_DATA)) {
            for (ThreadSnapshot thread : snapshot.threads()) {
                thread.windows()
                        .map(WindowsThread::teb)
                        .ifPresent(teb -> teb.ifPresent(
                                at -> chosen.add(AddressRange.ofSize(at, TEB_BYTES))));
            }
            snapshot.windows().ifPresent(facts -> facts.peb().ifPresent(this::chooseProcessData));
            LinkerList.of(snapshot).ifPresent(list -> chosen.addAll(list.places()));
        }
    }

    private void chooseHeader(AddressRange page) {
        boolean isOfFile = regionAt.at(page.start())
                .filter(region -> !region.isWritable() && region.range().contains(page))
                .isPresent();
        if (isOfFile) {
            headers.add(page);
            chosen.add(page);
        }
    }

    private void chooseRegions() {
        AddressMap<LoadedModule> modules = AddressMap.of(snapshot.modules(), LoadedModule::range);
        for (MemoryRegion region : snapshot.regions()) {
            boolean ofModule = modules.at(region.range().start()).isPresent();
            boolean isPrivate = region.isWritable() && !region.shared();
            boolean wanted = (isPrivate && asks(MinidumpType.WITH_PRIVATE_READ_WRITE_MEMORY))
                    || (ofModule && isPrivate && asks(MinidumpType.WITH_DATA_SEGMENTS))
                    || (ofModule && region.isExecutable() && asks(MinidumpType.WITH_CODE_SEGMENTS));
            if (wanted) {
                chosen.add(region.present());
            }
        }
    }

    /** What registers point to, and the code where the thread stands. */
    private void chooseReferenced(ThreadSnapshot thread) {
        if (thread.registers().isEmpty()) {
            return;
        }
        RegisterContext registers = thread.registers().get();
        registers.pc().ifPresent(pc -> chosen.add(around(pc, CODE_BYTES)));
        for (int index = 0; index < registers.cpu().registerNames().size(); index++) {
            registers.get(index).ifPresent(this::chooseData);
        }
    }

    private void followWords(AddressRange stack) {
        int word = snapshot.machine().pointerSizeBytes();
        int sizeBytes = (int) Addresses.min(stack.sizeBytes(), FOLLOWED_BYTES);
        byte[] bytes = new byte[sizeBytes];
        int read = snapshot.memory().read(stack.start(), bytes, 0, sizeBytes);
        Words words = new Words(bytes, word, snapshot.machine().order());
        for (int at = 0; at + word <= read; at += word) {
            chooseData(words.at(at));
        }
    }

    /** Code is in the module's file; what the process wrote is nowhere else. */
    private void chooseData(long address) {
        Optional<MemoryRegion> region = regionAt.at(address)
                .filter(found -> found.isWritable() && found.present().contains(address));
        boolean enough = referencedBytes >= REFERENCED_BYTES_MAX;
        if (region.isEmpty() || enough || !followed.add(address / AROUND_BYTES)) {
            return;
        }
        AddressRange wanted =
                around(address, AROUND_BYTES).intersection(region.get().present());
        boolean isStack =
                stackAt.at(address).filter(stack -> stack.contains(wanted)).isPresent();
        if (!isStack) {
            chosen.add(wanted);
            referencedBytes += wanted.sizeBytes();
        }
    }

    private static AddressRange around(long address, int bytes) {
        long start = Addresses.isBelow(address, bytes) ? 0 : address - bytes;
        return AddressRange.ofSize(start, 2L * bytes);
    }

    /** The process's block and its parameters, with their texts; not the environment. */
    private void chooseProcessData(long peb) {
        boolean wide = snapshot.machine().pointerSizeBytes() == 8;
        MemoryReader memory = snapshot.memory();
        chosen.add(AddressRange.ofSize(peb, PAGE_BYTES));
        OptionalLong parameters = memory.pointer(peb + (wide ? 0x20 : 0x10));
        if (parameters.isPresent() && parameters.getAsLong() != 0) {
            long at = parameters.getAsLong();
            chosen.add(AddressRange.ofSize(at, 0x400));
            for (int offset : wide ? new int[] {0x60, 0x70} : new int[] {0x38, 0x40}) {
                OptionalLong sizeBytes = memory.unsigned(at + offset, 2);
                OptionalLong buffer = memory.pointer(at + offset + (wide ? 8 : 4));
                if (sizeBytes.isPresent() && buffer.isPresent()) {
                    chosen.add(AddressRange.ofSize(buffer.getAsLong(), sizeBytes.getAsLong()));
                }
            }
        }
    }

    private boolean asks(long bit) {
        return MinidumpType.has(flags, bit);
    }
}
