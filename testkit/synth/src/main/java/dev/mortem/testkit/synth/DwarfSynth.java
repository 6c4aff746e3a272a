package dev.mortem.testkit.synth;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Debug information of a few hundred bytes with much of what there is: a unit of DWARF 5 whose values are
 * indices, a unit of DWARF 4 whose names are in a partial unit, functions inlined two deep, range lists of
 * both kinds, one line table (DWARF 4 and 5, sections 2, 3, 6.1.2, 6.2 and 7).
 *
 * <p>Code: {@code outer} 0x1000 to 0x1040, in it {@code inner} at 0x1010 to 0x1018 and 0x1020 to 0x1028,
 * in that {@code leaf} at 0x1012 to 0x1014; {@code member} 0x2000 to 0x2040, in it {@code helper} at
 * 0x2010 to 0x2020. A line changes every 8 bytes.
 */
public final class DwarfSynth {
    private static final ElfTarget TARGET = ElfTarget.X86_64;
    private static final List<String> TEXTS = List.of(
            "five.cc", "/build", "outer", "_Z5outerv", "inner", "_ZL5innerv", "leaf", "member");
    private static final List<String> OTHER_TEXTS = List.of("_ZN1C6memberEv", "helper", "four.cc");

    private static final int CODE_5 = 0x1000;
    private static final int CODE_4 = 0x2000;

    private DwarfSynth() {}

    /** The content of each section by its name; each call makes new arrays. */
    public static Map<String, byte[]> sections() {
        Map<String, byte[]> sections = new LinkedHashMap<>();
        byte[] unit5 = unit5();
        byte[] partial = partialUnit();
        byte[] unit4 = unit4(unit5.length);
        Layout info = TARGET.layout().bytes(unit5).bytes(partial).bytes(unit4);
        sections.put(".debug_info", info.build());
        sections.put(".debug_abbrev", abbreviations());
        sections.put(".debug_line", lineTable());
        sections.put(".debug_str", texts());
        sections.put(".debug_str_offsets", textOffsets());
        sections.put(".debug_addr", addresses());
        sections.put(".debug_rnglists", rangeLists());
        sections.put(".debug_ranges", ranges());
        sections.put(".debug_aranges", addressTable());
        return sections;
    }

    /** All sections in one array: the size of each in two bytes, then their contents. */
    public static byte[] packed() {
        Layout sizes = TARGET.layout();
        Layout contents = TARGET.layout();
        for (byte[] content : sections().values()) {
            sizes.u2(content.length);
            contents.bytes(content);
        }
        return sizes.bytes(contents.build()).build();
    }

    /** What {@link #packed} put together, damaged or not; sections that are cut off are empty. */
    public static Map<String, byte[]> unpacked(byte[] packed) {
        List<String> names = List.copyOf(sections().keySet());
        Map<String, byte[]> sections = new LinkedHashMap<>();
        int at = 2 * names.size();
        for (int index = 0; index < names.size(); index++) {
            int sizeBytes = 2 * index + 1 < packed.length
                    ? (packed[2 * index] & 0xff) | (packed[2 * index + 1] & 0xff) << 8
                    : 0;
            int end = Math.min(packed.length, at + sizeBytes);
            int start = Math.min(at, end);
            sections.put(names.get(index), Arrays.copyOfRange(packed, start, end));
            at = end;
        }
        return sections;
    }

    private static byte[] abbreviations() {
        Layout table = TARGET.layout();
        // DW_TAG_compile_unit: the bases first, name strx1, comp_dir strx1, addrx low_pc, high_pc
        // data4,
        // stmt_list, language data1
        table.uleb(1).hex("11 01 72 17 73 17 74 17 03 25 1b 25 11 1b 12 06 10 17 13 0b 00 00");
        // DW_TAG_subprogram with code: name strx1, linkage_name strx1, low_pc addrx, high_pc data4
        table.uleb(2).hex("2e 01 03 25 6e 25 11 1b 12 06 00 00");
        // DW_TAG_lexical_block: ranges rnglistx
        table.uleb(3).hex("0b 01 55 23 00 00");
        // DW_TAG_inlined_subroutine: abstract_origin ref4, ranges rnglistx, call_file
        // implicit_const 1,
        // call_line data1, call_column udata
        table.uleb(4).hex("1d 01 31 13 55 23 58 21 01 59 0b 57 0f 00 00");
        // DW_TAG_inlined_subroutine: abstract_origin ref_udata, low_pc addr, high_pc data1, call
        table.uleb(5).hex("1d 00 31 15 11 01 12 0b 58 0b 59 05 00 00");
        // DW_TAG_subprogram without code: name strx1, linkage_name strx1, inline data1
        table.uleb(6).hex("2e 00 03 25 6e 25 20 0b 00 00");
        // the same with a name alone, as a string in place
        table.uleb(7).hex("2e 00 03 08 20 0b 00 00");
        // DW_TAG_variable: location exprloc, a block and a constant of 16 bytes; of no interest
        // here
        table.uleb(8).hex("34 00 02 18 1c 0a 1c 1e 3f 19 00 00");
        // DW_TAG_partial_unit: stmt_list
        table.uleb(20).hex("3c 01 10 17 00 00");
        // DW_TAG_subprogram, a declaration: name strp, MIPS_linkage_name strp
        table.uleb(21).hex("2e 00 03 0e 87 40 0e 00 00");
        // DW_TAG_subprogram: name strp, inline data1
        table.uleb(22).hex("2e 00 03 0e 20 0b 00 00");
        // DW_TAG_compile_unit of version 4: name strp, low_pc addr, high_pc addr, stmt_list
        table.uleb(30).hex("11 01 03 0e 11 01 12 01 10 17 00 00");
        // DW_TAG_subprogram: specification ref_addr, low_pc addr, high_pc data8
        table.uleb(31).hex("2e 01 47 10 11 01 12 07 00 00");
        // DW_TAG_inlined_subroutine: abstract_origin ref_addr, ranges, call_file, call_line
        // indirect
        table.uleb(32).hex("1d 00 31 10 55 17 58 0b 59 16 00 00");
        return table.uleb(0).build();
    }

