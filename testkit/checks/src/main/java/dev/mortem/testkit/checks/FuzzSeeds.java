package dev.mortem.testkit.checks;

import dev.mortem.testkit.synth.CoreSynth;
import dev.mortem.testkit.synth.CoreThread;
import dev.mortem.testkit.synth.ElfSegment;
import dev.mortem.testkit.synth.ElfSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.GoTableSynth;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** Sound inputs, small enough that most damage hits a field that matters. */
final class FuzzSeeds {
    private FuzzSeeds() {}

    static byte[] image() {
        return new NullPointerCrash().image();
    }

    static byte[] crash() {
        return new NullPointerCrash().core();
    }

    /** One of each machine that is read, and two that are only described. */
    static List<byte[]> cores() {
        Stream<byte[]> small = Stream.of(
                        ElfTarget.X86_64,
                        ElfTarget.I386,
                        ElfTarget.ARM64,
                        ElfTarget.ARM,
                        ElfTarget.S390X,
                        ElfTarget.PPC32)
                .map(FuzzSeeds::core);
        return Stream.concat(Stream.of(crash()), small).toList();
    }

    private static byte[] core(ElfTarget target) {
        Layout stack = target.layout(Label.of(0x7fff_0000L));
        for (int word = 0; word < 32; word++) {
            stack.word(word % 3 == 0 ? stack.here().plus(24) : Label.of(0x40_0010L + word));
        }
        CoreSynth core = new CoreSynth(target)
                .segmentAlign(16)
                .processInfo(100, "worker", "worker --port 80")
                .fault(11, 1, 0x10)
                .auxiliary(Map.of(3, 0x40_0040L, 5, 2L, 6, 4096L, 9, 0x40_0100L))
                .mapped(0x40_0000, 0x40_1000, 0, "/srv/worker")
                .memory(0x40_0000, ElfSegment.READ | ElfSegment.EXECUTE, image())
                .memory(ElfSegment.READ | ElfSegment.WRITE, stack)
                .absentMemory(0x50_0000, 0x2000, ElfSegment.READ);
        CoreThread crashed = core.thread(100).signal(11).floatingPoint(new byte[512]);
        core.thread(101).xstate(new byte[832]);
        for (String name : target.registers()) {
            boolean isCode = List.of("rip", "eip", "pc", "lr", "x30").contains(name);
            crashed.register(name, isCode ? 0x40_0010L : 0x7fff_0010L);
        }
        return core.build();
    }

    /** A minidump of a SystemInfo and Mortem's own streams, as docs/minidump.md has them. */
    static byte[] ownStreams() {
        Layout notes = ElfTarget.X86_64.layout();
        notes.u4(5)
                .u4(8)
                .u4(6)
                .bytes("CORE\0\0\0\0".getBytes(StandardCharsets.US_ASCII))
                .u8(0);
        Layout regions = ElfTarget.X86_64.layout().u4(16).u4(48).u8(2);
        regions.u8(0x1000).u8(0x1000).u8(0).u8(0).u4(5).u4(0).u4(0).u4(0);
        regions.u8(0x8000).u8(0x1000).u8(0).u8(0).u4(3).u4(0).u4(0).u4(0);
        Layout mappings = ElfTarget.X86_64.layout().u4(16).u4(48).u8(1);
        mappings.u8(0x1000).u8(0x1000).u8(0x1000).u8(0x1000).u8(0).u4(1).u4(0);
        byte[] facts = "image=a\0pointerBytes=8\0takenAt=2026-01-02T03:04:05Z\0"
                .getBytes(StandardCharsets.US_ASCII);
        Layout system = ElfTarget.X86_64.layout().u2(9).u2(0).u2(0).u2(0);
        system.u4(6).u4(1).u4(0).u4(0x8201).u4(0).bytes(new byte[28]);
        List<byte[]> streams =
                List.of(system.build(), notes.build(), regions.build(), mappings.build(), facts);
        int[] types = {7, 0x4d4f_0001, 0x4d4f_0002, 0x4d4f_0003, 0x4d4f_0004};
        Layout file = ElfTarget.X86_64.layout().u4(0x504d_444d).u4(0xa793).u4(5).u4(32);
        file.u4(0).u4(0).u8(0);
        int at = 32 + 12 * types.length;
        for (int index = 0; index < types.length; index++) {
            file.u4(types[index]).u4(streams.get(index).length).u4(at);
            at += streams.get(index).length;
        }
        streams.forEach(file::bytes);
        return file.build();
    }

