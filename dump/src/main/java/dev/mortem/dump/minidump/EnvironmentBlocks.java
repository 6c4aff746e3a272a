package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What Windows keeps in the process itself: the process environment block (PEB) with its parameters and
 * the loader's lists, and the thread environment blocks (TEB). The layouts are those that winternl.h names
 * and the public symbols of ntdll have, the same since Windows Vista.
 *
 * <p>All of it is the process's own memory, which it may have overwritten: each part is taken only as far
 * as it makes sense. Immutable, safe for any thread.
 */
final class EnvironmentBlocks {
    static final Limit LOADER_ENTRIES = new Limit(
            "entries of the loader's list",
            20_000,
            "entries",
            "the largest processes load some 2,000; a list in memory may go round for ever");

    static final Limit HEAPS = new Limit(
            "heaps of a process",
            4096,
            "entries",
            "components with a heap of their own come to some dozens");

    static final Limit LOADER_TEXT_BYTES = new Limit(
            "paths of the loader's list",
            16L << 20,
            "bytes",
            "20,000 paths of some 400 characters; entries in memory may share one buffer");

    private static final int TEXT_BYTES_MAX = 65_534;
    private static final int ENVIRONMENT_BYTES_MAX = 1 << 20;

    /** Offsets in bytes, for pointers of 8 and of 4. */
    private enum Layout {
        BITS_64(8),
        BITS_32(4);

        private final int pointer;

        Layout(int pointer) {
            this.pointer = pointer;
        }

        long of(long in64, long in32) {
            return this == BITS_64 ? in64 : in32;
        }
    }

    /** An entry of the loader's list. */
    record LoaderEntry(AddressRange range, String path, long timeDateStamp) {}

    private final MemoryReader memory;
    private final Limits limits;
    private final Layout layout;
    private final OptionalLong peb;

