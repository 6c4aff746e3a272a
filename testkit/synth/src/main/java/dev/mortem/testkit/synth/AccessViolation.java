package dev.mortem.testkit.synth;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A whole small crash on Windows for x64: {@code Sub} of the module that {@link SmallPe} builds reads
 * through a null pointer; {@code Add} called it. A second thread stands in {@code Add}. With the
 * metadata that Windows' own writer adds: modules, memory map, handles, thread names and times, process
 * and thread blocks; the module's image lies in the dump.
 */
public final class AccessViolation {
    /** Where the module lies in the process. */
    public static final long BASE = 0x1_8000_0000L;

    /** The address that could not be read. */
    public static final long FAULT_ADDRESS = 0x10;

    private static final long THREAD = 0x1a2c;
    private static final long WAITING_THREAD = 0x1a30;
    private static final long PID = 4712;
    private static final long STACK = 0x14_f000L;
    private static final long OTHER_STACK = 0x15_f000L;
    private static final int STACK_BYTES = 0x100;
    private static final long PEB = 0x2f_0000L;
    private static final long TEB = 0x2f_8000L;
    private static final long OTHER_TEB = 0x2f_a000L;
    private static final String IMAGE = "C:\\Shop\\small.dll";
    private static final long STAMP = 0x5ab3_8077L;

    /** Offsets of the module's code. */
    private static final long IN_ADD = 0x1015;

    private static final long IN_SUB = 0x1048;

    private static final long COMMITTED = 0x1000;
    private static final long READ_WRITE = 4;
    private static final long EXECUTE_READ = 0x20;
    private static final long PRIVATE = 0x2_0000;
    private static final long MAPPED_IMAGE = 0x100_0000;

    private AccessViolation() {}

    /** The dump. */
    public static byte[] minidump() {
        byte[] image = SmallPe.x64().mapped();
        byte[] registers = MinidumpContext.AMD64.with(
                Map.of("rip", BASE + IN_SUB, "rsp", STACK, "rbp", STACK + 64, "rcx", 0L));
        byte[] others = MinidumpContext.AMD64.with(
                Map.of("rip", BASE + IN_ADD, "rsp", OTHER_STACK, "rbp", OTHER_STACK + 16));
        MinidumpBuilder dump = new MinidumpBuilder()
                .takenAt(1_750_000_000L)
                .flags(0x6_1965)
                .windows(9)
                .miscInfo(4, 0x137, PID, 1_749_990_000L)
                .wideText(
                        MinidumpBuilder.COMMENT_W,
                        "\n*** procdump -e " + PID + "\n*** Unhandled exception: C0000005\0")
                .exception(THREAD, 0xc000_0005L, BASE + IN_SUB, new long[] {0, FAULT_ADDRESS})
                .thread(THREAD, TEB, STACK, stack(5, BASE + IN_ADD), registers)
                .thread(WAITING_THREAD, OTHER_TEB, OTHER_STACK, stack(5, 0), others)
                .threadName(THREAD, "request 7")
                .threadInfo(THREAD, 0, 0x103, 133_000_000_000_000_000L, 10_000, 20_000, BASE)
                .threadInfo(
                        WAITING_THREAD, 0, 0x103, 133_000_000_000_000_000L, 10_000, 20_000, BASE)
                .handle(4, "Event", "", 0x1f_0003)
                .handle(8, "File", "\\Device\\Afd", 0x12_019f)
                .memoryInfo(BASE, image.length, COMMITTED, EXECUTE_READ, MAPPED_IMAGE)
                .memoryInfo(STACK & -0x1000, 0x2000, COMMITTED, READ_WRITE, PRIVATE)
                .module(
                        BASE,
                        image.length,
                        IMAGE,
                        STAMP,
                        "1.2.3.4",
                        MinidumpBuilder.rsds(
                                SmallPe.GUID.replaceAll("..", "$0 "), 1, "c:\\build\\small.pdb"))
                .unloaded(0x2_8000_0000L, 0x1000, "gone.dll", STAMP)
                .memory64(STACK, stack(5, BASE + IN_ADD))
                .memory64(OTHER_STACK, stack(5, 0))
                .memory64(BASE, image);
        new WindowsBlocks(8, PEB)
                .image(IMAGE)
                .commandLine("small.exe --pool Shop")
                .currentDirectory("C:\\Shop\\")
                .heap(0x30_0000)
                .loaded(BASE, image.length, IMAGE, STAMP)
                .teb(TEB, STACK - 0x1000, STACK + STACK_BYTES, 2, 0)
                .teb(OTHER_TEB, OTHER_STACK - 0x1000, OTHER_STACK + STACK_BYTES, 0, 0)
                .forEach(dump::memory64);
        return dump.build();
    }

    /** Zeros, and a return address in one of its words; the next but four has a caller's, which is 0. */
    private static byte[] stack(int word, long returnAddress) {
        ByteBuffer bytes = ByteBuffer.allocate(STACK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(0x80, "small".getBytes(StandardCharsets.US_ASCII));
        bytes.putLong(word * Long.BYTES, returnAddress);
        return bytes.array();
    }
}