    /** DWARF 4, section 6.2.4: a unit of one directory, two files and one sequence. */
    static byte[] lineProgram() {
        Layout header =
                ElfTarget.X86_64.layout().u1(1).u1(1).u1(1).u1(0xfb).u1(14).u1(13);
        header.hex("00 01 01 01 01 00 00 00 01 00 00 01");
        header.cString("/srv/shop").u1(0);
        header.cString("shop.c").uleb(1).uleb(0).uleb(0);
        header.cString("cart.c").uleb(1).uleb(0).uleb(0).u1(0);
        Layout rows = ElfTarget.X86_64.layout();
        rows.hex("00 09 02").u8(0x1000); // DW_LNE_set_address
        rows.hex("03 09 01"); // advance_line 9, copy
        rows.hex("83 21 02 08 03 02 01"); // special opcodes, advance_pc 8, advance_line 2, copy
        rows.hex("04 02 4b 08 09").u2(0x20); // set_file 2, special, const_add_pc, fixed_advance_pc
        rows.hex("02 04 00 01 01"); // advance_pc 4, DW_LNE_end_sequence
        Layout unit = ElfTarget.X86_64.layout();
        unit.u4(2L + 4 + header.sizeBytes() + rows.sizeBytes()).u2(4).u4(header.sizeBytes());
        return unit.bytes(header.build()).bytes(rows.build()).build();
    }

    /** A file with the names of another, compressed, in a section. */
    static byte[] miniDebugInfo() {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (XZOutputStream out = new XZOutputStream(packed, new LZMA2Options(0))) {
            out.write(image());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        ElfSynth file = new ElfSynth(ElfTarget.X86_64);
        file.section(
                ".gnu_debugdata",
                ElfSynth.SHT_PROGBITS,
                0,
                ElfTarget.X86_64.layout().bytes(packed.toByteArray()));
        return file.build();
    }

    /** Each layout of the tables. */
    static List<byte[]> goPrograms() {
        return Stream.of(GoTableSynth.Version.values())
                .map(version -> new GoTableSynth(ElfTarget.X86_64, version).image())
                .toList();
    }

    static byte[] perfMap() {
        return "1000 40 JS:*total shop.js:1\n1040 20 Builtin: Add\n1020 40 py::serve\n"
                .getBytes(StandardCharsets.UTF_8);
    }

    /** DWARF 5, section 2.5: each group of operations once. */
    static List<byte[]> expressions() {
        return Stream.of(
                        "77 08 80 00 3f 1a 3b 2a 33 24 22",
                        "0c 10 20 30 40 12 20 31 19 1f 9f",
                        "03 00 10 00 00 00 00 00 00 06 23 08",
                        "35 31 1c 12 30 2e 28 f8 ff 9f",
                        "92 07 7f 94 04 11 7f 1c 15 01 16 14 13")
                .map(hex -> ElfTarget.X86_64.layout().hex(hex).build())
                .toList();
    }

    static List<byte[]> mangledNames() {
        return Stream.of(
                        "_ZN4shop4cart5totalERKSt6vectorIiSaIiEE",
                        "_ZNSt8__detail9_Map_baseISsSt4pairIKSsiESaIS3_ENS_10_Select1stESt8equal_toISsE"
                                + "St4hashISsENS_18_Mod_range_hashingENS_20_Default_ranged_hashE",
                        "_ZZN3foo3barEvENKUlvE_clEv",
                        "_ZNK4dataIiEcvT_IfEEv",
                        "_ZN9wikipedia7article8print_toERSo",
                        "_ZTV4Base",
                        "_RNvCs1234_7mycrate3foo",
                        "_RINvXs_C1aINtB4_1SReENtB4_1T1fFG_RL0_hEuKj7b_DNtB2_1Tp4ItemTB6_hEEL_E",
                        "_D3std5stdio__T7writelnTAyaTiZQpFNfQliZv",
                        "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE")
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /** An inline entry, one with a table behind the index, and one that cannot be unwound. */
    static List<byte[]> exceptionTables() {
        ByteBuffer bytes = ByteBuffer.allocate(36).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0x7fff_ff00).putInt(0x80a8_b0b0);
        bytes.putInt(0x7fff_ff80).putInt(12);
        bytes.putInt(0x7fff_fff8).putInt(1);
        bytes.putInt(0x8101_8480).putInt(0xb202_b0b0).putInt(0);
        return List.of(bytes.array());
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return packed.toByteArray();
    }
}
