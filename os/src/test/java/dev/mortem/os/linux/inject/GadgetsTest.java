package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.Mappings;
import dev.mortem.os.linux.proc.ProcFolder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** In this very process: its code, and native memory that is called code. */
class GadgetsTest {
    private static final int CHUNK_BYTES = 1 << 18;
    private static final byte[] CALL = HexFormat.of().parseHex("0f05c3");
    private static final byte[] RESTORER = HexFormat.of().parseHex("48c7c00f0000000f05");
    private static final InjectionTable TABLE = InjectionTable.X86_64;

    private final Kernel kernel = new Kernel();
    private long memory;

    @BeforeEach
    void openOwnMemory() {
        memory = kernel.openForReading(Path.of("/proc/self/mem"));
        assertThat(memory).isNotNegative();
    }

    @AfterEach
    void closeOwnMemory() {
        kernel.close(memory);
    }

    @Test
    void whatIsFoundInOwnCodeIsThere() {
        assumeTrue(InjectionTable.ofThisCpu() == TABLE, "needs x86-64's code");
        List<Mapping> own =
                Mapping.parseAll(ProcFolder.bytes(Path.of("/proc/self/smaps")).orElseThrow());
        Gadgets found = Gadgets.find(TABLE, memory, own).orElseThrow();
        assertThat(bytes(found.call(), found.callBytes().length))
                .isEqualTo(found.callBytes())
                .isEqualTo(CALL);
        assertThat(bytes(found.restorer(), found.restorerBytes().length))
                .isEqualTo(found.restorerBytes());
        assertThat(TABLE.restorers()).contains(found.restorerBytes());
        assertThat(own)
                .filteredOn(mapping -> mapping.range().contains(found.call())
                        || mapping.range().contains(found.restorer()))
                .isNotEmpty()
                .allMatch(mapping -> mapping.permissions().equals("r-x"));
        assertThat(found.stillThere(memory)).isTrue();
    }

    private byte[] bytes(long address, int sizeBytes) {
        byte[] there = new byte[sizeBytes];
        assertThat(ProcessMemory.read(memory, address, there, 0, sizeBytes)).isEqualTo(sizeBytes);
        return there;
    }

    @Test
    void withoutCodeThereIsNothing() {
        assertThat(Gadgets.find(TABLE, memory, List.of())).isEmpty();
        List<Mapping> data =
                Mapping.parseAll(ProcFolder.bytes(Path.of("/proc/self/smaps")).orElseThrow())
                        .stream()
                        .filter(mapping -> !mapping.permissions().equals("r-x"))
                        .toList();
        assertThat(data).isNotEmpty();
        assertThat(Gadgets.find(TABLE, memory, data)).isEmpty();
    }

    @Test
    void codeThatCannotBeReadIsPassedOver() {
        assertThat(Gadgets.find(TABLE, memory, List.of(code(0x1000, 1 << 20)))).isEmpty();
    }

    @Test
    void oneThatAChunksEndCutsIsFound() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(3L * CHUNK_BYTES, 4096);
            for (int cut = -RESTORER.length; cut <= RESTORER.length; cut++) {
                segment.fill((byte) 0);
                put(segment, CHUNK_BYTES + cut, RESTORER);
                put(segment, 2L * CHUNK_BYTES - 100 + cut, CALL);
                Gadgets found =
                        Gadgets.find(TABLE, memory, List.of(code(segment))).orElseThrow();
                assertThat(found.restorer()).isEqualTo(segment.address() + CHUNK_BYTES + cut);
                assertThat(found.call())
                        .isEqualTo(segment.address() + 2L * CHUNK_BYTES - 100 + cut);
            }
        }
    }

    @Test
    void theFirstAndTheLastBytesOfAMappingCount() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(CHUNK_BYTES + 4096L, 4096);
            long last = segment.byteSize() - RESTORER.length;
            put(segment, 0, CALL);
            put(segment, last, RESTORER);
            Gadgets found = Gadgets.find(TABLE, memory, List.of(code(segment))).orElseThrow();
            assertThat(found.call()).isEqualTo(segment.address());
            assertThat(found.restorer()).isEqualTo(segment.address() + last);
        }
    }

    @Test
    void oneOfTheTwoIsNotEnough() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(8192, 4096);
            put(segment, 100, CALL);
            assertThat(Gadgets.find(TABLE, memory, List.of(code(segment)))).isEmpty();
            segment.fill((byte) 0);
            put(segment, 100, HexFormat.of().parseHex("b80f0000000f05"));
            assertThat(Gadgets.find(TABLE, memory, List.of(code(segment)))).isEmpty();
        }
    }

    @Test
    void codeThatHasChangedIsNoticed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(8192, 4096);
            put(segment, 100, CALL);
            put(segment, 200, RESTORER);
            Gadgets found = Gadgets.find(TABLE, memory, List.of(code(segment))).orElseThrow();
            assertThat(found.stillThere(memory)).isTrue();
            put(segment, 204, new byte[] {1});
            assertThat(found.stillThere(memory)).isFalse();
        }
    }

    private static void put(MemorySegment segment, long offset, byte[] bytes) {
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, segment, offset, bytes.length);
    }

    private static Mapping code(MemorySegment segment) {
        return code(segment.address(), segment.byteSize());
    }

    private static Mapping code(long address, long sizeBytes) {
        return Mappings.anonymous(address, sizeBytes, "r-x", false);
    }
}
