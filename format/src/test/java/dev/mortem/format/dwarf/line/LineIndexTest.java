package dev.mortem.format.dwarf.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

class LineIndexTest {
    private static final long[] ASKED = {0x1000, 0x1004, 0x1008, 0x2000, 0x2007, 0x200f, 0x3000};

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void linesOfAUnitThatTheAddressTableNames() {
        LineIndex index = index(SmallDwarf.sections());
        assertThat(index.at(0x1000)).contains(new SourceLine("/build/lib/five.c", 7, 0));
        assertThat(index.at(0x1003)).contains(new SourceLine("/build/lib/five.c", 7, 0));
        assertThat(index.at(0x1004)).contains(new SourceLine("/build/lib/five.c", 9, 0));
        assertThat(index.at(0xfff)).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void linesOfAUnitThatOnlyItsOwnEntryNames() {
        LineIndex index = index(SmallDwarf.sections());
        assertThat(index.at(0x2000)).contains(new SourceLine("/four/inc/four.h", 3, 0));
        assertThat(index.at(0x2004)).contains(new SourceLine("/four/four.c", 5, 0));
        assertThat(index.at(0x200f)).contains(new SourceLine("/four/four.c", 5, 0));
        assertThat(index.at(0x2010)).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void line0IsNoLine() {
        assertThat(index(SmallDwarf.sections()).at(0x1008)).isEmpty();
    }

    @Test
    void withoutUnitsTheTablesAreEnough() {
        Map<DwarfSection, byte[]> sections = SmallDwarf.sections();
        sections.remove(DwarfSection.INFO);
        assertThat(index(sections).at(0x2004)).contains(new SourceLine("four.c", 5, 0));
        assertThat(index(sections).at(0x1000)).contains(new SourceLine("/build/lib/five.c", 7, 0));
    }

    @Test
    void withoutLineTablesNothingIsFound() {
        Map<DwarfSection, byte[]> sections = SmallDwarf.sections();
        sections.remove(DwarfSection.LINE);
        assertThat(index(sections).at(0x1000)).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void tablesThatAreDroppedFromTheCacheAreReadAgain() {
        LineIndex index = new LineIndex(
                SmallDwarf.of(SmallDwarf.sections()),
                Limits.defaults().with(LineIndex.CACHED_ROWS_MAX, 1),
                diagnostics);
        for (int round = 0; round < 3; round++) {
            assertThat(index.at(0x1000)).isPresent();
            assertThat(index.at(0x2000)).isPresent();
        }
    }

    @Test
    void moreRowsThanTheLimitAreReported() {
        LineIndex index = new LineIndex(
                SmallDwarf.of(SmallDwarf.sections()),
                Limits.defaults().with(LineHeader.ENTRIES_MAX, 1),
                diagnostics);
        assertThat(index.at(0x1000)).isEmpty();
        assertThat(diagnostics.entries()).isNotEmpty();
    }

    @Test
    void everyTruncationOfEverySectionEndsWithDiagnosticsAtMost() {
        for (DwarfSection section : SmallDwarf.sections().keySet()) {
            int whole = SmallDwarf.sections().get(section).length;
            for (int size = 0; size < whole; size++) {
                Map<DwarfSection, byte[]> sections = SmallDwarf.sections();
                sections.put(section, Arrays.copyOf(sections.get(section), size));
                askAll(sections);
            }
        }
    }

    @Test
    void seededMutationsEndWithDiagnosticsAtMost() {
        SplittableRandom random = new SplittableRandom(5);
        DwarfSection[] names = SmallDwarf.sections().keySet().toArray(DwarfSection[]::new);
        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            for (int round = 0; round < 10_000; round++) {
                Map<DwarfSection, byte[]> sections = SmallDwarf.sections();
                int changes = 1 + random.nextInt(4);
                for (int change = 0; change < changes; change++) {
                    // half of all changes hit the line tables
                    DwarfSection section = random.nextBoolean()
                            ? DwarfSection.LINE
                            : names[random.nextInt(names.length)];
                    byte[] bytes = sections.getOrDefault(section, new byte[1]);
                    int value = random.nextInt(4) == 0 ? 0xff : random.nextInt(256);
                    bytes[random.nextInt(bytes.length)] = (byte) value;
                }
                askAll(sections);
            }
        });
    }

    private static void askAll(Map<DwarfSection, byte[]> sections) {
        LineIndex index =
                new LineIndex(SmallDwarf.of(sections), Limits.defaults(), new DiagnosticLog());
        for (long svma : ASKED) {
            index.at(svma).ifPresent(line -> assertThat(line.line()).isPositive());
        }
    }

    private LineIndex index(Map<DwarfSection, byte[]> sections) {
        return new LineIndex(SmallDwarf.of(sections), Limits.defaults(), diagnostics);
    }
}