    private static byte[] unit5() {
        int header = 12;
        Layout entries = TARGET.layout();
        entries.uleb(1).u4(8).u4(8).u4(12).u1(0).u1(1).u1(0).u4(0x40).u4(0).u1(0x21);
        int inner = header + entries.sizeBytes();
        entries.uleb(6).u1(4).u1(5).u1(1);
        int leaf = header + entries.sizeBytes();
        entries.uleb(7).cString("leaf").u1(1);
        entries.uleb(8).uleb(1).u1(0x9c).u1(2).u2(7).zeros(16);
        entries.uleb(2).u1(2).u1(3).u1(0).u4(0x40);
        entries.uleb(3).uleb(0);
        entries.uleb(4).u4(inner).uleb(0).u1(12).uleb(5);
        entries.uleb(5).uleb(leaf).u8(CODE_5 + 0x12).u1(2).u1(1).u2(30);
        entries.uleb(0).uleb(0).uleb(0).uleb(0);
        Layout unit = TARGET.layout().u2(5).u1(1).u1(8).u4(0).bytes(entries.build());
        return sized(unit);
    }

    private static byte[] partialUnit() {
        Layout entries = TARGET.layout();
        entries.uleb(20).u4(0);
        entries.uleb(21).u4(offsetOf("member")).u4(offsetOf("_ZN1C6memberEv"));
        entries.uleb(22).u4(offsetOf("helper")).u1(1);
        return unit4Of(entries.uleb(0));
    }

    private static byte[] unit4(int partialAt) {
        int member = partialAt + 11 + 5;
        int helper = member + 9;
        Layout entries = TARGET.layout();
        entries.uleb(30).u4(offsetOf("four.cc")).u8(CODE_4).u8(CODE_4 + 0x40).u4(0);
        entries.uleb(31).u4(member).u8(CODE_4).u8(0x40);
        entries.uleb(32).u4(helper).u4(0).u1(1).uleb(0x0b).u1(77);
        return unit4Of(entries.uleb(0).uleb(0));
    }

    private static byte[] unit4Of(Layout entries) {
        return sized(TARGET.layout().u2(4).u4(0).u1(8).bytes(entries.build()));
    }

    private static byte[] sized(Layout content) {
        return TARGET.layout().u4(content.sizeBytes()).bytes(content.build()).build();
    }

    private static byte[] texts() {
        Layout texts = TARGET.layout();
        TEXTS.forEach(texts::cString);
        OTHER_TEXTS.forEach(texts::cString);
        return texts.build();
    }

    private static int offsetOf(String wanted) {
        int offset = 0;
        for (List<String> group : List.of(TEXTS, OTHER_TEXTS)) {
            for (String text : group) {
                if (text.equals(wanted)) {
                    return offset;
                }
                offset += text.length() + 1;
            }
        }
        throw new IllegalArgumentException(wanted);
    }

    private static byte[] textOffsets() {
        Layout offsets = TARGET.layout().u2(5).u2(0);
        TEXTS.forEach(text -> offsets.u4(offsetOf(text)));
        return sized(offsets);
    }

    private static byte[] addresses() {
        return sized(TARGET.layout().u2(5).u1(8).u1(0).u8(CODE_5).u8(CODE_5 + 0x20));
    }

    /** One list: an offset from the unit's base, then one by an index of an address. */
    private static byte[] rangeLists() {
        Layout lists = TARGET.layout().u2(5).u1(8).u1(0).u4(1).u4(4);
        lists.u1(4).uleb(0x10).uleb(0x18); // DW_RLE_offset_pair
        lists.u1(3).uleb(1).uleb(8); // DW_RLE_startx_length
        return sized(lists.u1(0));
    }

    private static byte[] ranges() {
        return TARGET.layout().u8(0x10).u8(0x20).u8(0).u8(0).build();
    }

    /** The unit of version 5 alone: the other one has to be found without it. */
    private static byte[] addressTable() {
        Layout set = TARGET.layout().u2(2).u4(0).u1(8).u1(0).zeros(4);
        return sized(set.u8(CODE_5).u8(0x40).u8(0).u8(0));
    }

    private static byte[] lineTable() {
        Layout header = TARGET.layout().u1(1).u1(1).u1(1).u1(0xfb).u1(14).u1(13);
        header.hex("00 01 01 01 01 00 00 00 01 00 00 01");
        header.cString("/src").u1(0);
        header.cString("five.cc").uleb(1).uleb(0).uleb(0);
        header.cString("four.cc").uleb(1).uleb(0).uleb(0).u1(0);
        Layout rows = TARGET.layout();
        for (int start : List.of(CODE_5, CODE_4)) {
            rows.hex("00 09 02").u8(start); // DW_LNE_set_address
            rows.u1(4).uleb(start == CODE_5 ? 1 : 2); // DW_LNS_set_file
            for (int row = 0; row < 8; row++) {
                rows.u1(3).sleb(2).u1(1); // DW_LNS_advance_line, DW_LNS_copy
                rows.u1(2).uleb(8); // DW_LNS_advance_pc
            }
            rows.hex("00 01 01"); // DW_LNE_end_sequence
        }
        Layout table = TARGET.layout().u2(4).u4(header.sizeBytes());
        return sized(table.bytes(header.build()).bytes(rows.build()));
    }
}
