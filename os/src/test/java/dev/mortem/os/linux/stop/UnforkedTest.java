package dev.mortem.os.linux.stop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.Mappings;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** On native memory of this very process, called what a copy would lack. */
class UnforkedTest {
    private static final int PAGE = 4096;
    private static final RegionPolicy POLICY =
            new RegionPolicy(RegionPolicy.DEFAULT_FILTER, SnapshotOptions.defaults());

    private final Kernel kernel = new Kernel();
    private final Arena arena = Arena.ofConfined();
    private long memory;
    private long pagemap;

    @BeforeEach
    void open() {
        memory = kernel.openForReading(Path.of("/proc/self/mem"));
        pagemap = kernel.openForReading(Path.of("/proc/self/pagemap"));
        assertThat(Math.min(memory, pagemap)).isNotNegative();
    }

    @AfterEach
    void close() {
        kernel.close(memory);
        kernel.close(pagemap);
        arena.close();
    }

    @Test
    void onlyWhatACopyLacksAndADumpWantsIsTaken() {
        Mapping absent = mapping(0x10000, PAGE, false, "rd", "wr", "dc");
        Mapping wiped = mapping(0x20000, PAGE, false, "rd", "wr", "wf");
        Mapping secret = mapping(0x30000, PAGE, false, "rd", "dc", "dd");
        Mapping device = mapping(0x40000, PAGE, true, "rd", "dc", "io", "pf");
        Mapping usual = mapping(0x50000, PAGE, false, "rd", "wr");
        List<Mapping> all = List.of(absent, wiped, secret, device, usual);
        assertThat(Unforked.among(all, POLICY).wanted()).containsExactly(absent, wiped);
        assertThat(Unforked.among(all, POLICY).all()).as("told of").contains(secret);
        RegionPolicy everything = new RegionPolicy(
                RegionPolicy.DEFAULT_FILTER, SnapshotOptions.defaults().withIncludeDontDump(true));
        assertThat(Unforked.among(all, everything).wanted()).containsExactly(absent, wiped, secret);
        assertThat(Unforked.among(all, new RegionPolicy(0, SnapshotOptions.defaults()))
                        .wanted())
                .isEmpty();
    }

    @Test
    void whatIsKeptIsWhatWasThere() {
        MemorySegment segment = fill(4 * PAGE);
        Unforked kept = read(shared(segment));
        long start = segment.address();
        assertThat(kept.absentBytes(start - 100, 1000)).isEqualTo(100);
        assertThat(kept.absentBytes(start - 100, 50)).isEqualTo(50);
        assertThat(kept.absentBytes(start, 10)).isZero();
        assertThat(kept.absentBytes(start + 4 * PAGE - 1, 10)).isZero();
        assertThat(kept.absentBytes(start + 4 * PAGE, 10)).isEqualTo(10);
        byte[] bytes = new byte[PAGE];
        assertThat(kept.copy(start + 123, MemorySegment.ofArray(bytes))).isEqualTo(PAGE);
        assertThat(MemorySegment.ofArray(bytes).mismatch(segment.asSlice(123, PAGE)))
                .isEqualTo(-1);
        assertThat(kept.copy(start + 4 * PAGE - 3, MemorySegment.ofArray(bytes)))
                .isEqualTo(3);
        segment.fill((byte) 0);
        assertThat(kept.copy(start, MemorySegment.ofArray(bytes))).isEqualTo(PAGE);
        assertThat(bytes[1]).as("kept, not read again").isEqualTo((byte) 7);
    }

    @Test
    void onlyTouchedPagesOfPrivateMemoryAreKept() {
        MemorySegment segment = arena.allocate(256L * PAGE, PAGE);
        long start = segment.address();
        Mapping mapping = mapping(start, 256 * PAGE, false, "rd", "wr", "dc");
        Map<Long, List<AddressRange>> populated = new HashMap<>();
        segment.set(ValueLayout.JAVA_BYTE, 100L * PAGE, (byte) 9);
        read(mapping).addPopulated(populated);
        assertThat(populated.get(start)).anyMatch(range -> range.contains(start + 100L * PAGE));
        assertThat(populated.get(start))
                .allMatch(range -> mapping.range().contains(range.start())
                        && range.end() - 1 - mapping.range().end() < 0);
    }

