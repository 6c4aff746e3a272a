package dev.mortem.format.dwarf.line;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;

import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Two units in a few hundred bytes: one of version 5, one of version 4, each with a line table. */
final class SmallDwarf {
    static final int[] OPERANDS = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};

    private SmallDwarf() {}

    static Map<DwarfSection, byte[]> sections() {
        byte[] five = lineTable5();
        Map<DwarfSection, byte[]> sections = new EnumMap<>(DwarfSection.class);
        sections.put(
                DwarfSection.LINE,
                LineBytes.little().raw(five).raw(lineTable4()).toArray());
        sections.put(
                DwarfSection.LINE_STR,
                LineBytes.little().text("/build").text("lib").text("five.c").toArray());
        sections.put(DwarfSection.STR, LineBytes.little().text("/four").toArray());
        sections.put(DwarfSection.ABBREV, abbreviations());
        byte[] unit5 = LineBytes.little()
                .u2(5)
                .u1(1, 8)
                .u4(0)
                .u1(1)
                .u4(0) // DW_AT_stmt_list
                .u8(0x1000)
                .u4(0x10) // DW_AT_high_pc as a size
                .asUnit()
                .toArray();
        byte[] unit4 = LineBytes.little()
                .u2(4)
                .u4(0)
                .u1(8)
                .u1(2)
                .u4(five.length)
                .u4(0) // DW_AT_comp_dir: "/four"
                .u4(0) // DW_AT_ranges
                .asUnit()
                .toArray();
        sections.put(DwarfSection.INFO, LineBytes.little().raw(unit5).raw(unit4).toArray());
        sections.put(
                DwarfSection.RANGES,
                LineBytes.little().u8(0x2000).u8(0x2010).u8(0).u8(0).toArray());
        sections.put(
                DwarfSection.ARANGES,
                LineBytes.little()
                        .u2(2)
                        .u4(0)
                        .u1(8, 0)
                        .u4(0) // up to a multiple of 16
                        .u8(0x1000)
                        .u8(0x10)
                        .u8(0)
                        .u8(0)
                        .asUnit()
                        .toArray());
        return sections;
    }

    static DwarfSections of(Map<DwarfSection, byte[]> sections) {
        return new DwarfSections(
                "small",
                section -> Optional.ofNullable(sections.get(section))
                        .map(bytes -> ByteSource.ofBytes("small", bytes, ByteOrder.LITTLE_ENDIAN)));
    }

    private static byte[] abbreviations() {
        return LineBytes.little()
                .u1(1, 0x11, 0, 0x10, 0x17, 0x11, 0x01, 0x12, 0x06, 0, 0)
                .u1(2, 0x11, 0, 0x10, 0x17, 0x1b, 0x0e, 0x55, 0x17, 0, 0)
                .u1(0)
                .toArray();
    }

    /** Line 7 at 0x1000, line 9 at 0x1004 and line 0 at 0x1008, in /build/lib/five.c. */
    private static byte[] lineTable5() {
        LineBytes tables = LineBytes.little()
                .u1(1, 1, 1, (byte) -5, 14, 13)
                .u1(OPERANDS)
                .u1(1, 1, 0x1f) // directories: DW_LNCT_path as DW_FORM_line_strp
                .u1(2)
                .u4(0)
                .u4(7)
                .u1(3, 1, 0x1f, 2, 0x0b, 5, 0x1e) // files: path, directory index, MD5
                .u1(1)
                .u4(11)
                .u1(1)
                .u8(1)
                .u8(2);
        LineBytes program = LineBytes.little()
                .u1(4, 0) // DW_LNS_set_file
                .setAddress(0x1000)
                .u1(3, 6) // line += 6
                .u1(1)
                .u1(13 + 5 + 2 + 14 * 4) // address += 4, line += 2
                .u1(3, 0x77) // line -= 9
                .u1(2, 4)
                .u1(1)
                .u1(2, 8)
                .endSequence();
        return LineBytes.little()
                .u2(5)
                .u1(8, 0)
                .u4(tables.size())
                .add(tables)
                .add(program)
                .asUnit()
                .toArray();
    }

    /** Line 3 at 0x2000 in /four/inc/four.h, line 5 at 0x2004 in /four/four.c. */
    private static byte[] lineTable4() {
        LineBytes tables = LineBytes.little()
                .u1(1, 1, 1, (byte) -5, 14, 13)
                .u1(OPERANDS)
                .text("inc")
                .u1(0)
                .text("four.c")
                .u1(0, 0, 0)
                .text("four.h")
                .u1(1, 0, 0)
                .u1(0);
        LineBytes program = LineBytes.little()
                .setAddress(0x2000)
                .u1(4, 2) // four.h
                .u1(3, 2)
                .u1(1)
                .u1(4, 1)
                .u1(9)
                .u2(4) // DW_LNS_fixed_advance_pc
                .u1(13 + 5 + 2)
                .u1(2, 12)
                .endSequence();
        return LineBytes.little()
                .u2(4)
                .u4(tables.size())
                .add(tables)
                .add(program)
                .asUnit()
                .toArray();
    }
}
