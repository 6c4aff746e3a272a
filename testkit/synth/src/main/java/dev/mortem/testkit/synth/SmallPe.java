package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whole PE images, ready-made: three functions with unwind data, exports, a debug directory, a version
 * and, in the one for x64, DWARF sections and COFF symbols.
 */
public final class SmallPe {
    /** As it lies in the file; read, 3249D99D-0C40-4931-8610-F4E4FB0B6936. */
    public static final String GUID = "9dd94932400c31498610f4e4fb0b6936";

    private SmallPe() {}

    /** For x64; functions at 0x1000, 0x1020 (chained to the first) and 0x1040 (version 2). */
    public static PeSynth x64() {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x60);
        Layout data = image.section(".rdata", PeSynth.DATA);
        common(image, text, data);
        data.align(4);
        Label first = data.here();
        // push rbp; sub rsp, 32; lea rbp, [rsp + 16]; handler
        data.hex("09 0c 03 15 0c 03 08 32 01 50 00 00").u4(text.start().plus(0x10));
        Label second = data.here();
        // save rbx far away, xmm6 and rsi; chained to the first
        data.hex("21 20 07 00 20 35 00 00 01 00 18 68 02 00 10 64 04 00 00 00");
        data.u4(text.start()).u4(text.start().plus(0x20)).u4(first);
        Label third = data.here();
        // two epilogs of 3 bytes, one at the end; sub rsp, 40
        data.hex("02 04 03 00 03 16 10 06 04 42 00 00");
        data.align(4);
        Label table = data.here();
        data.u4(text.start()).u4(text.start().plus(0x20)).u4(first);
        data.u4(text.start().plus(0x20)).u4(text.start().plus(0x40)).u4(second);
        data.u4(text.start().plus(0x40)).u4(text.start().plus(0x60)).u4(third);
        image.directory(PeSynth.EXCEPTION, table, data.here());
        image.section("/4", PeSynth.DATA).cString("DWARF abbreviations");
        image.section("/18", PeSynth.DATA).cString("DWARF information");
        return image.symbols(3, symbols());
    }

    /** For ARM64; functions at 0x1000 (packed), 0x1020 (.xdata) and 0x1040 (.xdata, with a handler). */
    public static PeSynth arm64() {
        PeSynth image = new PeSynth(PeSynth.ARM64);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x80);
        Layout data = image.section(".rdata", PeSynth.DATA);
        common(image, text, data);
        data.align(4);
        Label second = data.here();
        // 8 instructions, one epilog scope at instruction 5, code index 1; set_fp, save_fplr_x 32,
        // end
        data.u4(8 | 1 << 22 | 1 << 27).u4(5 | 1 << 22).hex("e1 83 e4 00");
        Label third = data.here();
        // 8 instructions, one epilog at the end from code 2 on, handler; alloc_m 1024, save_regp,
        // nop, end
        data.u4(8 | 1 << 20 | 1 << 21 | 2 << 22 | 2 << 27).hex("c0 40 c8 42 e3 e4 00 00");
        data.u4(text.start().plus(0x10)).u4(7);
        Label table = data.here();
        // 8 instructions, x19 to x21 saved, CR 3, 64 bytes
        data.u4(text.start()).u4(1 | 8 << 2 | 3 << 16 | 3 << 21 | 4 << 23);
        data.u4(text.start().plus(0x20)).u4(second);
        data.u4(text.start().plus(0x40)).u4(third);
        image.directory(PeSynth.EXCEPTION, table, data.here());
        return image;
    }

    /** For x86: no unwind data. */
    public static PeSynth x86() {
        PeSynth image = new PeSynth(PeSynth.I386);
        Layout text = image.section(".text", PeSynth.CODE).zeros(0x60);
        common(image, text, image.section(".rdata", PeSynth.DATA));
        return image;
    }

    private static void common(PeSynth image, Layout text, Layout data) {
        PeTables.exports(
                image,
                data,
                "small.dll",
                5,
                List.of(
                        new PeTables.Export("Add", text.start(), ""),
                        new PeTables.Export("", text.start().plus(0x20), ""),
                        new PeTables.Export("Heap", Label.of(0), "NTDLL.RtlAllocateHeap"),
                        new PeTables.Export("Sub", text.start().plus(0x40), "")));
        PeTables.debug(image, data, HexFormat.of().parseHex(GUID), 1, "c:\\build\\small.pdb");
        Map<String, String> strings = new LinkedHashMap<>();
        strings.put("CompanyName", "Example");
        strings.put("FileVersion", "1.2.3.4 (test)");
        strings.put("OriginalFilename", "small.dll");
        strings.put("ProductName", "");
        PeTables.version(image, data, new int[] {1, 2, 3, 4}, strings);
    }

    /** A function with a short name and an auxiliary record, and one with a long name. */
    private static byte[] symbols() {
        Layout out = new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0));
        out.text("main", 8).u4(0).u2(1).u2(0x20).u1(2).u1(1).zeros(18);
        out.u4(0).u4(30).u4(0x20).u2(1).u2(0x20).u1(3).u1(0);
        return out.u4(54)
                .cString(".debug_abbrev")
                .cString(".debug_info")
                .cString("a_function_with_a_long_")
                .build();
    }
}
