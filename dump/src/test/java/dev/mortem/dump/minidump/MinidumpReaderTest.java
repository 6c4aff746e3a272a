package dev.mortem.dump.minidump;

import static dev.mortem.dump.minidump.MinidumpOpened.EXE;
import static dev.mortem.dump.minidump.MinidumpOpened.PEB;
import static dev.mortem.dump.minidump.MinidumpOpened.STACK;
import static dev.mortem.dump.minidump.MinidumpOpened.TEB;
import static dev.mortem.dump.minidump.MinidumpOpened.open;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.DumpOrigin;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;
import dev.mortem.testkit.synth.WindowsBlocks;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Whole snapshots of dumps that share no layout code with the readers. */
class MinidumpReaderTest {
    @Test
    void aCrashOf64BitsIsReadWhole() throws Exception {
        FileSnapshot read = open(MinidumpOpened.crash64());
        assertThat(read.diagnostics()).isEmpty();
        assertThat(read.truncated()).isFalse();
        assertThat(read.presentPercent()).isEqualTo(100);
        assertThat(read.machine().cpu()).contains(Cpu.X86_64);
        assertThat(read.reason())
                .isEqualTo(new CrashReason.WindowsException(
                        new ExceptionRecord(0xc000_0005L, 0, EXE + 0x123, List.of(1L, 0x20L)),
                        List.of(),
                        100));
        assertThat(read.process().pid()).hasValue(4711);
        assertThat(read.process().startedAt()).contains(Instant.ofEpochSecond(1_700_000_000));
        assertThat(read.process().takenAt()).contains(Instant.ofEpochSecond(1_700_000_100));
        assertThat(read.process().cpuCount()).hasValue(8);
        assertThat(read.process().osVersion()).contains("10.0.19041");
        assertThat(read.details().kind()).contains("mini");
        assertThat(read.details().flags()).hasValue(0x61964);
        assertThat(read.details().contents())
                .contains("ThreadList", "Exception", "CommentW", "MemoryInfoList");
        assertThat(read.details().origin())
                .contains(new DumpOrigin(
                        "ProcDump",
                        "\"procdump64.exe\" -ma -e shop.exe",
                        Optional.of("Unhandled exception")));
    }

    @Test
    void whatWindowsKeepsInTheProcessIsReadForBothSizesOfPointers() throws Exception {
        for (MinidumpBuilder dump : List.of(MinidumpOpened.crash64(), MinidumpOpened.crash32())) {
            FileSnapshot read = open(dump);
            assertThat(read.diagnostics()).isEmpty();
            assertThat(read.process().executable()).contains("C:\\Shop\\shop.exe");
            assertThat(read.process().image()).contains("shop.exe");
            assertThat(read.process().commandLine())
                    .containsExactly("C:\\Shop\\shop.exe", "--port", "80", "a b");
            assertThat(read.process().environment())
                    .containsExactly("=C:=C:\\", "PATH=C:\\Windows", "SECRET=hunter2");
            WindowsFacts windows = read.windows().orElseThrow();
            assertThat(windows.peb()).hasValue(PEB);
            assertThat(windows.currentDirectory()).contains("C:\\Shop\\");
            assertThat(windows.desktop()).contains("Winsta0\\Default");
            assertThat(windows.heaps()).containsExactly(0x60_0000L, 0x70_0000L);
            long exe = read.modules().getFirst().base();
            assertThat(windows.loadOrder()).containsExactly(exe, exe + 0x10_0000);
            assertThat(windows.toString()).doesNotContain("hunter2");
            assertThat(read.details().toString()).doesNotContain("hunter2");
        }
    }

    @Test
    void aThreadHasWhatItsBlockSays() throws Exception {
        FileSnapshot read = open(MinidumpOpened.crash64());
        ThreadSnapshot main = read.threads().getFirst();
        assertThat(main.name()).contains("main");
        assertThat(main.userTime()).contains(Duration.ofSeconds(1));
        assertThat(main.kernelTime()).contains(Duration.ofSeconds(2));
        assertThat(main.registers().orElseThrow().pc()).hasValue(EXE + 0x123);
        WindowsThread windows = main.windows().orElseThrow();
        assertThat(windows.teb()).hasValue(TEB);
        assertThat(windows.stack()).contains(new AddressRange(STACK, 0x1000));
        assertThat(windows.lastError()).hasValue(5);
        assertThat(windows.lastStatus()).hasValue(0xc000_0034L);
        assertThat(windows.startAddress()).hasValue(EXE + 0x100);
        assertThat(windows.exitStatus()).isEmpty();
        assertThat(windows.wroteDump()).isFalse();
        ThreadSnapshot other = read.threads().getLast();
        assertThat(other.registers().orElseThrow().pc()).hasValue(EXE + 0x111);
        assertThat(other.windows().orElseThrow().wroteDump()).isTrue();
        WindowsThread of32 =
                open(MinidumpOpened.crash32()).threads().getFirst().windows().orElseThrow();
        assertThat(of32.lastError()).hasValue(5);
        assertThat(of32.lastStatus()).hasValue(0xc000_0034L);
        assertThat(of32.stack()).contains(new AddressRange(STACK, 0x1000));
    }

