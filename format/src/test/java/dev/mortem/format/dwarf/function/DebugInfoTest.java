package dev.mortem.format.dwarf.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.testkit.synth.DwarfSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Layout;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

class DebugInfoTest {
    private static final long[] ASKED = {
        0x0fff, 0x1000, 0x1010, 0x1012, 0x1014, 0x1020, 0x1028, 0x103f, 0x2000, 0x2010, 0x2020
    };

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void theChainOfAnAddressIsThatOfTheEntriesAroundIt() {
        DebugInfo info = info(DwarfSynth.sections());

        assertThat(shown(info, 0x0fff)).isEmpty();
        assertThat(shown(info, 0x1000)).containsExactly("_Z5outerv /src/five.cc:3");
        assertThat(shown(info, 0x1010))
                .containsExactly("_ZL5innerv /src/five.cc:7 inlined", "_Z5outerv /src/five.cc:12");
        assertThat(shown(info, 0x1013))
                .containsExactly(
                        "leaf /src/five.cc:7 inlined",
                        "_ZL5innerv /src/five.cc:30 inlined",
                        "_Z5outerv /src/five.cc:12");
        assertThat(shown(info, 0x1014)).hasSize(2);
        assertThat(shown(info, 0x1018)).hasSize(1);
        assertThat(shown(info, 0x1027)).hasSize(2);
        assertThat(shown(info, 0x2010))
                .containsExactly("helper /src/four.cc:7 inlined", "_ZN1C6memberEv /src/five.cc:77");
        assertThat(shown(info, 0x2020)).containsExactly("_ZN1C6memberEv /src/four.cc:11");
        assertThat(shown(info, 0x2040)).isEmpty();
        assertThat(info.at(0x1000).getLast().language())
                .isEqualTo(info.at(0x1012).getFirst().language())
                .isNotEqualTo(SourceLanguage.UNKNOWN);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void whatIsGivenOutAsAWholeIsWhatAnswersByAddress() throws IOException {
        DebugInfo info = info(DwarfSynth.sections());
        List<Long> starts = new ArrayList<>();
        info.forEach((start, end, code) -> {
            starts.add(start);
            assertThat(info.at(start)).isEqualTo(code.functions());
            assertThat(info.at(end - 1)).isEqualTo(code.functions());
        });
        assertThat(starts).contains(0x1000L, 0x1010L, 0x1014L, 0x2000L, 0x2020L);
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** What is left may lack a name, a line or all, but nothing is different. */
    @Test
    void noTruncationOfAnySectionGivesAWrongName() {
        DebugInfo whole = info(DwarfSynth.sections());
        for (String section : DwarfSynth.sections().keySet()) {
            byte[] content = DwarfSynth.sections().getOrDefault(section, new byte[0]);
            for (int size = 0; size < content.length; size++) {
                Map<String, byte[]> sections = DwarfSynth.sections();
                sections.put(section, Arrays.copyOf(content, size));
                DebugInfo damaged = info(sections);
                for (long svma : ASKED) {
                    assertPartOf(damaged.at(svma), whole.at(svma), section + " of " + size);
                }
            }
        }
    }

    private static void assertPartOf(
            List<SourceFunction> found, List<SourceFunction> whole, String what) {
        if (found.isEmpty()) {
            return;
        }
        assertThat(found).as(what).hasSameSizeAs(whole);
        for (int index = 0; index < found.size(); index++) {
            SourceFunction left = found.get(index);
            SourceFunction right = whole.get(index);
            assertThat(left.entrySvma()).as(what).isEqualTo(right.entrySvma());
            left.name().ifPresent(name -> assertThat(right.name()).as(what).contains(name));
            left.linkageName()
                    .ifPresent(name -> assertThat(right.linkageName()).as(what).contains(name));
            left.source().ifPresent(line -> assertThat(right.source()).as(what).contains(line));
        }
    }

    @Test
    void seededMutationsEndWithDiagnosticsAtMost() {
        SplittableRandom random = new SplittableRandom(11);
        Map<String, byte[]> sound = DwarfSynth.sections();
        String[] names = sound.keySet().toArray(String[]::new);
        int[] answers = new int[1];
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int round = 0; round < 20_000; round++) {
                Map<String, byte[]> sections = new HashMap<>(sound);
                sections.replaceAll((name, bytes) -> bytes.clone());
                int changes = 1 + random.nextInt(4);
                for (int change = 0; change < changes; change++) {
                    // half of all changes hit the entries
                    String section = random.nextBoolean()
                            ? ".debug_info"
                            : names[random.nextInt(names.length)];
                    byte[] bytes = sections.getOrDefault(section, new byte[1]);
                    int value = random.nextInt(4) == 0 ? 0xff : random.nextInt(256);
                    bytes[random.nextInt(bytes.length)] = (byte) value;
                }
                answers[0] += ask(sections);
            }
        });
        assertThat(answers[0]).isPositive(); // not all are so broken that nothing is read
    }

    private static int ask(Map<String, byte[]> sections) {
        DebugInfo info = new DebugInfo(
                sectionsOf(sections), DwarfCompanions.NONE, Limits.defaults(), new DiagnosticLog());
        int answers = 0;
        for (long svma : ASKED) {
            for (SourceFunction function : info.at(svma)) {
                function.source().ifPresent(line -> assertThat(line.line()).isPositive());
                answers++;
            }
        }
        return answers;
    }

    /** A list of ranges costs little to name and much to read. */
    @Test
    void aLongListThatManyEntriesNameIsNotReadForEach() {
        Map<String, byte[]> sections = DwarfSynth.sections();
        sections.remove(".debug_aranges");
        Layout list = ElfTarget.X86_64.layout();
        for (int entry = 0; entry < 20_000; entry++) {
            list.u8(1).u8(1); // empty
        }
        sections.put(".debug_ranges", list.u8(0).u8(0).build());
        Layout entries = ElfTarget.X86_64.layout();
        entries.uleb(30).u4(0).u8(0x2000).u8(0x2040).u4(0);
        entries.uleb(31).u4(0).u8(0x2000).u8(0x40);
        for (int entry = 0; entry < 20_000; entry++) {
            entries.uleb(32).u4(0).u4(0).u1(1).uleb(0x0b).u1(77);
        }
        entries.uleb(0).uleb(0);
        sections.put(".debug_info", unit4(entries.build()));

        Assertions.assertTimeout(
                Duration.ofSeconds(10),
                () -> assertThat(info(sections).at(0x2000)).isEmpty());
        assertThat(diagnostics.entries())
                .anySatisfy(entry -> assertThat(entry.toString()).contains("steps"));
    }

    /** A table of abbreviations costs a unit four bytes to name and much to search. */
    @Test
    void aLongTableThatManyUnitsNameIsNotSearchedForEach() {
        Map<String, byte[]> sections = DwarfSynth.sections();
        sections.remove(".debug_aranges");
        Layout table = ElfTarget.X86_64.layout();
        for (int code = 1000; code < 16_000; code++) {
            table.uleb(code).hex("2e 00 03 08 00 00");
        }
        sections.put(".debug_abbrev", table.uleb(0).build());
        Layout units = ElfTarget.X86_64.layout();
        for (int unit = 0; unit < 40_000; unit++) {
            units.bytes(unit4(new byte[] {1}));
        }
        sections.put(".debug_info", units.build());

        Assertions.assertTimeout(
                Duration.ofSeconds(60),
                () -> assertThat(info(sections).at(0x2000)).isEmpty());
        assertThat(diagnostics.entries()).isNotEmpty();
    }

    private static byte[] unit4(byte[] entries) {
        return ElfTarget.X86_64
                .layout()
                .u4(7 + entries.length)
                .u2(4)
                .u4(0)
                .u1(8)
                .bytes(entries)
                .build();
    }

    private static List<String> shown(DebugInfo info, long svma) {
        return info.at(svma).stream()
                .map(function -> function.rawName().orElse("?")
                        + function.source()
                                .map(line -> " " + line.file() + ":" + line.line())
                                .orElse("")
                        + (function.inlined() ? " inlined" : ""))
                .toList();
    }

    private DebugInfo info(Map<String, byte[]> sections) {
        return new DebugInfo(
                sectionsOf(sections), DwarfCompanions.NONE, Limits.defaults(), diagnostics);
    }

    private static DwarfSections sectionsOf(Map<String, byte[]> sections) {
        return new DwarfSections(
                "small",
                wanted -> Optional.ofNullable(sections.get(wanted.sectionName()))
                        .map(bytes -> ByteSource.ofBytes(
                                wanted.sectionName(), bytes, ByteOrder.LITTLE_ENDIAN)));
    }
}
