package dev.mortem.format.dwarf.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Layout;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One unit: {@code lock} 0x1000 has its parameter in rdi up to 0x1008, then in the caller's hands, and
 * keeps something else at its end; it calls something that returns to 0x1010, handing over rbx in rdi and
 * 5 in rsi.
 */
class ParametersTest {
    private static final String RDI = "55";
    private static final String AT_ENTRY = "a301559f";

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    /** DWARF 5, section 7.29: relative to the unit, by start and length, and the default. */
    private static final String LIST_5 = "04 00 08 01 55" // 0x1000 to 0x1008
            + "09 01 02" // views
            + "08 08 10 00 00 00 00 00 00 08 04 a3 01 55 9f" // 8 bytes from 0x1008
            + "06 00 20 00 00 00 00 00 00" // base 0x2000
            + "04 00 10 01 53"
            + "05 01 50 00"; // elsewhere

    /** DWARF 4, section 2.6.2. */
    private static final String LIST_4 = "0000000000000000 0800000000000000 0100 55"
            + "ffffffffffffffff 0810000000000000"
            + "0000000000000000 0800000000000000 0400 a301559f"
            + "0000000000000000 0000000000000000";

    @Test
    void theFirstParameterIsWhereTheListSays() {
        DebugInfo info = info(sections(5));
        assertThat(location(info, 0x1004)).isEqualTo(RDI);
        assertThat(location(info, 0x1008)).isEqualTo(AT_ENTRY);
        assertThat(location(info, 0x100f)).isEqualTo(AT_ENTRY);
        assertThat(location(info, 0x1010)).isEqualTo("50");
        assertThat(location(info, 0x1100)).isEqualTo("none");
        FunctionFrame frame = info.firstParameter(0x1004).orElseThrow().frame();
        assertThat(frame.base().map(ParametersTest::hex)).contains("9c");
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void aListOfVersion4CountsFromTheUnitOrItsOwnBase() {
        DebugInfo info = info(sections(4));
        assertThat(location(info, 0x1007)).isEqualTo(RDI);
        assertThat(location(info, 0x1008)).isEqualTo(AT_ENTRY);
        assertThat(location(info, 0x1010)).isEqualTo("none");
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** By DW_TAG_call_site_parameter, and by GNU's before version 5. */
    @Test
    void aCallTellsWhatItHandsOver() {
        for (int version : new int[] {4, 5}) {
            CallArguments call = info(sections(version)).callArguments(0x1010).orElseThrow();
            assertThat(call.arguments())
                    .extracting(CallArguments.Argument::register)
                    .containsExactly(5L, 4L);
            assertThat(call.arguments())
                    .extracting(argument -> hex(argument.value()))
                    .containsExactly("7300", "35");
            assertThat(info(sections(version)).callArguments(0x1011)).isEmpty();
        }
    }

    /** A specialised copy without its first parameter: the next one is not taken for it. */
    @Test
    void aCopyThatLostItsFirstParameterHasNone() {
        assertThat(location(info(sections(5)), 0x1048)).isEqualTo("none");
        assertThat(location(info(sections(5)), 0x1088)).isEqualTo("53");
    }

    @Test
    void aKindThatIsUnknownIsReported() {
        Map<String, byte[]> sections = sections(5);
        sections.put(".debug_loclists", HexFormat.of().parseHex("0b"));
        assertThat(location(info(sections), 0x1004)).isEqualTo("none");
        assertThat(diagnostics.entries())
                .anySatisfy(entry -> assertThat(entry.toString()).contains("kind 11"));
    }

    @Test
    void noTruncationGivesAnotherAnswer() {
        for (int version : new int[] {4, 5}) {
            for (String section : sections(version).keySet()) {
                byte[] content = sections(version).getOrDefault(section, new byte[0]);
                for (int size = 0; size < content.length; size++) {
                    Map<String, byte[]> sections = sections(version);
                    sections.put(section, Arrays.copyOf(content, size));
                    DebugInfo info = info(sections);
                    assertThat(location(info, 0x1008)).isIn(AT_ENTRY, "none");
                    info.callArguments(0x1010)
                            .ifPresent(call -> assertThat(call.arguments()).hasSizeLessThan(3));
                }
            }
        }
    }

    @Test
    void seededMutationsEndWithDiagnosticsAtMost() {
        SplittableRandom random = new SplittableRandom(7);
        int[] answers = new int[1];
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int round = 0; round < 10_000; round++) {
                Map<String, byte[]> sections = sections(round % 2 + 4);
                String[] names = sections.keySet().toArray(String[]::new);
                for (int change = random.nextInt(4); change >= 0; change--) {
                    byte[] bytes =
                            sections.getOrDefault(names[random.nextInt(names.length)], new byte[1]);
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                DebugInfo info = new DebugInfo(
                        sectionsOf(sections),
                        DwarfCompanions.NONE,
                        Limits.defaults(),
                        new DiagnosticLog());
                answers[0] += location(info, 0x1008).equals(AT_ENTRY) ? 1 : 0;
                info.callArguments(0x1010);
            }
        });
        assertThat(answers[0]).isPositive();
    }

