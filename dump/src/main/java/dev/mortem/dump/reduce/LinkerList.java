package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.format.elf.core.AuxiliaryVector;
import dev.mortem.format.elf.core.CoreAbi;
import dev.mortem.format.elf.core.CoreNotes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The dynamic linker's list of what it loaded, and where in the process it lies (System V ABI; link.h of
 * glibc). The program headers at AT_PHDR name the dynamic section, its DT_DEBUG the struct r_debug: int
 * r_version, r_map, r_brk, r_state, r_ldbase, a pointer each. A link_map is l_addr, l_name, l_ld, l_next.
 *
 * @param debug where the r_debug lies
 * @param version r_version
 * @param brk where the linker stops for a debugger
 * @param base of the linker itself
 * @param dynamic the program's own dynamic section
 * @param entries in the linker's order
 */
public record LinkerList(
        AddressRange debug,
        long version,
        long brk,
        long base,
        AddressRange dynamic,
        List<Entry> entries) {
    private static final int PT_DYNAMIC = 2;
    private static final int PT_PHDR = 6;
    private static final long DT_DEBUG = 21;

    /** A program has about a dozen headers. */
    private static final int HEADERS_MAX = 64;

    /** A dynamic section has some thirty entries. */
    private static final int DYNAMIC_BYTES_MAX = 8192;

    /** The largest processes load some 2,000 libraries; a list in memory may go round for ever. */
    private static final int ENTRIES_MAX = 20_000;

    private static final int NAME_BYTES_MAX = 4096;

    public LinkerList {
        entries = List.copyOf(entries);
    }

    /**
     * What was loaded.
     *
     * @param at where the link_map lies
     * @param address difference of addresses and svmas
     * @param name the path; empty for the program
     * @param dynamic l_ld
     */
    public record Entry(
            AddressRange at, long address, AddressRange nameAt, String name, long dynamic) {}

    /** Where all of it lies. */
    public List<AddressRange> places() {
        List<AddressRange> places = new ArrayList<>(List.of(debug, dynamic));
        for (Entry entry : entries) {
            places.add(entry.at);
            places.add(entry.nameAt);
        }
        return places;
    }

    /** Empty where the snapshot has no such list, or not all that leads there. */
    public static Optional<LinkerList> of(ProcessSnapshot snapshot) {
        return vector(snapshot).flatMap(vector -> new Search(snapshot.memory(), vector).list());
    }

    private static Optional<AuxiliaryVector> vector(ProcessSnapshot snapshot) {
        Optional<byte[]> content = snapshot.notes().stream()
                .filter(note -> note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_AUXV))
                .findFirst()
                .map(RawNote::content);
        Optional<CoreAbi> abi = CoreAbi.of(snapshot.machine());
        if (content.isEmpty() || abi.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(AuxiliaryVector.read(
                    ByteSource.ofBytes("NT_AUXV", content.get(), abi.get().order()), abi.get()));
        } catch (MalformedException broken) {
            return Optional.empty();
        }
    }

    /** From the program headers to the list. */
    private static final class Search {
        private final MemoryReader memory;
        private final AuxiliaryVector vector;
        private final int word;

        private Search(MemoryReader memory, AuxiliaryVector vector) {
            this.memory = memory;
            this.vector = vector;
            this.word = memory.machine().pointerSizeBytes();
        }

        private Optional<LinkerList> list() {
            Optional<AddressRange> dynamic = dynamic();
            OptionalLong debug = dynamic.map(this::debug).orElse(OptionalLong.empty());
            if (debug.isEmpty() || debug.getAsLong() == 0) {
                return Optional.empty();
            }
            long at = debug.getAsLong();
            OptionalLong version = memory.u4(at);
            OptionalLong map = memory.pointer(at + word);
            OptionalLong brk = memory.pointer(at + 2L * word);
            OptionalLong base = memory.pointer(at + 4L * word);
            if (version.isEmpty() || map.isEmpty() || brk.isEmpty() || base.isEmpty()) {
                return Optional.empty();
            }
            List<Entry> entries = new ArrayList<>();
            entries(map.getAsLong(), entries);
            return Optional.of(new LinkerList(
                    AddressRange.ofSize(at, 5L * word),
                    version.getAsLong(),
                    brk.getAsLong(),
                    base.getAsLong(),
                    dynamic.get(),
                    entries));
        }

        private Optional<AddressRange> dynamic() {
            OptionalLong headers = vector.value(AuxiliaryVector.AT_PHDR);
            long entryBytes = vector.value(AuxiliaryVector.AT_PHENT).orElse(0);
            long count = Math.min(vector.value(AuxiliaryVector.AT_PHNUM).orElse(0), HEADERS_MAX);
            OptionalLong bias = OptionalLong.empty();
            Optional<AddressRange> found = Optional.empty();
            for (int index = 0; headers.isPresent() && index < count; index++) {
                long at = headers.getAsLong() + index * entryBytes;
                OptionalLong type = memory.u4(at);
                OptionalLong svma = memory.pointer(at + 2L * word);
                OptionalLong sizeBytes = memory.pointer(at + 5L * word);
                if (type.isEmpty() || svma.isEmpty() || sizeBytes.isEmpty()) {
                    return Optional.empty();
                }
                if (type.getAsLong() == PT_PHDR) {
                    bias = OptionalLong.of(headers.getAsLong() - svma.getAsLong());
                } else if (type.getAsLong() == PT_DYNAMIC) {
                    found = Optional.of(AddressRange.ofSize(
                            svma.getAsLong(), Math.min(sizeBytes.getAsLong(), DYNAMIC_BYTES_MAX)));
                }
            }
            if (bias.isEmpty() || found.isEmpty()) {
                return Optional.empty(); // linked statically, or no program of the usual kind
            }
            long by = bias.getAsLong();
            return found.map(range ->
                    AddressRange.ofSize(range.start() + by, Math.max(0, range.sizeBytes())));
        }

        private OptionalLong debug(AddressRange dynamic) {
            for (long offset = 0; offset < dynamic.sizeBytes(); offset += 2L * word) {
                OptionalLong tag = memory.pointer(dynamic.start() + offset);
                if (tag.isEmpty() || tag.getAsLong() == 0) {
                    break;
                }
                if (tag.getAsLong() == DT_DEBUG) {
                    return memory.pointer(dynamic.start() + offset + word);
                }
            }
            return OptionalLong.empty();
        }

        private void entries(long first, List<Entry> entries) {
            Set<Long> seen = new HashSet<>();
            OptionalLong next = OptionalLong.of(first);
            while (next.isPresent()
                    && next.getAsLong() != 0
                    && seen.add(next.getAsLong())
                    && entries.size() < ENTRIES_MAX) {
                long at = next.getAsLong();
                OptionalLong address = memory.pointer(at);
                OptionalLong name = memory.pointer(at + word);
                OptionalLong dynamic = memory.pointer(at + 2L * word);
                if (address.isEmpty() || name.isEmpty() || dynamic.isEmpty()) {
                    break;
                }
                String text = memory.cString(name.getAsLong(), NAME_BYTES_MAX).orElse("");
                int nameBytes = text.getBytes(StandardCharsets.UTF_8).length + 1;
                entries.add(new Entry(
                        AddressRange.ofSize(at, 5L * word),
                        address.getAsLong(),
                        AddressRange.ofSize(name.getAsLong(), nameBytes),
                        text,
                        dynamic.getAsLong()));
                next = memory.pointer(at + 3L * word);
            }
        }
    }
}
