package dev.mortem.format.dwarf.cfi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

class FrameTableTest {
    private static final long HEADER = 0x3000;

    private final DiagnosticLog diagnostics = new DiagnosticLog();
    private final FrameBytes frames = new FrameBytes();
    private final int cie = frames.cieOfAmd64();
    private final int first = frames.fde(cie, 0x1000, 0x10, "44 0e 10");
    private final int second = frames.fde(cie, 0x1020, 0x10, "48 0e 20 0a 0b");
    private final byte[] section = frames.build();

    @Test
    void theSearchTableLeadsToTheEntry() throws MalformedException {
        FrameTable table = table(FrameBytes.header(HEADER, 0x1000, at(first), 0x1020, at(second)));

        assertFindsBoth(table);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void withoutATableTheSectionIsRead() {
        assertFindsBoth(FrameTable.of(
                Optional.empty(),
                List.of(FrameBytes.section(section)),
                Limits.defaults(),
                diagnostics));
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aTableThatIsNotSortedIsNotBelieved() throws MalformedException {
        FrameTable table = table(FrameBytes.header(HEADER, 0x1020, at(second), 0x1000, at(first)));

        assertFindsBoth(table);
        assertThat(diagnostics.entries()).hasSize(1);
    }

    @Test
    void aTableThatLeadsToNoEntryIsNotBelieved() throws MalformedException {
        FrameTable table =
                table(FrameBytes.header(HEADER, 0x1000, at(cie), 0x1020, at(second) + 1));

        assertFindsBoth(table);
        assertThat(diagnostics.entries()).isNotEmpty();
    }

    @Test
    void theIndexIsLimited() {
        FrameTable table = FrameTable.of(
                Optional.empty(),
                List.of(FrameBytes.section(section)),
                Limits.defaults().with(FrameTable.INDEXED_FDES_MAX, 1),
                diagnostics);

        assertThat(table.find(0x1000)).isPresent();
        assertThat(table.find(0x1020)).isEmpty();
        assertThat(diagnostics.entries()).singleElement().asString().contains("at most 1");
    }

    @Test
    void anEntryThatCannotBeReadIsPassedOver() {
        byte[] broken = section.clone();
        broken[first + 4] = 1; // its CIE pointer
        FrameTable table = FrameTable.of(
                Optional.empty(),
                List.of(FrameBytes.section(broken)),
                Limits.defaults(),
                diagnostics);

        assertThat(table.find(0x1005)).isEmpty();
        assertThat(table.find(0x1025)).isPresent();
        assertThat(diagnostics.entries()).isNotEmpty();
    }

    @Test
    void allTruncationsEndWell() {
        byte[] header = FrameBytes.header(HEADER, 0x1000, at(first), 0x1020, at(second));
        for (int size = 0; size < section.length; size++) {
            readAll(Arrays.copyOf(section, size), header);
        }
        for (int size = 0; size < header.length; size++) {
            readAll(section, Arrays.copyOf(header, size));
        }
    }

    @Test
    void seededMutationsEndWell() {
        byte[] header = FrameBytes.header(HEADER, 0x1000, at(first), 0x1020, at(second));
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < 10_000; round++) {
            byte[] changedSection = section.clone();
            byte[] changedHeader = header.clone();
            for (int change = random.nextInt(1, 5); change > 0; change--) {
                byte[] changed = random.nextBoolean() ? changedSection : changedHeader;
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            readAll(changedSection, changedHeader);
        }
    }

    /** Only diagnostics and MalformedException are allowed. */
    private static void readAll(byte[] section, byte[] header) {
        DiagnosticLog log = new DiagnosticLog();
        Optional<EhFrameHeader> read = Optional.empty();
        try {
            read = Optional.of(EhFrameHeader.read(source(header), FrameBases.of(HEADER, 8)));
        } catch (MalformedException malformed) {
            log.report(malformed, "no table");
        }
        FrameTable table =
                FrameTable.of(read, List.of(FrameBytes.section(section)), Limits.defaults(), log);
        for (long svma : new long[] {0, 0x1000, 0x1008, 0x1024, 0x102f, 0x4000, -1}) {
            table.find(svma).ifPresent(fde -> run(fde, svma, log));
        }
        table.all().forEach(fde -> run(fde, fde.range().start(), log));
    }

    private static void run(Fde fde, long svma, DiagnosticLog log) {
        try {
            assertThat(fde.range().sizeBytes()).isNotZero();
            FrameProgram.rowAt(fde, svma, Limits.defaults());
            FrameProgram.rows(fde, Limits.defaults());
        } catch (MalformedException malformed) {
            log.report(malformed, "no row");
        }
    }

    private void assertFindsBoth(FrameTable table) {
        assertThat(table.find(0x0fff)).isEmpty();
        assertThat(table.find(0x1000).orElseThrow().offset()).isEqualTo(first);
        assertThat(table.find(0x100f).orElseThrow().offset()).isEqualTo(first);
        assertThat(table.find(0x1010)).isEmpty();
        assertThat(table.find(0x1020).orElseThrow().offset()).isEqualTo(second);
        assertThat(table.find(0x1030)).isEmpty();
    }

    private FrameTable table(byte[] header) throws MalformedException {
        EhFrameHeader read = EhFrameHeader.read(source(header), FrameBases.of(HEADER, 8));
        assertThat(read.ehFrameAddress()).hasValue(FrameBytes.SECTION);
        return FrameTable.of(
                Optional.of(read),
                List.of(FrameBytes.section(section)),
                Limits.defaults(),
                diagnostics);
    }

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("header", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    private static long at(int offset) {
        return FrameBytes.SECTION + offset;
    }
}