    EnvironmentBlocks(MemoryReader memory, Limits limits, List<Long> tebs) {
        this.memory = memory;
        this.limits = limits;
        this.layout = memory.machine().pointerSizeBytes() == 8 ? Layout.BITS_64 : Layout.BITS_32;
        this.peb = tebs.stream()
                .map(teb -> memory.pointer(teb + layout.of(0x60, 0x30)))
                .filter(found -> found.isPresent() && found.getAsLong() != 0)
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    OptionalLong peb() {
        return peb;
    }

    /** GetLastError() of the thread. */
    OptionalLong lastError(long teb) {
        return memory.u4(teb + layout.of(0x68, 0x34));
    }

    /** The last NTSTATUS that a system call of the thread failed with. */
    OptionalLong lastStatus(long teb) {
        return memory.u4(teb + layout.of(0x1250, 0xbf4));
    }

    /** From StackLimit, the lowest page committed so far, to StackBase. */
    Optional<AddressRange> stack(long teb) {
        OptionalLong base = memory.pointer(teb + layout.of(8, 4));
        OptionalLong limit = memory.pointer(teb + layout.of(16, 8));
        if (base.isEmpty() || limit.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(AddressRange.between(limit.getAsLong(), base.getAsLong()))
                .filter(range -> !range.isEmpty());
    }

    Optional<String> image() {
        return parameters().flatMap(at -> text(at + layout.of(0x60, 0x38)));
    }

    Optional<String> commandLine() {
        return parameters().flatMap(at -> text(at + layout.of(0x70, 0x40)));
    }

    Optional<String> currentDirectory() {
        return parameters().flatMap(at -> text(at + layout.of(0x38, 0x24)));
    }

    Optional<String> desktop() {
        return parameters().flatMap(at -> text(at + layout.of(0xc0, 0x78)));
    }

    /** NAME=value; those of drives ("=C:=…") too. */
    List<String> environment() {
        Optional<Long> block = parameters()
                .map(at -> memory.pointer(at + layout.of(0x80, 0x48)))
                .filter(OptionalLong::isPresent)
                .map(OptionalLong::getAsLong);
        if (block.isEmpty()) {
            return List.of();
        }
        byte[] bytes = new byte[ENVIRONMENT_BYTES_MAX];
        int read = memory.read(block.get(), bytes, 0, bytes.length);
        String text = new String(bytes, 0, read & ~1, StandardCharsets.UTF_16LE);
        List<String> entries = new ArrayList<>();
        int from = 0;
        int end = text.indexOf('\0');
        while (end > from) {
            entries.add(text.substring(from, end));
            from = end + 1;
            end = text.indexOf('\0', from);
        }
        return entries;
    }

    /** Addresses of the process's heaps, its default heap first. */
    List<Long> heaps() {
        if (peb.isEmpty()) {
            return List.of();
        }
        OptionalLong count = memory.u4(peb.getAsLong() + layout.of(0xe8, 0x88));
        OptionalLong list = memory.pointer(peb.getAsLong() + layout.of(0xf0, 0x90));
        List<Long> heaps = new ArrayList<>();
        if (count.isEmpty() || list.isEmpty() || !limits.allows(HEAPS, count.getAsLong())) {
            return heaps;
        }
        for (int index = 0; index < count.getAsLong(); index++) {
            OptionalLong heap = memory.pointer(list.getAsLong() + (long) index * layout.pointer);
            if (heap.isEmpty()) {
                break;
            }
            if (heap.getAsLong() != 0) {
                heaps.add(heap.getAsLong());
            }
        }
        return heaps;
    }

    /** The loader's modules in the order in which they were loaded. */
    List<LoaderEntry> loaderEntries() {
        List<LoaderEntry> entries = new ArrayList<>();
        OptionalLong loader = peb.isPresent()
                ? memory.pointer(peb.getAsLong() + layout.of(0x18, 0x0c))
                : OptionalLong.empty();
        if (loader.isEmpty() || loader.getAsLong() == 0) {
            return entries;
        }
        long head = loader.getAsLong() + layout.of(0x10, 0x0c);
        OptionalLong at = memory.pointer(head);
        Set<Long> seen = new HashSet<>(Set.of(head));
        long textBytes = 0;
        while (at.isPresent()
                && seen.add(at.getAsLong())
                && seen.size() <= limits.max(LOADER_ENTRIES)
                && limits.allows(LOADER_TEXT_BYTES, textBytes)) {
            Optional<LoaderEntry> entry = loaderEntry(at.getAsLong());
            textBytes += entry.map(found -> 2L * found.path().length()).orElse(0L);
            entry.ifPresent(entries::add);
            at = memory.pointer(at.getAsLong());
        }
        return entries;
    }

    private Optional<LoaderEntry> loaderEntry(long at) {
        OptionalLong base = memory.pointer(at + layout.of(0x30, 0x18));
        OptionalLong sizeBytes = memory.u4(at + layout.of(0x40, 0x20));
        Optional<String> path = text(at + layout.of(0x48, 0x24));
        if (base.isEmpty() || sizeBytes.isEmpty() || sizeBytes.getAsLong() == 0) {
            return Optional.empty();
        }
        OptionalLong timeStamp = memory.u4(at + layout.of(0x80, 0x44));
        return path.map(found -> new LoaderEntry(
                AddressRange.ofSize(base.getAsLong(), sizeBytes.getAsLong()),
                found,
                timeStamp.orElse(0)));
    }

    private Optional<Long> parameters() {
        if (peb.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong at = memory.pointer(peb.getAsLong() + layout.of(0x20, 0x10));
        return at.isPresent() && at.getAsLong() != 0
                ? Optional.of(at.getAsLong())
                : Optional.empty();
    }

    /** UNICODE_STRING: Length 2, MaximumLength 2, Buffer behind an alignment; empty text is none. */
    private Optional<String> text(long at) {
        OptionalLong sizeBytes = memory.unsigned(at, 2);
        OptionalLong buffer = memory.pointer(at + layout.pointer);
        boolean sound = sizeBytes.isPresent()
                && buffer.isPresent()
                && sizeBytes.getAsLong() > 0
                && sizeBytes.getAsLong() <= TEXT_BYTES_MAX
                && sizeBytes.getAsLong() % 2 == 0;
        if (!sound) {
            return Optional.empty();
        }
        return memory.bytes(buffer.getAsLong(), (int) sizeBytes.getAsLong())
                .map(bytes -> new String(bytes, StandardCharsets.UTF_16LE));
    }
}
