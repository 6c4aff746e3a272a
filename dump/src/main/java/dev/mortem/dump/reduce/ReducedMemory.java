package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The memory of some ranges only; all else is absent. Words that a filter does not keep are zeros, but for
 * parts that are a file's.
 */
final class ReducedMemory implements MemoryReader {
    private final MemoryReader below;
    private final AddressMap<AddressRange> ranges;
    private final AddressMap<AddressRange> files;
    private final Optional<WordFilter> filter;

    ReducedMemory(MemoryReader below, ChosenMemory.Choice choice, Optional<WordFilter> filter) {
        this.below = below;
        this.ranges = AddressMap.of(choice.ranges(), range -> range);
        this.files = AddressMap.of(choice.files(), range -> range);
        this.filter = filter;
    }

    @Override
    public Machine machine() {
        return below.machine();
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        int allowed = allowed(address, sizeBytes);
        if (filter.isEmpty()) {
            return below.read(address, target, targetOffset, allowed);
        }
        int done = 0;
        while (done < allowed) {
            long at = address + done;
            Optional<AddressRange> file = files.at(at);
            long end = file.map(AddressRanges::last)
                    .or(() -> files.nextAbove(at).map(next -> next.start() - 1))
                    .orElse(-1L);
            int part = 1 + (int) Addresses.min(end - at, allowed - done - 1);
            int read = file.isPresent()
                    ? below.read(at, target, targetOffset + done, part)
                    : filtered(at, target, targetOffset + done, part, filter.get());
            done += read;
            if (read < part) {
                break;
            }
        }
        return done;
    }

    @Override
    public int read(long address, MemorySegment target) {
        int allowed = allowed(address, Math.toIntExact(target.byteSize()));
        return filter.isEmpty()
                ? below.read(address, target.asSlice(0, allowed))
                : MemoryReader.super.read(address, target);
    }

    private int allowed(long address, int sizeBytes) {
        return ranges.at(address)
                .map(range ->
                        (int) Addresses.min(AddressRanges.last(range) - address + 1, sizeBytes))
                .orElse(0);
    }

    /** Judges whole words, also where the read begins or ends within one. */
    private int filtered(
            long address, byte[] target, int targetOffset, int sizeBytes, WordFilter words) {
        if (sizeBytes == 0) {
            return 0;
        }
        long start = Addresses.alignDown(address, words.wordBytes());
        int before = (int) (address - start);
        int whole = (before + sizeBytes + words.wordBytes() - 1) & -words.wordBytes();
        byte[] bytes = new byte[whole];
        int read = below.read(start, bytes, 0, whole);
        if (read <= before) {
            return 0;
        }
        words.apply(bytes, read);
        int copied = Math.min(read - before, sizeBytes);
        System.arraycopy(bytes, before, target, targetOffset, copied);
        return copied;
    }
}
