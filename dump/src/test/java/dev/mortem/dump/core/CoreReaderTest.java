package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.testkit.synth.CoreSynth;
import dev.mortem.testkit.synth.ElfTarget;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What a sound core says, on cores that share no layout code with the reader. */
class CoreReaderTest {
    private static final ElfTarget X64 = ElfTarget.X86_64;

    @Test
    void aCrashIsReadWhole() throws Exception {
        FileSnapshot read = read(new NullPointerCrash().core());
        assertThat(read.diagnostics()).isEmpty();
        assertThat(read.reason())
                .isEqualTo(new CrashReason.Signal(
                        11,
                        OptionalInt.of(1),
                        OptionalLong.of(NullPointerCrash.FAULT_ADDRESS),
                        OptionalLong.empty(),
                        NullPointerCrash.PID));
        assertThat(read.process().pid()).hasValue(NullPointerCrash.PID);
        assertThat(read.process().executable()).contains(NullPointerCrash.PATH);
        assertThat(read.modules()).hasSize(1);
        assertThat(read.modules().getFirst().base()).isEqualTo(NullPointerCrash.BASE);
        assertThat(read.modules().getFirst().buildId())
                .contains("4d6f7274656d2064656d6f2073686f7020776b31");
        assertThat(read.truncated()).isFalse();
    }

    @Test
    void registersOfEveryCpuAreReadByName() throws Exception {
        for (ElfTarget target : List.of(X64, ElfTarget.I386, ElfTarget.ARM64, ElfTarget.ARM)) {
            CoreSynth core = new CoreSynth(target);
            var thread = core.thread(5).times(1_500_000, 20);
            long value = 0x1000_0001L;
            for (String name : target.registers()) {
                thread.register(name, value++);
            }
            ThreadSnapshot found = read(core.build()).threads().getFirst();
            RegisterContext registers = found.registers().orElseThrow();
            value = 0x1000_0001L;
            for (String name : target.registers()) {
                assertThat(registers.get(ours(name, registers.cpu())))
                        .as(name)
                        .isEqualTo(
                                name.equals("orig_r0")
                                        ? OptionalLong.empty()
                                        : OptionalLong.of(value));
                value++;
            }
            assertThat(found.userTime()).contains(Duration.ofMillis(1500));
            assertThat(found.kernelTime()).contains(Duration.ofNanos(20_000));
        }
    }

    /** Where the test's kit has another word for a register. */
    private static String ours(String name, Cpu cpu) {
        return switch (name) {
            case "eflags" -> cpu == Cpu.X86_64 ? "rflags" : name;
            case "fp" -> "r11";
            case "ip" -> "r12";
            default -> name;
        };
    }

    @Test
    void aMachineThatIsNotOursIsDescribed() throws Exception {
        CoreSynth core = new CoreSynth(ElfTarget.S390X);
        core.thread(77).signal(6);
        core.processInfo(77, "db", "db -x");
        FileSnapshot read = read(core.build());
        assertThat(read.machine().name()).isEqualTo("s390x");
        assertThat(read.machine().cpu()).isEmpty();
        assertThat(read.threads().getFirst().id()).isEqualTo(77);
        assertThat(read.threads().getFirst().registers()).isEmpty();
        assertThat(read.process().commandLine()).containsExactly("db", "-x");
        assertThat(((CrashReason.Signal) read.reason()).number()).isEqualTo(6);
        assertThat(read.diagnostics()).isEmpty();
    }

    @Test
    void theThreadWithTheSignalComesFirst() throws Exception {
        CoreSynth core = new CoreSynth(X64);
        core.thread(1);
        core.thread(2);
        core.thread(3).signal(11);
        FileSnapshot read = read(core.build());
        assertThat(read.threads()).extracting(ThreadSnapshot::id).containsExactly(3L, 1L, 2L);
        assertThat(((CrashReason.Signal) read.reason()).threadId()).isEqualTo(3);
    }

    @Test
    void whatADebuggerLeavesIsNoCrash() throws Exception {
        CoreSynth stopped = new CoreSynth(X64).sentSignal(19, 0, 1, 0);
        stopped.thread(1).signal(19);
        assertThat(read(stopped.build()).reason()).isEqualTo(new CrashReason.OnDemand());

        CoreSynth ptraceStop = new CoreSynth(X64).sentSignal(5, 5 | 128 << 8, 1, 0);
        ptraceStop.thread(1).signal(5);
        assertThat(read(ptraceStop.build()).reason()).isEqualTo(new CrashReason.OnDemand());

        CoreSynth quiet = new CoreSynth(X64);
        quiet.thread(1);
        assertThat(read(quiet.build()).reason()).isEqualTo(new CrashReason.OnDemand());
        assertThat(read(new CoreSynth(X64).build()).reason()).isEqualTo(new CrashReason.Unknown());
    }

    @Test
    void aBreakpointOfTheProgramsOwnIsACrash() throws Exception {
        CoreSynth core = new CoreSynth(X64).fault(5, 1, 0x400123);
        core.thread(1).signal(5);
        assertThat(((CrashReason.Signal) read(core.build()).reason()).address()).hasValue(0x400123);
    }

    @Test
    void aGeneralProtectionFaultHasNoAddress() throws Exception {
        CoreSynth core = new CoreSynth(X64).fault(11, 0x80, 0);
        core.thread(1).signal(11);
        assertThat(((CrashReason.Signal) read(core.build()).reason()).address()).isEmpty();
    }

    @Test
    void absentMemoryIsNoZeros() throws Exception {
        CoreSynth core = new CoreSynth(X64);
        core.thread(1);
        core.memory(0x10000, 6, new byte[0x1000]).absentMemory(0x11000, 0x1000, 5);
        core.mapped(0x11000, 0x12000, 0x3000, "/lib/libx.so");
        core.mapped(0x20000, 0x21000, 0, "/data/font");
        FileSnapshot read = read(core.build());
        assertThat(read.memory().u8(0x10ff8)).hasValue(0);
        assertThat(read.memory().u8(0x10ffc)).isEmpty();
        assertThat(read.memory().u1(0x11000)).isEmpty();
        assertThat(read.memory().read(0x10ff0, new byte[64], 0, 64)).isEqualTo(16);
        MemoryRegion absent = read.regions().get(1);
        assertThat(absent.path()).contains("/lib/libx.so");
        assertThat(absent.permissions()).isEqualTo("r-x");
        assertThat(absent.fileOffset()).isEqualTo(0x3000);
        assertThat(absent.presentBytes()).isZero();
        assertThat(absent.absentWhy()).contains("left out of the core");
        assertThat(read.regions()).hasSize(3);
        assertThat(read.modules()).hasSize(1);
    }

    @Test
    void aReadGoesOnInTheNextSegment() throws Exception {
        CoreSynth core = new CoreSynth(X64);
        core.thread(1);
        core.memory(0x20000, 6, new byte[] {5, 6, 7, 8})
                .memory(0x20004, 4, new byte[] {9, 1, 2, 3});
        FileSnapshot read = read(core.build());
        assertThat(read.memory().u8(0x20000)).hasValue(0x0302_0109_0807_0605L);
        assertThat(read.memory()
                        .view("both", read.regions().getFirst().range(), 8)
                        .sizeBytes())
                .isEqualTo(4);
    }

    private static FileSnapshot read(byte[] bytes) throws Exception {
        ByteSource source = ByteSource.ofBytes("test.core", bytes, ByteOrder.LITTLE_ENDIAN);
        return CoreReader.read(source, false, Limits.defaults(), new DiagnosticLog(), () -> {});
    }
}
