package dev.mortem.testkit.checks;

import dev.mortem.testkit.synth.CabSynth;
import dev.mortem.testkit.synth.CoreSynth;
import dev.mortem.testkit.synth.CoreThread;
import dev.mortem.testkit.synth.ElfSegment;
import dev.mortem.testkit.synth.ElfSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.GoTableSynth;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.LzxSynth;
import dev.mortem.testkit.synth.LzxSynth.Kind;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.NullPointerCrash;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.synth.SmallPe;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
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

    /** Of Windows with pointers of both sizes, of 32 bits in 64, of Linux. */
    static List<byte[]> minidumps() {
        return List.of(
                windows(MinidumpContext.AMD64, "rip", "rsp", 8).build(),
                windows(MinidumpContext.X86, "eip", "esp", 4).build(),
                windows(MinidumpContext.AMD64, "rip", "rsp", 4)
                        .module(0x7ff0_0000L, 0x1000, "C:\\Windows\\System32\\wow64.dll")
                        .memory(
                                0x45_0000,
                                MinidumpBuilder.layout()
                                        .u4(0)
                                        .bytes(MinidumpContext.X86.with(Map.of("eip", 0x40_0010L))))
                        .memory(0x2e_1488, MinidumpBuilder.layout().u8(0x45_0000))
                        .build(),
                linuxMinidump());
    }

    private static MinidumpBuilder windows(
            MinidumpContext form, String pc, String sp, int pointerBytes) {
        long teb = 0x2e_0000;
        long stack = 0x50_0000;
        byte[] context = form.with(Map.of(pc, 0x40_0010L, sp, stack + 0x40));
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(form.architecture())
                .miscInfo(5, 0x3ff, 4711, 1_700_000_000)
                .thread(100, teb, stack, new byte[0x100], context)
                .exception(100, 0xc000_0005L, 0, 0x40_0010, stack, new long[] {1, 0}, context)
                .module(
                        0x40_0000,
                        0x1000,
                        "C:\\shop.exe",
                        7,
                        "1.2.3.4",
                        MinidumpBuilder.rsds("1 2 3 4 5 6 7 8 9 a b c d e f 10", 1, "shop.pdb"))
                .threadName(100, "main")
                .threadInfo(100, 2, 259, 5, 6, 7, 0x40_0000)
                .unloaded(0x1000, 0x1000, "gone.dll", 9)
                .memoryInfo(0x40_0000, 0x1000, 0x1000, 0x20, 0x100_0000)
                .memoryInfo(stack, 0x1000, 0x1000, 4, 0x2_0000)
                .token(4711, 0x40, new byte[8])
                .breakpad(3, 101, 100)
                .assertion("a", "b", "c", 1, 1)
                .memory64(0x40_0000, new byte[64])
                .wideText(MinidumpBuilder.COMMENT_W, "*** procdump -ma 7\n*** Manual");
        Label owner = dump.objectInformation(Label.of(0), 3, new byte[] {1, 0, 0, 0, 2, 0, 0, 0});
        dump.handle2(4, "Mutant", "lock", 1, owner);
        Layout tables =
                MinidumpBuilder.layout().u4(24).u4(32).u4(8).u4(12).u4(1).u4(0);
        tables.u8(0x1000).u8(0x3000).u8(0x1000).u4(1).u4(0).zeros(8 + 12);
        dump.stream(MinidumpBuilder.FUNCTION_TABLE, tables);
        dump.stream(MinidumpBuilder.SYSTEM_MEMORY_INFO, new byte[200]);
        dump.stream(MinidumpBuilder.PROCESS_VM_COUNTERS, new byte[160]);
        new WindowsBlocks(pointerBytes, 0x20_0000)
                .commandLine("shop.exe \"a b\" c")
                .image("C:\\shop.exe")
                .environment("A=B")
                .heap(0x60_0000)
                .loaded(0x40_0000, 0x1000, "C:\\shop.exe", 7)
                .teb(
                        form == MinidumpContext.AMD64 && pointerBytes == 4 ? teb + 0x2000 : teb,
                        stack,
                        stack + 0x1000,
                        5,
                        6)
                .forEach(dump::memory);
        return dump;
    }

    private static byte[] linuxMinidump() {
        byte[] context = MinidumpContext.ARM64_BREAKPAD.with(Map.of("pc", 0x40_0010L));
        MinidumpBuilder dump = new MinidumpBuilder();
        Layout annotation = dump.blob().u4(1).u4(dump.utf8("name")).u4(dump.utf8("value"));
        Layout info = MinidumpBuilder.layout().u4(1).zeros(32);
        info.u4(annotation.sizeBytes()).u4(annotation.start()).u4(0).u4(0);
        return dump
                .system(0x8003, 0x8201, 0, 0, 0, 4, "Linux 5.4")
                .paddedCounts()
                .extendedThreads()
                .thread(100, 0, 0x50_0000, new byte[64], context)
                .exception(100, 11, 0x20, new long[0], context)
                .module(0x40_0000, 0x1000, "/a", 0, "", MinidumpBuilder.elfBuildId("01 02"))
                .stream(MinidumpBuilder.CRASHPAD_INFO, info)
                .narrowText(MinidumpBuilder.LINUX_PROC_STATUS, "Pid:\t7\n")
                .narrowText(MinidumpBuilder.LINUX_LSB_RELEASE, "DISTRIB_DESCRIPTION=\"U\"\n")
                .narrowText(MinidumpBuilder.LINUX_CMD_LINE, "a\0b\0")
                .narrowText(MinidumpBuilder.LINUX_ENVIRON, "A=B\0")
                .narrowText(MinidumpBuilder.LINUX_MAPS, "400000-401000 r-xp 0 8:1 1 /a\n")
                .build();
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

    /** A sidecar with one of each kind of descriptor, a lock and a child. */
    static byte[] sidecar() {
        return """
            {"schema":"mortem.dump/1","path":"/d/w.core","sizeBytes":4096,"sha256":null,"pid":42,
            "image":"w","startedAt":"2026-01-01T00:00:00Z","takenAt":"2026-01-01T01:00:00.5Z",
            "kind":"full","format":"core","reason":"OnDemand","rule":null,"trigger":{"cpu":"85"},
            "method":"snapshot","pauseMs":12,"gaps":[{"address":"0xfff0","sizeBytes":16,"why":"x"}],
            "warnings":["one"],"threads":[{"id":42,"name":"main","state":"S","userMs":7}],
            "kernelObjects":{"takenAt":"2026-01-01T01:00:00Z","descriptorCount":11,
            "descriptorsMax":1024,"descriptors":[
            {"number":0,"access":"read","inode":7,"kind":"file","path":"/a","device":"fe:00"},
            {"number":1,"access":"write","inode":8,"kind":"pipe","others":[
            {"pid":9,"name":"b","access":"read"}]},
            {"number":2,"kind":"pipe","path":"/run/f","device":"00:17","inode":8,"others":[]},
            {"number":3,"kind":"socket","protocol":"tcp","local":{"host":"::1","port":80},
            "remote":{"host":"::2","port":81},"state":"ESTABLISHED","sendQueueBytes":1,
            "receiveQueue":2,"peer":{"pid":9,"name":"b"}},
            {"number":4,"kind":"epoll","watches":[{"descriptor":3,"events":25,"inode":9}]},
            {"number":5,"kind":"eventfd","count":2},
            {"number":6,"kind":"timerfd","remainingMs":5000,"intervalMs":0},
            {"number":7,"kind":"signalfd","mask":"0xffffffffffffffff"},
            {"number":8,"kind":"inotify","watchCount":3},{"number":9,"kind":"pidfd","pid":4},
            {"number":10,"kind":"io_uring"}],
            "locks":[{"kind":"posix","exclusive":true,"device":"fe:00","inode":7,"start":5,
            "end":14,"holder":{"pid":9,"name":"b"},"waiters":[{"pid":42,"name":"w"}]}],
            "children":[{"pid":4,"name":"sh","state":"S","arguments":["sh","-c"]}],
            "absences":["one"]},"tool":"mortem test"}
            """.getBytes(StandardCharsets.UTF_8);
    }

    /** Each kind of record of a Breakpad symbol file. */
    static byte[] symbolFile() {
        return """
            MODULE windows x86 33221100554477668899AABBCCDDEEFF1 shop.pdb
            INFO CODE_ID 5A9832E5A000 shop.exe
            FILE 0 c:\\shop\\main.cc
            INLINE_ORIGIN 1 price(int)
            FUNC m 1000 40 8 main
            INLINE 0 12 0 1 1010 20
            INLINE 1 13 0 1 1014 4
            1000 10 11 0
            1010 30 12 0
            PUBLIC 1040 4 last
            STACK CFI INIT 1000 40 .cfa: $esp 4 + .ra: .cfa -4 + ^
            STACK CFI 1010 .cfa: $esp 16 + $ebp: .cfa -8 + ^
            STACK WIN 4 1000 40 1 2 8 4 c 0 1 $T0 $ebp = $eip $T0 4 + ^ = $esp $T0 16 @ 8 / =
            STACK WIN 0 1000 20 1 2 8 4 c 0 0 1
            """.getBytes(StandardCharsets.UTF_8);
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

    /** What symbol files are made of, and one. */
    static List<byte[]> symbolSources() {
        List<byte[]> sources = new ArrayList<>(pdbs());
        sources.addAll(peImages());
        sources.add(image());
        sources.add(symbolFile());
        return sources;
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
                        "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
                        "?total@Cart@shop@@QEBAHP6AXPEAX0@ZV?$map@HV?$vector@H@std@@@std@@@Z",
                        "??$f@$H?f@A@@QEAAXXZA@$1?x@@3HA$0?0$$BY01H@?1??g@@YAXXZ@YAXXZ",
                        "??_C@_1BA@KFOBIOMM@?$AAT?$AAY?$AAP?$AAE?$AA?$AA@",
                        "??_7A@@6BB@@C@@@",
                        ".?AVbad_alloc@std@@")
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

    static List<byte[]> peImages() {
        return List.of(
                SmallPe.x64().file(), SmallPe.arm64().file(), SmallPe.x86().file());
    }

    /** One of each way to pack, without checksums: damage reaches what unpacks. */
    static List<byte[]> cabinets() {
        byte[] image = SmallPe.x64().file();
        LzxSynth all = new LzxSynth(
                15,
                List.of(Kind.VERBATIM, Kind.UNCOMPRESSED, Kind.ALIGNED),
                List.of(700, 301, 900),
                true);
        return List.of(
                new CabSynth().file("small.dll", image).withoutChecksums().stored(),
                new CabSynth().file("small.dll", image).withoutChecksums().msZip(),
                new CabSynth().file("small.dll", image).withoutChecksums().lzx(all));
    }

    static List<byte[]> mappedPeImages() {
        return List.of(SmallPe.x64().mapped(), SmallPe.arm64().mapped());
    }

    static List<byte[]> pdbs() {
        return Stream.of(
                        SmallPdb.x64(),
                        SmallPdb.x86(),
                        SmallPdb.rearranged(),
                        SmallPdb.x64().scattered().namedStream("srcsrv"))
                .map(PdbSynth::build)
                .toList();
    }

    /** Each instruction of inline sites once, with numbers of one, two and four bytes. */
    static List<byte[]> annotations() {
        return Stream.of(
                        "01 04 02 01 03 85 00 04 10 05 08 06 03 07 01 08 00 09 05 0a 02 0d 07",
                        "0b 28 0c 04 05 03 c0 01 00 00 04 bf ff 00 00")
                .map(hex -> ElfTarget.X86_64.layout().hex(hex).build())
                .toList();
    }

    /** One of each kind: RSDS, NB10 and the ELF one of Breakpad. */
    static List<byte[]> codeViewRecords() {
        return Stream.of(
                        "52534453" + SmallPe.GUID + "01000000" + "612e70646200",
                        "4e423130" + "00000000" + "1f3a0000" + "02000000" + "612e70646200",
                        "4c457042" + SmallPe.GUID + "aabbccdd")
                .map(HexFormat.of()::parseHex)
                .toList();
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
