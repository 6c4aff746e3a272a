package dev.mortem.testkit.synth;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The registers of a thread as minidumps hold them: CONTEXT of winnt.h, and Breakpad's forms of it
 * (minidump_cpu_*.h). Registers are named as those headers do; what is not set is zero.
 */
@SuppressWarnings("ImmutableEnumChecker") // Map.copyOf() cannot change; the checker cannot see it
public enum MinidumpContext {
    X86(0, 716, 0, 0x1007fL, x86()),
    AMD64(9, 1232, 0x30, 0x10005fL, amd64()),
    /** With the area of AVX behind, and the flag that says so. */
    AMD64_XSTATE(9, 2696, 0x30, 0x10005fL, amd64()),
    ARM(5, 416, 0, 0x20_0007L, arm()),
    ARM_BREAKPAD(5, 368, 0, 0x4000_0006L, arm()),
    ARM64(12, 912, 0, 0x40_0007L, arm64(4)),
    ARM64_BREAKPAD(0x8003, 796, 0, 0x8000_0006L, arm64(272)),
    MIPS(1, 600, 0, 0x4_0002L, Map.of("pc", place(312, 4), "sp", place(240, 4))),
    MIPS64(0x8004, 600, 0, 0x8_0002L, Map.of("pc", place(312, 8), "sp", place(240, 8))),
    PPC(3, 1124, 0, 0x2000_0003L, Map.of("pc", place(4, 4), "sp", place(16, 4))),
    PPC64(0x8002, 1328, 0, 0x100_0003L, Map.of("pc", place(8, 8), "sp", place(32, 8))),
    RISCV32(0x8005, 700, 0, 0x80_0003L, Map.of("pc", place(8, 4), "sp", place(16, 4))),
    RISCV64(0x8006, 1100, 0, 0x800_0003L, Map.of("pc", place(8, 8), "sp", place(24, 8)));

    /** Where a register is and how large. */
    private record Place(int offset, int sizeBytes) {}

    private final int architecture;
    private final int sizeBytes;
    private final int flagsOffset;
    private final long flags;
    private final Map<String, Place> places;

    MinidumpContext(
            int architecture,
            int sizeBytes,
            int flagsOffset,
            long flags,
            Map<String, Place> places) {
        this.architecture = architecture;
        this.sizeBytes = sizeBytes;
        this.flagsOffset = flagsOffset;
        this.flags = flags;
        this.places = Map.copyOf(places);
    }

    /** ProcessorArchitecture of SystemInfo. */
    public int architecture() {
        return architecture;
    }

    /** Names of the registers, in alphabetical order. */
    public List<String> registers() {
        return places.keySet().stream().sorted().toList();
    }

    public byte[] with(Map<String, Long> registers) {
        return with(flags, registers);
    }

    /** With other ContextFlags than all. */
    public byte[] with(long contextFlags, Map<String, Long> registers) {
        ByteBuffer bytes = ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(flagsOffset, (int) contextFlags);
        registers.forEach((name, value) -> put(bytes, place(name), value));
        return bytes.array();
    }

    private Place place(String register) {
        Place place = places.get(register);
        if (place == null) {
            throw new IllegalArgumentException(this + " has no " + register);
        }
        return place;
    }

    private static void put(ByteBuffer bytes, Place place, long value) {
        switch (place.sizeBytes) {
            case 2 -> bytes.putShort(place.offset, (short) value);
            case 4 -> bytes.putInt(place.offset, (int) value);
            default -> bytes.putLong(place.offset, value);
        }
    }

    private static Place place(int offset, int sizeBytes) {
        return new Place(offset, sizeBytes);
    }

    /** winnt.h: ContextFlags, Dr0-3, Dr6, Dr7, FLOATING_SAVE_AREA of 112 bytes, then these. */
    private static Map<String, Place> x86() {
        return run(
                4 + 6 * 4 + 112, 4, "gs fs es ds edi esi ebx edx ecx eax ebp eip cs eflags esp ss");
    }

    /** winnt.h: P1Home to P6Home, ContextFlags, MxCsr, segments, EFlags, Dr0-3, Dr6, Dr7, these. */
    private static Map<String, Place> amd64() {
        int segments = 6 * 8 + 4 + 4;
        Map<String, Place> places = new TreeMap<>(run(segments, 2, "cs ds es fs gs ss"));
        places.put("eflags", place(segments + 12, 4));
        places.putAll(run(
                segments + 12 + 4 + 6 * 8,
                8,
                "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip"));
        return places;
    }

    private static Map<String, Place> arm() {
        return run(4, 4, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc cpsr");
    }

    private static Map<String, Place> arm64(int cpsrOffset) {
        Map<String, Place> places = new TreeMap<>(run(
                8,
                8,
                "x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 x18 x19 x20 x21"
                        + " x22 x23 x24 x25 x26 x27 x28 fp lr sp pc"));
        places.put("cpsr", place(cpsrOffset, 4));
        return places;
    }

    /** Registers one behind the other. */
    private static Map<String, Place> run(int offset, int sizeBytes, String names) {
        Map<String, Place> places = new TreeMap<>();
        for (String name : names.split(" ", -1)) {
            places.put(name, place(offset + places.size() * sizeBytes, sizeBytes));
        }
        return places;
    }
}