    @Test
    void asMuchAsTheLimitIsKeptAndNotOneByteMore() {
        long limit = Unforked.KEPT.defaultMax();
        Mapping whole = mapping(0x10_0000, limit, true, "dc");
        Mapping more = mapping(0x1000_0000, 1, true, "dc");
        Unforked kept = read(whole, more);
        assertThat(kept.described(region(whole)).presentBytes()).isEqualTo(limit);
        MemoryRegion dropped = kept.described(region(more));
        assertThat(dropped.presentBytes()).isZero();
        assertThat(dropped.absentWhy().orElseThrow()).contains("too large");
        Map<Long, List<AddressRange>> populated = new HashMap<>();
        kept.addPopulated(populated);
        assertThat(populated).containsOnlyKeys(0x10_0000L);
    }

    @Test
    void aLargeRangeDoesNotKeepASmallOneOut() {
        Mapping large = mapping(0x10_0000, Unforked.KEPT.defaultMax() + 1, true, "wf");
        MemorySegment segment = fill(PAGE);
        Unforked kept = read(large, shared(segment));
        assertThat(kept.described(region(large)).presentBytes()).isZero();
        assertThat(kept.absentBytes(segment.address(), 8)).isZero();
        byte[] nothing = new byte[8];
        assertThat(kept.absentBytes(0x10_0000 - 3, 8)).isEqualTo(3);
        assertThat(kept.absentBytes(0x10_0000, 8)).isZero();
        assertThat(kept.copy(0x10_0000, MemorySegment.ofArray(nothing))).isZero();
        assertThat(kept.absentBytes(0x10_0000 + Unforked.KEPT.defaultMax() + 1, 8))
                .isEqualTo(8);
    }

    /** Between planning and stopping the target may have given the range back. */
    @Test
    void whatCannotBeReadIsNotMadeUp() {
        Unforked kept = read(mapping(0x10_0000, PAGE, true, "dc"));
        assertThat(kept.absentBytes(0x10_0000, PAGE)).isEqualTo(PAGE);
        assertThat(kept.absentBytes(0x10_0000 - 8, 16)).isGreaterThan(0);
    }

    @Test
    void mappingsThatTheCopyLacksAreAddedInTheirPlace() {
        Mapping low = mapping(0x10000, PAGE, false);
        Mapping absent = mapping(0x20000, PAGE, false, "dc");
        Mapping wiped = mapping(0x30000, PAGE, false, "wf");
        Mapping high = mapping(0xffff_ffff_ff60_0000L, PAGE, false);
        Unforked kept = read(absent, wiped);
        Mapping wipedInCopy = mapping(0x30000, PAGE, false, "wf", "rd");
        assertThat(kept.added(List.of(low, wipedInCopy, high)))
                .containsExactly(low, absent, wipedInCopy, high);
    }

    @Test
    void nothingIsNothing() {
        Unforked none = Unforked.none();
        assertThat(none.absentBytes(0x10000, 77)).isEqualTo(77);
        assertThat(none.added(List.of())).isEmpty();
        MemoryRegion region = region(mapping(0x10000, PAGE, false));
        assertThat(none.described(region)).isSameAs(region);
    }

    private Unforked read(Mapping... mappings) {
        return Unforked.read(
                kernel,
                memory,
                pagemap,
                new Unforked.Lacking(List.of(mappings), List.of(mappings)));
    }

    private MemorySegment fill(int sizeBytes) {
        MemorySegment segment = arena.allocate(sizeBytes, PAGE);
        for (int index = 0; index < sizeBytes; index++) {
            segment.set(ValueLayout.JAVA_BYTE, index, (byte) (index * 7 + index / 256));
        }
        return segment;
    }

    /** What is shared is kept whole, whatever was touched. */
    private static Mapping shared(MemorySegment segment) {
        return mapping(segment.address(), segment.byteSize(), true, "dc");
    }

    private static MemoryRegion region(Mapping mapping) {
        return new MemoryRegion(
                mapping.range(),
                "rw-",
                mapping.shared(),
                0,
                Optional.empty(),
                mapping.range().sizeBytes(),
                Optional.empty());
    }

    private static Mapping mapping(long start, long sizeBytes, boolean isShared, String... flags) {
        return Mappings.anonymous(start, sizeBytes, "rw-", isShared, flags);
    }
}