    @Test
    void theThreadThatWroteTheDumpIsNotTheOneThatFailed() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 1L));
        MinidumpBuilder self = new MinidumpBuilder()
                .windows(9)
                .thread(7, 0, context)
                .thread(8, 0, context)
                .thread(9, 0, context)
                .threadInfo(7, 2, 259, 0, 0, 0, 0)
                .breakpad(3, 8, 9);
        assertThat(open(self.build()).threads())
                .extracting(thread -> thread.windows().orElseThrow().wroteDump())
                .containsExactly(true, true, false);
        MinidumpBuilder failed = new MinidumpBuilder()
                .windows(9)
                .thread(7, 0, context)
                .threadInfo(7, 2, 259, 0, 0, 0, 0)
                .exception(7, 0xc000_0005L, 1, new long[0], context);
        FileSnapshot read = open(failed);
        assertThat(read.threads().getFirst().windows().orElseThrow().wroteDump())
                .isFalse();
    }

    @Test
    void whatTheWriterCouldNotFindOutIsNotTaken() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 1L));
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(9)
                .thread(7, TEB, context)
                .thread(8, TEB, context)
                .thread(9, TEB, context)
                .threadInfo(7, 0x8, 0, 1, 2, 3, 4)
                .threadInfo(8, 0x10, 259, 0, 2, 3, 0)
                .threadInfo(9, 0x20, 3, 0, 2, 3, 0);
        MinidumpOpened.blocks(8, EXE).forEach(dump::memory);
        List<ThreadSnapshot> threads = open(dump).threads();
        assertThat(threads.getFirst().userTime()).isEmpty();
        assertThat(threads.getFirst().windows().orElseThrow().startAddress()).isEmpty();
        assertThat(threads.getFirst().windows().orElseThrow().exitStatus()).isEmpty();
        assertThat(threads.get(1).registers()).isEmpty();
        assertThat(threads.get(1).userTime()).isPresent();
        assertThat(threads.get(2).windows().orElseThrow().teb()).isEmpty();
        assertThat(threads.get(2).windows().orElseThrow().lastError()).isEmpty();
        assertThat(threads.get(2).windows().orElseThrow().exitStatus()).hasValue(3);
    }

    @Test
    void withoutAnExceptionTheDumpWasAskedFor() throws Exception {
        MinidumpBuilder asked = new MinidumpBuilder().windows(9).thread(7, 0);
        assertThat(open(asked).reason()).isEqualTo(new CrashReason.OnDemand());
        MinidumpBuilder broken =
                new MinidumpBuilder().windows(9).stream(MinidumpBuilder.EXCEPTION, new byte[20]);
        assertThat(open(broken).reason()).isEqualTo(new CrashReason.Unknown());
        MinidumpBuilder lost = new MinidumpBuilder().windows(9).claimStreams(40);
        assertThat(open(lost).reason()).isEqualTo(new CrashReason.Unknown());
    }

    @Test
    void anExceptionInAnExceptionIsFollowedInMemory() throws Exception {
        Layout inner = MinidumpBuilder.layout().u4(0xe06d_7363L).u4(1).u8(0x9100);
        inner.u8(0x1234).u4(1).u4(0).u8(77).zeros(14 * 8);
        Layout innermost =
                MinidumpBuilder.layout().u4(5).u4(6).u8(0x9000).u8(7).u4(0).u4(0);
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(9)
                .exception(7, 1, 0, 2, 0x9000, new long[0])
                .memory(0x9000, inner)
                .memory(0x9100, innermost);
        assertThat(open(dump).reason())
                .isInstanceOfSatisfying(
                        CrashReason.WindowsException.class,
                        reason -> assertThat(reason.nested())
                                .containsExactly(
                                        new ExceptionRecord(0xe06d_7363L, 1, 0x1234, List.of(77L)),
                                        new ExceptionRecord(5, 6, 7, List.of())));
    }

    @Test
    void aDumpWithoutItsSystemIsToldByItsRegisters() throws Exception {
        Map<MinidumpContext, Cpu> cpus = Map.of(
                MinidumpContext.X86, Cpu.X86,
                MinidumpContext.AMD64, Cpu.X86_64,
                MinidumpContext.ARM, Cpu.ARM,
                MinidumpContext.ARM64, Cpu.ARM64,
                MinidumpContext.ARM64_BREAKPAD, Cpu.ARM64,
                MinidumpContext.MIPS, Cpu.X86_64);
        for (Map.Entry<MinidumpContext, Cpu> each : cpus.entrySet()) {
            byte[] context = each.getKey().with(Map.of(stack(each.getKey()), 1L));
            FileSnapshot read = open(new MinidumpBuilder().thread(7, 0, context));
            assertThat(read.machine().cpu()).as(each.getKey().name()).contains(each.getValue());
            assertThat(read.diagnostics())
                    .extracting(Diagnostic::what)
                    .contains("the dump does not tell its CPU");
        }
        assertThat(open(new MinidumpBuilder()).machine().cpu()).contains(Cpu.X86_64);
    }

    private static String stack(MinidumpContext context) {
        return switch (context) {
            case X86 -> "esp";
            case AMD64, AMD64_XSTATE -> "rsp";
            default -> "sp";
        };
    }

    @Test
    void everyArchitectureIsOpened() throws Exception {
        for (MinidumpContext form : MinidumpContext.values()) {
            FileSnapshot read = open(new MinidumpBuilder()
                    .system(form.architecture(), 0x8201, 0, 0, 0, 1, "Linux")
                    .thread(7, 0, form.with(Map.of(stack(form), 0x1_2340L))));
            assertThat(read.threads().getFirst().registers().orElseThrow().sp())
                    .as(form.name())
                    .hasValue(0x1_2340);
            assertThat(read.diagnostics()).isEmpty();
        }
        FileSnapshot alien =
                open(new MinidumpBuilder().windows(0x7777).thread(7, 0, new byte[900]));
        assertThat(alien.machine().cpu()).isEmpty();
        assertThat(alien.machine().name()).isEqualTo("architecture 0x7777");
        assertThat(alien.threads().getFirst().registers()).isEmpty();
    }

    @Test
    void aDumpOfLinuxHasItsFilesOfProc() throws Exception {
        FileSnapshot read = open(MinidumpOpened.linux());
        assertThat(read.diagnostics()).isEmpty();
        assertThat(read.windows()).isEmpty();
        assertThat(read.reason())
                .isEqualTo(new CrashReason.Signal(
                        11, OptionalInt.of(1), OptionalLong.of(0x20), OptionalLong.empty(), 100));
        assertThat(read.process().pid()).hasValue(4711);
        assertThat(read.process().osName()).contains("Linux");
        assertThat(read.process().osVersion())
                .contains("Ubuntu 20.04.6 LTS, Linux 5.4.0 #1 SMP x86_64");
        assertThat(read.process().commandLine()).containsExactly("/srv/shop", "", "--port", "80");
        assertThat(read.process().environment()).containsExactly("HOME=/root", "SECRET=hunter2");
        assertThat(read.process().executable()).contains("/srv/shop");
        LoadedModule shop = read.modules().getFirst();
        assertThat(shop.buildId()).contains("0102030405060708");
        assertThat(shop.mappings())
                .containsExactly(
                        new LoadedModule.Mapping(new AddressRange(0x40_0000, 0x1000), 0),
                        new LoadedModule.Mapping(new AddressRange(0x40_1000, 0x2000), 0x1000));
        assertThat(read.notes()).hasSize(1);
    }

    /** Crashpad puts the thread pointer where Windows has the TEB. */
    @Test
    void aThreadPointerOfAnotherSystemIsNoTeb() throws Exception {
        MinidumpBuilder dump = MinidumpOpened.linux();
        MinidumpOpened.blocks(8, EXE).forEach(dump::memory);
        FileSnapshot read = open(dump);
        assertThat(read.process().commandLine()).startsWith("/srv/shop");
        assertThat(read.threads()).allSatisfy(thread -> {
            assertThat(thread.windows().orElseThrow().teb()).isEmpty();
            assertThat(thread.windows().orElseThrow().lastError()).isEmpty();
        });
    }

    @Test
    void aDumpThatSomebodyWantedOnLinuxIsNoCrash() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder()
                .system(9, 0x8201, 0, 0, 0, 1, "")
                .exception(7, 0xffff_ffffL, 0, new long[0]);
        assertThat(open(dump).reason()).isEqualTo(new CrashReason.OnDemand());
        MinidumpBuilder mac = new MinidumpBuilder()
                .system(9, 0x8101, 10, 15, 0, 1, "")
                .exception(7, 1, 13, 0x20, 0, new long[0]);
        assertThat(open(mac).reason()).isEqualTo(new CrashReason.MachException(1, 13, 0x20, 7));
        MinidumpBuilder simulated = new MinidumpBuilder()
                .system(9, 0x8101, 10, 15, 0, 1, "")
                .exception(7, 0x4350_7378L, 0, new long[0]);
        assertThat(open(simulated).reason()).isEqualTo(new CrashReason.OnDemand());
    }

    @Test
    void modulesComeFromTheLoaderWhereTheListIsLost() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(9)
                .thread(7, TEB, MinidumpContext.AMD64.with(Map.of()));
        MinidumpOpened.blocks(8, EXE).forEach(dump::memory);
        FileSnapshot read = open(dump);
        assertThat(read.modules())
                .extracting(LoadedModule::name)
                .containsExactly("shop.exe", "ntdll.dll");
        assertThat(read.modules().getFirst().identity().orElseThrow().codeId()).isPresent();
        assertThat(read.diagnostics())
                .extracting(Diagnostic::what)
                .containsExactly("the dump lists no modules");
    }

    @Test
    void modulesThatCannotBeAreLeftOut() throws Exception {
        FileSnapshot read = open(new MinidumpBuilder()
                .windows(9)
                .module(0x1000, 0, "empty.dll")
                .module(0x1000, 0x1000, "a.dll")
                .module(0x1000, 0x1000, "twin.dll")
                .module(0x1800, 0x1000, "over.dll")
                .module(-0x1000, 0xffff_f000L, "wraps\u001b[31m.dll"));
        assertThat(read.modules())
                .extracting(LoadedModule::name)
                .containsExactly("a.dll", "over.dll", "wraps\u001b[31m.dll");
        assertThat(read.modules().getLast().range()).isEqualTo(new AddressRange(-0x1000, 0x1000));
        assertThat(read.diagnostics()).hasSize(3);
    }

    @Test
    void aThreadThatIsListedTwiceOrOnlyInTheExceptionIsOne() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 5L));
        FileSnapshot read = open(new MinidumpBuilder()
                .windows(9)
                .thread(7, 0)
                .thread(7, 0, context)
                .exception(9, 1, 2, new long[0], context));
        assertThat(read.threads()).extracting(ThreadSnapshot::id).containsExactly(9L, 7L);
        assertThat(read.threads().getFirst().registers().orElseThrow().pc()).hasValue(5);
        assertThat(read.diagnostics()).hasSize(2);
    }

    @Test
    void memoryThatIsNotThereMakesADumpTruncated() throws Exception {
        byte[] whole = new MinidumpBuilder()
                .windows(9)
                .memory64(0x1000, new byte[100])
                .memory64(0x2000, new byte[100])
                .build();
        FileSnapshot cut = open(Arrays.copyOf(whole, whole.length - 150));
        assertThat(cut.truncated()).isTrue();
        assertThat(cut.presentPercent()).isEqualTo(25);
        byte[] target = new byte[100];
        assertThat(cut.memory().read(0x1000, target, 0, 100)).isEqualTo(50);
        assertThat(cut.memory().read(0x2000, target, 0, 100)).isZero();
    }

    @Test
    void sizesOfTheMachineThatCannotBeAreAbsent() throws Exception {
        Layout info = MinidumpBuilder.layout().u4(0).u4(0).u4(4096).u4(1000).fillTo(116);
        info.u8(Long.MAX_VALUE / 4096 + 1).u8(0).u8(0).u8(0);
        FileSnapshot read = open(
                new MinidumpBuilder().windows(9).stream(MinidumpBuilder.SYSTEM_MEMORY_INFO, info));
        assertThat(read.windows().orElseThrow().system()).isEmpty();
    }

    @Test
    void theLoadersListMayGoRound() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder()
                .windows(9)
                .thread(7, TEB, MinidumpContext.AMD64.with(Map.of()));
        WindowsBlocks blocks = MinidumpOpened.blocks(8, EXE);
        blocks.forEach((address, bytes) -> {
            if (address == PEB + 0x2000) {
                // the second entry's link leads to itself
                Layout self = MinidumpBuilder.layout().u8(PEB + 0x2200);
                System.arraycopy(self.build(), 0, bytes, 0x200, 8);
            }
            dump.memory(address, bytes);
        });
        assertThat(open(dump).windows().orElseThrow().loadOrder()).hasSize(2);
    }
}
