package dev.mortem.os.linux.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Numbers with names, and register sets by their size. */
class TablesTest {
    @Test
    void systemCallsByCpu() {
        assertThat(SystemCalls.name(Cpu.X86_64, 202)).contains("futex");
        assertThat(SystemCalls.name(Cpu.X86_64, 0)).contains("read");
        assertThat(SystemCalls.name(Cpu.ARM64, 98)).contains("futex");
        assertThat(SystemCalls.name(Cpu.ARM64, 117)).contains("ptrace");
        assertThat(SystemCalls.name(Cpu.X86, 202)).isEmpty();
        assertThat(SystemCalls.name(Cpu.X86_64, 100_000)).isEmpty();
    }

    @Test
    void everyLayoutHasASizeOfItsOwnAndReadsEachRegister() throws Exception {
        for (RegisterLayout layout : RegisterLayout.values()) {
            assertThat(RegisterLayout.ofSize(layout.sizeBytes())).contains(layout);
            int size = layout.cpu().registerSizeBytes();
            ByteBuffer set = ByteBuffer.allocate(layout.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < layout.sizeBytes(); at += size) {
                if (size == 8) {
                    set.putLong(1000L + at);
                } else {
                    set.putInt(1000 + at);
                }
            }
            RegisterContext context = layout.read(set.array());
            for (String name : layout.cpu().registerNames()) {
                assertThat(context.get(name)).as(name).isPresent();
            }
        }
        assertThat(RegisterLayout.ofSize(1)).isEqualTo(Optional.empty());
        assertThat(RegisterLayout.X86_64.sizeBytes()).isEqualTo(216);
        assertThat(RegisterLayout.X86.sizeBytes()).isEqualTo(68);
        assertThat(RegisterLayout.ARM64.sizeBytes()).isEqualTo(272);
        assertThat(RegisterLayout.ARM.sizeBytes()).isEqualTo(72);
    }

    @Test
    void signalsThatLeaveACore() {
        assertThat(Signals.dumpsCore(Signals.SIGSEGV)).isTrue();
        assertThat(Signals.dumpsCore(Signals.SIGQUIT)).isTrue();
        assertThat(Signals.dumpsCore(15)).isFalse();
    }
}