    private static String location(DebugInfo info, long svma) {
        return info.firstParameter(svma).map(found -> hex(found.location())).orElse("none");
    }

    private static String hex(DwarfExpression expression) {
        StringBuilder text = new StringBuilder();
        try {
            for (int at = 0; at < expression.bytes().sizeBytes(); at++) {
                text.append("%02x".formatted(expression.bytes().u1("expression", at)));
            }
        } catch (MalformedException malformed) {
            throw new AssertionError(malformed);
        }
        return text.toString();
    }

    private static Map<String, byte[]> sections(int version) {
        Map<String, byte[]> sections = new LinkedHashMap<>();
        sections.put(".debug_info", unit(version));
        sections.put(".debug_abbrev", abbreviations(version));
        boolean old = version == 4;
        sections.put(
                old ? ".debug_loc" : ".debug_loclists",
                HexFormat.of().parseHex((old ? LIST_4 : LIST_5).replace(" ", "")));
        return sections;
    }

    private static byte[] abbreviations(int version) {
        Layout table = ElfTarget.X86_64.layout();
        // compile_unit: language data1, low_pc addr, high_pc data8
        table.uleb(1).hex("11 01 13 0b 11 01 12 07 00 00");
        // subprogram: name string, low_pc, high_pc, frame_base exprloc
        table.uleb(2).hex("2e 01 03 08 11 01 12 07 40 18 00 00");
        // formal_parameter: location sec_offset
        table.uleb(3).hex("05 00 02 17 00 00");
        if (version == 5) {
            // call_site: call_return_pc; call_site_parameter: location exprloc, call_value exprloc
            table.uleb(4).hex("48 01 7d 01 00 00");
            table.uleb(5).hex("49 00 02 18 7e 18 00 00");
        } else {
            // GNU_call_site: low_pc; GNU_call_site_parameter: location, GNU_call_site_value
            table.uleb(4).uleb(0x4109).hex("01 11 01 00 00");
            table.uleb(5).uleb(0x410a).hex("00 02 18").uleb(0x2111).hex("18 00 00");
        }
        // subprogram without code; formal_parameter: name string
        table.uleb(6).hex("2e 01 03 08 00 00");
        table.uleb(7).hex("05 00 03 08 00 00");
        // subprogram: abstract_origin ref4, low_pc, high_pc
        table.uleb(8).hex("2e 01 31 13 11 01 12 07 00 00");
        // formal_parameter: abstract_origin ref4, location exprloc
        table.uleb(9).hex("05 00 31 13 02 18 00 00");
        // variable: location exprloc
        table.uleb(10).hex("34 00 02 18 00 00");
        return table.uleb(0).build();
    }

    /** Twice: the second time with the offsets that the first one found. */
    private static byte[] unit(int version) {
        Map<String, Integer> offsets = new HashMap<>();
        entries(offsets, version);
        byte[] entries = entries(offsets, version).build();
        Layout unit = ElfTarget.X86_64.layout();
        int header = version == 5 ? 8 : 7;
        unit.u4(header + entries.length).u2(version);
        if (version == 5) {
            unit.u1(1).u1(8).u4(0);
        } else {
            unit.u4(0).u1(8);
        }
        return unit.bytes(entries).build();
    }

    private static Layout entries(Map<String, Integer> offsets, int version) {
        int header = version == 5 ? 12 : 11;
        Layout entries = ElfTarget.X86_64.layout();
        entries.uleb(1).u1(0x0c).u8(0x1000).u8(0xc0);
        entries.uleb(2).cString("lock").u8(0x1000).u8(0x40).hex("01 9c");
        entries.uleb(10).hex("02 91 10");
        entries.uleb(3).u4(0);
        entries.uleb(4).u8(0x1010);
        entries.uleb(5).hex("01 55 02 73 00");
        entries.uleb(5).hex("01 54 01 35");
        entries.uleb(5).hex("02 91 00 01 36").uleb(0); // on the stack
        entries.uleb(0);
        offsets.put("origin", header + entries.sizeBytes());
        entries.uleb(6).cString("part");
        offsets.put("first", header + entries.sizeBytes());
        entries.uleb(7).cString("one");
        offsets.put("second", header + entries.sizeBytes());
        entries.uleb(7).cString("two").uleb(0);
        entries.uleb(8).u4(offsets.getOrDefault("origin", 0)).u8(0x1040).u8(0x40);
        entries.uleb(9).u4(offsets.getOrDefault("second", 0)).hex("01 55").uleb(0);
        entries.uleb(8).u4(offsets.getOrDefault("origin", 0)).u8(0x1080).u8(0x40);
        entries.uleb(9).u4(offsets.getOrDefault("first", 0)).hex("01 53").uleb(0);
        return entries.uleb(0);
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
