package dev.mortem.os.linux.stop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.testkit.fakes.FakeMemory;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;

/** Modules found in mappings, also where the memory at their start lies. */
class ModuleFinderTest {
    private static final long BASE = 0x7f00_0000_0000L;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void aModuleTakesItsMappingsAndItsBuildId() {
        List<LoadedModule> modules = find(elf());
        assertThat(modules).hasSize(1);
        LoadedModule module = modules.getFirst();
        assertThat(module.range()).isEqualTo(new AddressRange(BASE, 0x3000));
        assertThat(module.mappings()).hasSize(2);
        assertThat(module.buildId()).contains("0102030405060708");
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void everyTruncationAndMutationEndsInAModuleOrNone() {
        byte[] good = elf();
        for (int length = 0; length < good.length; length++) {
            assertThat(find(Arrays.copyOf(good, length))).hasSizeLessThan(2);
        }
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 5000; round++) {
            byte[] bad = good.clone();
            for (int change = 0; change < 3; change++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            assertThat(find(bad)).hasSizeLessThan(2);
        }
    }

    private List<LoadedModule> find(byte[] bytes) {
        FakeMemory memory = new FakeMemory(Machine.of(Cpu.X86_64)).put(BASE, bytes);
        return new ModuleFinder(memory, diagnostics)
                .find(List.of(
                        mapping(BASE, 0x1000, 0, "/lib/x.so"),
                        mapping(BASE + 0x1000, 0x1000, 0, ""),
                        mapping(BASE + 0x2000, 0x1000, 0x2000, "/lib/x.so"),
                        mapping(BASE + 0x9000, 0x1000, 0x2000, "/lib/x.so")));
    }

    private static Mapping mapping(long start, long size, long offset, String path) {
        return new Mapping(
                new AddressRange(start, size),
                "r--",
                false,
                offset,
                "fe:00",
                path.isEmpty() ? 0 : 5,
                path.isEmpty() ? Optional.empty() : Optional.of(path),
                false,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Set.of());
    }

    /** A header, a PT_LOAD of 0x3000 bytes and a PT_NOTE with a build id at 0x100. */
    private static byte[] elf() {
        ByteBuffer file = ByteBuffer.allocate(0x130).order(ByteOrder.LITTLE_ENDIAN);
        file.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
        file.putInt(64, 1).putLong(64 + 40, 0x3000);
        file.putInt(120, 4).putLong(120 + 16, 0x100).putLong(120 + 40, 24);
        file.putInt(0x100, 4).putInt(0x104, 8).putInt(0x108, 3);
        file.put(0x10c, new byte[] {'G', 'N', 'U', 0, 1, 2, 3, 4, 5, 6, 7, 8});
        return file.array();
    }
}
