package dev.mortem.dump.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Built dumps as snapshots, and those that more than one test takes. */
final class MinidumpOpened {
    static final long EXE = 0x7ff6_0000_0000L;
    static final long PEB = 0x20_0000L;
    static final long TEB = 0x30_0000L;
    static final long STACK = 0x50_0000L;

    private MinidumpOpened() {}

    static FileSnapshot open(MinidumpBuilder dump) throws MalformedException {
        return open(dump.build());
    }

    static FileSnapshot open(byte[] bytes) throws MalformedException {
        return MinidumpReader.read(
                ByteSource.ofBytes("test.dmp", bytes, ByteOrder.LITTLE_ENDIAN),
                false,
                Limits.defaults(),
                new DiagnosticLog(),
                () -> {});
    }

    /** Blocks of a shop of two modules, for pointers of 8 or 4 bytes. */
    static WindowsBlocks blocks(int pointerBytes, long exe) {
        return new WindowsBlocks(pointerBytes, PEB)
                .image("C:\\Shop\\shop.exe")
                .commandLine("\"C:\\Shop\\shop.exe\" --port 80 \"a b\"")
                .currentDirectory("C:\\Shop\\")
                .desktop("Winsta0\\Default")
                .environment("=C:=C:\\", "PATH=C:\\Windows", "SECRET=hunter2")
                .heap(0x60_0000)
                .heap(0x70_0000)
                .loaded(exe, 0x10000, "C:\\Shop\\shop.exe", 0x6553_f100L)
                .loaded(exe + 0x10_0000, 0x20000, "C:\\Windows\\System32\\ntdll.dll", 7)
                .teb(TEB, STACK, STACK + 0x1000, 5, 0xc000_0034L)
                .teb(TEB + 0x2000, STACK + 0x2000, STACK + 0x3000, 0, 0);
    }

    /** A crash with one of nearly every stream. */
    static MinidumpBuilder crash64() {
        byte[] own = MinidumpContext.AMD64.with(Map.of("rip", EXE + 0x111, "rsp", STACK + 0x40));
        byte[] fault = MinidumpContext.AMD64_XSTATE.with(
                Map.of("rip", EXE + 0x123, "rsp", STACK + 0x80, "rax", 0L));
        MinidumpBuilder dump = new MinidumpBuilder()
                .flags(0x61964)
                .takenAt(1_700_000_100)
                .windows(9)
                .miscInfo(5, 0x3ff, 4711, 1_700_000_000)
                .thread(100, TEB, STACK, new byte[0x100], own)
                .thread(101, TEB + 0x2000, STACK + 0x2000, new byte[0x80], own)
                .threadName(100, "main")
                .threadInfo(100, 0, 259, 0, 20_000_000, 10_000_000, EXE + 0x100)
                .threadInfo(101, 2, 259, 0, 0, 0, EXE + 0x200)
                .exception(100, 0xc000_0005L, EXE + 0x123, new long[] {1, 0x20}, fault)
                .module(
                        EXE,
                        0x10000,
                        "C:\\Shop\\shop.exe",
                        0x6553_f100L,
                        "1.2.3.4",
                        MinidumpBuilder.rsds(
                                "33 22 11 00 55 44 77 66 88 99 aa bb cc dd ee ff", 1, "shop.pdb"))
                .module(EXE + 0x10_0000, 0x20000, "C:\\Windows\\System32\\ntdll.dll")
                .unloaded(0x1000_0000, 0x1000, "gone.dll", 9)
                .memoryInfo(EXE, 0x1000, 0x1000, 2, 0x100_0000)
                .memoryInfo(EXE + 0x1000, 0xf000, 0x1000, 0x20, 0x100_0000)
                .memoryInfo(STACK, 0x4000, 0x1000, 4, 0x2_0000)
                .handle(4, "Event", "\\BaseNamedObjects\\go", 0x1f_0003)
                .token(4711, 0x40, new byte[8])
                .wideText(
                        MinidumpBuilder.COMMENT_W,
                        "\n*** \"procdump64.exe\" -ma -e shop.exe\n*** Unhandled exception");
        blocks(8, EXE).forEach(dump::memory);
        return dump;
    }

    /** The same of 32 bits, much smaller. */
    static MinidumpBuilder crash32() {
        byte[] context = MinidumpContext.X86.with(Map.of("eip", 0x40_0123L, "esp", STACK + 0x80));
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(0)
                .thread(100, TEB, STACK, new byte[0x100], context)
                .thread(101, TEB + 0x2000, STACK + 0x2000, new byte[0x80], context)
                .exception(100, 0xc000_0005L, 0x40_0123, new long[] {0, 4}, context)
                .module(0x40_0000, 0x10000, "C:\\Shop\\shop.exe");
        blocks(4, 0x40_0000).forEach(dump::memory);
        return dump;
    }

    /** As Breakpad writes it on Linux. */
    static MinidumpBuilder linux() {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 0x40_0123L, "rsp", STACK + 0x80));
        return new MinidumpBuilder()
                        .system(9, 0x8201, 0, 0, 0, 4, "Linux 5.4.0 #1 SMP x86_64")
                        .thread(100, TEB, STACK, new byte[0x100], context)
                        .thread(101, TEB, STACK + 0x1000, new byte[0x100], context)
                        .exception(100, 11, 1, 0x20, 0, new long[0], context)
                        .module(
                                0x40_0000,
                                0x3000,
                                "/srv/shop",
                                0,
                                "",
                                MinidumpBuilder.elfBuildId("01 02 03 04 05 06 07 08"))
                        .narrowText(MinidumpBuilder.LINUX_PROC_STATUS, "Name:\tshop\nPid:\t4711\n")
                        .narrowText(
                                MinidumpBuilder.LINUX_LSB_RELEASE,
                                "DISTRIB_ID=Ubuntu\nDISTRIB_DESCRIPTION=\"Ubuntu 20.04.6 LTS\"\n")
                        .narrowText(MinidumpBuilder.LINUX_CMD_LINE, "/srv/shop\0\0--port\00080\0")
                        .narrowText(MinidumpBuilder.LINUX_ENVIRON, "HOME=/root\0SECRET=hunter2\0")
                        .stream(MinidumpBuilder.LINUX_AUXV, new byte[16])
                        .narrowText(MinidumpBuilder.LINUX_MAPS, """
                                00400000-00401000 r--p 00000000 08:01 1 /srv/shop
                                00401000-00403000 r-xp 00001000 08:01 1 /srv/shop
                                not a line
                                00500000-00502000 rw-p 00000000 00:00 0 [stack]
                                00600000-00601000 rw-s 00002000 08:01 2 /dev/shm/a (deleted)
                                """);
    }

    static byte[] wide(String text) {
        return text.getBytes(StandardCharsets.UTF_16LE);
    }
}
