package dev.mortem.format.dwarf.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.expression.DwarfExpression;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.Layout;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * Location lists of a split unit (DWARF 5, sections 2.6.2, 7.3.2.3 and 7.29; version 4: the GNU extension
 * DebugFission): {@code lock} 0x1000 to 0x1040 has its parameter in rdi up to 0x1008, then in the caller's
 * hands up to 0x1010, in rbx from 0x1020 to 0x1030, and nowhere else.
 */
class SplitLocationsTest {
    private static final long ID = 0x1122_3344_5566_7788L;
    private static final String RDI = "55";
    private static final String AT_ENTRY = "a301559f";
    private static final String RBX = "53";

    /** DW_LLE_GNU_*: lengths of four bytes; the first entry is one byte less than empty. */
    private static final String LIST_4 = "03 00 ff ff ff ff 01 00 50"
            + "03 00 08 00 00 00 01 00 55"
            + "01 01" // base 0x1008
            + "04 00 00 00 00 08 00 00 00 04 00 a3 01 55 9f"
            + "02 02 03 01 00 53"
            + "00";

    /** A table of one offset, which leads past a list of nothing; then DW_LLE_*. */
    private static final String LISTS_5 = "27 00 00 00 05 00 08 00 02 00 00 00"
            + "08 00 00 00 09 00 00 00"
            + "00"
            + "03 00 08 01 55"
            + "01 01"
            + "04 00 08 04 a3 01 55 9f"
            + "02 02 03 01 53"
            + "00 00 00";

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void theParameterIsWhereTheListOfTheSplitFileSays(int version) {
        assertLocations(info(version, file(split(version))));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void inAPackageTheListsBeginWhereTheIndexSays(int version) {
        assertLocations(info(version, packageOf(version, split(version))));
    }

    private void assertLocations(DebugInfo info) {
        assertThat(location(info, 0x1000)).isEqualTo(RDI);
        assertThat(location(info, 0x1007)).isEqualTo(RDI);
        assertThat(location(info, 0x1008)).isEqualTo(AT_ENTRY);
        assertThat(location(info, 0x100f)).isEqualTo(AT_ENTRY);
        assertThat(location(info, 0x1010)).isEqualTo("none");
        assertThat(location(info, 0x1020)).isEqualTo(RBX);
        assertThat(location(info, 0x102f)).isEqualTo(RBX);
        assertThat(location(info, 0x1030)).isEqualTo("none");
        assertThat(diagnostics.entries()).isEmpty();
    }

    /** DW_OP_addrx and its like count in the section of the file with the code. */
    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void indicesInExpressionsAreThoseOfTheSkeleton(int version) throws MalformedException {
        FunctionFrame frame = info(version, file(split(version)))
                .firstParameter(0x1000)
                .orElseThrow()
                .frame();
        assertThat(frame.indexed(2)).isEqualTo(OptionalLong.of(0x1020));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void aUnitWithoutListsHasItsFunctions(int version) {
        Map<DwarfSection, byte[]> split = split(version);
        split.put(lists(version), new byte[0]);
        DebugInfo info = info(version, packageOf(version, split));
        assertThat(info.at(0x1000))
                .singleElement()
                .satisfies(function -> assertThat(function.name()).contains("lock"));
        assertThat(location(info, 0x1000)).isEqualTo("none");
    }

    @Test
    void aKindThatIsUnknownIsReported() {
        Map<DwarfSection, byte[]> split = split(4);
        split.put(DwarfSection.LOC, HexFormat.of().parseHex("05"));
        assertThat(location(info(4, file(split)), 0x1000)).isEqualTo("none");
        assertThat(diagnostics.entries())
                .anySatisfy(entry ->
                        assertThat(entry.toString()).contains("DW_LLE_GNU").contains("kind 5"));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void noTruncationGivesAnotherAnswer(int version) {
        for (DwarfSection section : split(version).keySet()) {
            byte[] content = split(version).getOrDefault(section, new byte[0]);
            for (int size = 0; size < content.length; size++) {
                Map<DwarfSection, byte[]> split = split(version);
                split.put(section, Arrays.copyOf(content, size));
                assertThat(location(info(version, file(split)), 0x1008)).isIn(AT_ENTRY, "none");
                assertThat(location(info(version, packageOf(version, split)), 0x1008))
                        .isIn(AT_ENTRY, "none");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void seededMutationsEndWithDiagnosticsAtMost(int version) {
        SplittableRandom random = new SplittableRandom(7);
        int[] answers = new int[1];
        Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
            for (int round = 0; round < 5_000; round++) {
                Map<DwarfSection, byte[]> split = packed(version, split(version));
                DwarfSection[] names = split.keySet().toArray(DwarfSection[]::new);
                for (int change = random.nextInt(4); change >= 0; change--) {
                    byte[] bytes =
                            split.getOrDefault(names[random.nextInt(names.length)], new byte[1]);
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                DebugInfo info = info(version, inPackage(split));
                answers[0] += location(info, 0x1008).equals(AT_ENTRY) ? 1 : 0;
            }
        });
        assertThat(answers[0]).isPositive();
    }

    private DebugInfo info(int version, DwarfCompanions companions) {
        return new DebugInfo(
                sections("program", skeleton(version)), companions, Limits.defaults(), diagnostics);
    }

    private static DwarfSection lists(int version) {
        return version == 4 ? DwarfSection.LOC : DwarfSection.LOCLISTS;
    }

    private static Map<DwarfSection, byte[]> skeleton(int version) {
        Layout abbreviations = ElfTarget.X86_64.layout();
        Layout entry = ElfTarget.X86_64.layout();
        Layout addresses = ElfTarget.X86_64.layout();
        if (version == 4) {
            // compile_unit: GNU_dwo_name string, GNU_dwo_id data8, GNU_addr_base, low_pc, high_pc
            abbreviations
                    .uleb(1)
                    .hex("11 00")
                    .uleb(0x2130)
                    .hex("08")
                    .uleb(0x2131)
                    .hex("07");
            abbreviations.uleb(0x2133).hex("17 11 01 12 07 00 00");
            entry.uleb(1).cString("lock.dwo").u8(ID).u4(0);
        } else {
            // skeleton_unit: dwo_name string, addr_base sec_offset, low_pc, high_pc
            abbreviations.uleb(1).hex("4a 00 76 08 73 17 11 01 12 07 00 00");
            entry.uleb(1).cString("lock.dwo").u4(8);
            addresses.u4(36).u2(5).u1(8).u1(0);
        }
        entry.u8(0x1000).u8(0x40);
        addresses.u8(0x1000).u8(0x1008).u8(0x1020).u8(0x1030);
        Map<DwarfSection, byte[]> sections = new LinkedHashMap<>();
        sections.put(DwarfSection.INFO, unit(version, 0x04, entry));
        sections.put(DwarfSection.ABBREV, abbreviations.uleb(0).build());
        sections.put(DwarfSection.ADDR, addresses.build());
        return sections;
    }

    private static Map<DwarfSection, byte[]> split(int version) {
        Layout abbreviations = ElfTarget.X86_64.layout();
        Layout entries = ElfTarget.X86_64.layout();
        // formal_parameter: location sec_offset, loclistx
        String parameter = version == 4 ? "05 00 02 17 00 00" : "05 00 02 22 00 00";
        if (version == 4) {
            // compile_unit: GNU_dwo_id data8
            abbreviations.uleb(1).hex("11 01").uleb(0x2131).hex("07 00 00");
            // subprogram: name string, low_pc GNU_addr_index, high_pc data8, frame_base exprloc
            abbreviations.uleb(2).hex("2e 01 03 08 11").uleb(0x1f01).hex("12 07 40 18 00 00");
            entries.uleb(1).u8(ID);
        } else {
            // compile_unit: language data1; subprogram: low_pc addrx
            abbreviations.uleb(1).hex("11 01 13 0b 00 00");
            abbreviations.uleb(2).hex("2e 01 03 08 11 1b 12 07 40 18 00 00");
            entries.uleb(1).u1(0x0c);
        }
        abbreviations.uleb(3).hex(parameter).uleb(0);
        entries.uleb(2).cString("lock").uleb(0).u8(0x40).hex("01 9c");
        entries.uleb(3);
        if (version == 4) {
            entries.u4(0);
        } else {
            entries.uleb(1);
        }
        entries.uleb(0).uleb(0);
        Map<DwarfSection, byte[]> sections = new LinkedHashMap<>();
        sections.put(DwarfSection.INFO, unit(version, 0x05, entries));
        sections.put(DwarfSection.ABBREV, abbreviations.build());
        sections.put(
                lists(version),
                HexFormat.of().parseHex((version == 4 ? LIST_4 : LISTS_5).replace(" ", "")));
        return sections;
    }

    private static byte[] unit(int version, int type, Layout entries) {
        Layout unit = ElfTarget.X86_64.layout().u2(version);
        if (version == 4) {
            unit.u4(0).u1(8);
        } else {
            unit.u1(type).u1(8).u4(0).u8(ID);
        }
        byte[] content = unit.bytes(entries.build()).build();
        return ElfTarget.X86_64.layout().u4(content.length).bytes(content).build();
    }

    private static DwarfCompanions packageOf(int version, Map<DwarfSection, byte[]> split) {
        return inPackage(packed(version, split));
    }

    /** The only unit of a package; before each of its parts stands another one's. */
    private static Map<DwarfSection, byte[]> packed(int version, Map<DwarfSection, byte[]> split) {
        int other = 16;
        Layout columns = ElfTarget.X86_64.layout();
        Layout offsets = ElfTarget.X86_64.layout();
        Layout sizes = ElfTarget.X86_64.layout();
        Map<DwarfSection, byte[]> packed = new LinkedHashMap<>();
        split.forEach((section, content) -> {
            columns.u4(
                    switch (section) {
                        case INFO -> 1;
                        case ABBREV -> 3;
                        default -> 5; // DW_SECT_LOC, DW_SECT_LOCLISTS
                    });
            offsets.u4(content.length == 0 ? 0 : other);
            sizes.u4(content.length);
            if (content.length > 0) {
                Layout whole = ElfTarget.X86_64.layout().hex("ee ".repeat(other).strip());
                packed.put(section, whole.bytes(content).build());
            }
        });
        Layout index = ElfTarget.X86_64.layout();
        index.u2(version == 4 ? 2 : 5).u2(0).u4(split.size()).u4(1).u4(2);
        index.u8(ID).u8(0).u4(1).u4(0);
        index.bytes(columns.build()).bytes(offsets.build()).bytes(sizes.build());
        packed.put(DwarfSection.CU_INDEX, index.build());
        return packed;
    }

    private static DwarfCompanions file(Map<DwarfSection, byte[]> sections) {
        return new Companions(Optional.of(sections("lock.dwo", sections)), Optional.empty());
    }

    private static DwarfCompanions inPackage(Map<DwarfSection, byte[]> sections) {
        return new Companions(Optional.empty(), Optional.of(sections("program.dwp", sections)));
    }

    private record Companions(Optional<DwarfSections> file, Optional<DwarfSections> inPackage)
            implements DwarfCompanions {
        @Override
        public Optional<DwarfSections> supplementary(String fileName, byte[] buildId) {
            return Optional.empty();
        }

        @Override
        public Optional<DwarfSections> splitUnit(Optional<String> directory, String fileName) {
            assertThat(fileName).isEqualTo("lock.dwo");
            return file;
        }

        @Override
        public Optional<DwarfSections> splitPackage() {
            return inPackage;
        }
    }

    private static DwarfSections sections(String name, Map<DwarfSection, byte[]> sections) {
        return new DwarfSections(
                name,
                wanted -> Optional.ofNullable(sections.get(wanted))
                        .filter(bytes -> bytes.length > 0)
                        .map(bytes -> ByteSource.ofBytes(
                                wanted.sectionName(), bytes, ByteOrder.LITTLE_ENDIAN)));
    }

    private static String location(DebugInfo info, long svma) {
        return info.firstParameter(svma).map(found -> hex(found.location())).orElse("none");
    }

    private static String hex(DwarfExpression expression) {
        try {
            byte[] bytes = new byte[(int) expression.bytes().sizeBytes()];
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = (byte) expression.bytes().u1("expression", at);
            }
            return HexFormat.of().formatHex(bytes);
        } catch (MalformedException malformed) {
            throw new AssertionError(malformed);
        }
    }
}
