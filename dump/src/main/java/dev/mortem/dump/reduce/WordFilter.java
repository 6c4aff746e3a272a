package dev.mortem.dump.reduce;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which words of a stack may be kept: those that a debugger needs to walk it, and that no text looks like.
 * A word points into a module, into code that was made at run time, or into a stack; or it is small.
 * Immutable, safe for any thread.
 *
 * <p>Six letters at the start of an address that is mapped would be kept: of a hundred million texts
 * about one.
 */
final class WordFilter {
    private final AddressMap<AddressRange> kept;
    private final long smallMax;
    private final int wordBytes;
    private final ByteOrder order;

    private WordFilter(List<AddressRange> kept, long smallMax, int wordBytes, ByteOrder order) {
        this.kept = AddressMap.of(kept, range -> range);
        this.smallMax = smallMax;
        this.wordBytes = wordBytes;
        this.order = order;
    }

    /**
     * @param stacks where words may point to as well
     * @param smallMax the largest number that is kept though it points nowhere
     */
    static WordFilter of(ProcessSnapshot snapshot, List<AddressRange> stacks, long smallMax) {
        List<AddressRange> ranges = new ArrayList<>(stacks);
        snapshot.modules().stream().map(LoadedModule::range).forEach(ranges::add);
        snapshot.regions().stream()
                .filter(MemoryRegion::isExecutable)
                .map(MemoryRegion::range)
                .forEach(ranges::add);
        return new WordFilter(
                AddressRanges.merged(ranges),
                smallMax,
                snapshot.machine().pointerSizeBytes(),
                snapshot.machine().order());
    }

    int wordBytes() {
        return wordBytes;
    }

    boolean keeps(long word) {
        return !Addresses.isBelow(smallMax, word) || kept.at(word).isPresent();
    }

    /** Makes zeros of the words that are not kept; a part of a word at the end is not kept. */
    void apply(byte[] words, int sizeBytes) {
        Words view = new Words(words, wordBytes, order);
        int at = 0;
        for (; at + wordBytes <= sizeBytes; at += wordBytes) {
            if (!keeps(view.at(at))) {
                view.clear(at);
            }
        }
        Arrays.fill(words, at, sizeBytes, (byte) 0);
    }
}
