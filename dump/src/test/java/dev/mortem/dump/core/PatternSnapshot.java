package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.testkit.fakes.FakeSnapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A process of as much memory as a test wants: each page holds noise or zeros, or cannot be read,
 * as a function of its address tells.
 */
public final class PatternSnapshot implements ProcessSnapshot, MemoryReader {
    public static final int PAGE_BYTES = 4096;

    /** What a page holds. */
    public enum Page {
        NOISE,
        ZEROS,
        UNREADABLE
    }

    /** Chooses by the page's address. */
    @FunctionalInterface
    public interface Pattern {
        Page at(long pageAddress);
    }

    private final FakeSnapshot facts = new FakeSnapshot(Machine.of(Cpu.X86_64));
    private final byte[] noise = new byte[PAGE_BYTES];
    private final Pattern pattern;
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final List<AddressRange> unpopulated = new ArrayList<>();
    private long reads;

    public PatternSnapshot(Pattern pattern) {
        this.pattern = pattern;
        new SplittableRandom(42).nextBytes(noise);
        noise[0] = 1;
    }

    public PatternSnapshot region(long start, long sizeBytes) {
        regions.add(CoreWriterTest.region(start, sizeBytes, "rw-", Optional.empty(), sizeBytes));
        return this;
    }

    /** A region of which only the first bytes are known to be populated. */
    public PatternSnapshot region(long start, long sizeBytes, long populatedBytes) {
        unpopulated.add(new AddressRange(start + populatedBytes, sizeBytes - populatedBytes));
        return region(start, sizeBytes);
    }

    /** How often memory was read. */
    public long reads() {
        return reads;
    }

    public byte byteAt(long address) {
        long page = address & -PAGE_BYTES;
        // the address in it tells pages apart
        return pattern.at(page) == Page.NOISE
                ? (byte) (noise[(int) (address - page)] + (page >>> 12))
                : 0;
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        reads++;
        for (int done = 0; done < sizeBytes; done++) {
            long at = address + done;
            boolean isNewPage = done == 0 || (at & (PAGE_BYTES - 1)) == 0;
            if (isNewPage && pattern.at(at & -PAGE_BYTES) == Page.UNREADABLE) {
                return done;
            }
            target[targetOffset + done] = byteAt(at);
        }
        return sizeBytes;
    }

    @Override
    public List<AddressRange> populated(MemoryRegion region) {
        return unpopulated.stream()
                .filter(hole -> hole.end() == region.range().end())
                .map(hole -> new AddressRange(
                        region.range().start(), hole.start() - region.range().start()))
                .findFirst()
                .map(List::of)
                .orElse(List.of(region.range()));
    }

    @Override
    public Machine machine() {
        return facts.machine();
    }

    @Override
    public ProcessFacts process() {
        return facts.process();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return facts.threads();
    }

    @Override
    public List<LoadedModule> modules() {
        return facts.modules();
    }

    @Override
    public List<MemoryRegion> regions() {
        return List.copyOf(regions);
    }

    @Override
    public MemoryReader memory() {
        return this;
    }

    @Override
    public CrashReason reason() {
        return facts.reason();
    }

    @Override
    public List<RawNote> notes() {
        return facts.notes();
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return facts.diagnostics();
    }

    @Override
    public void close() {}
}
