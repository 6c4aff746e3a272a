package dev.mortem.format.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;
import dev.mortem.testkit.synth.MinidumpContext;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Streams that are lists, with literals. */
class MinidumpListsTest {
    private static final String GUID = "33 22 11 00 55 44 77 66 88 99 aa bb cc dd ee ff";

    /** FILETIME of 2023-11-14T22:13:20Z. */
    private static final long FILE_TIME = (1_700_000_000L + 11_644_473_600L) * 10_000_000;

    @Test
    void threadsAreReadInEachFormOfTheList() throws Exception {
        byte[] context = MinidumpContext.AMD64.with(Map.of("rip", 0x1234L));
        for (boolean padded : List.of(false, true)) {
            for (boolean extended : List.of(false, true)) {
                MinidumpBuilder dump = new MinidumpBuilder();
                dump.thread(7, 0x7ff0_0000L, 0x10_0000, new byte[64], context);
                dump.thread(8, 0);
                if (padded) {
                    dump.paddedCounts();
                }
                if (extended) {
                    dump.extendedThreads();
                }
                MinidumpInput input = MinidumpInput.of(dump);
                List<ThreadEntry> threads = ThreadEntry.readAll(input.file());
                assertThat(threads).extracting(ThreadEntry::threadId).containsExactly(7L, 8L);
                ThreadEntry first = threads.getFirst();
                assertThat(first.teb()).isEqualTo(0x7ff0_0000L);
                assertThat(first.suspendCount()).isEqualTo(1);
                assertThat(first.priorityClass()).isEqualTo(0x20);
                assertThat(first.priority()).isEqualTo(8);
                assertThat(first.stack()).isEqualTo(new AddressRange(0x10_0000, 64));
                assertThat(first.stackRva()).isPositive();
                assertThat(first.context().orElseThrow().u8("rip", 0xf8)).isEqualTo(0x1234);
                assertThat(threads.getLast().context()).isEmpty();
                assertThat(threads.getLast().stackRva()).isZero();
                assertThat(input.reports()).isEmpty();
            }
        }
    }

    @Test
    void aListIsReadAsFarAsItIsThere() throws Exception {
        Layout list =
                MinidumpBuilder.layout().u4(0xffff_ffffL).u4(1).zeros(44).u4(2).zeros(43);
        MinidumpInput input =
                MinidumpInput.of(new MinidumpBuilder().stream(MinidumpBuilder.THREAD_LIST, list));
        assertThat(ThreadEntry.readAll(input.file()))
                .extracting(ThreadEntry::threadId)
                .containsExactly(1L);
        assertThat(input.reports())
                .containsExactly("4294967295 entries of 48 bytes are stated, 1 are there");
        MinidumpInput none = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.THREAD_LIST, new byte[3]));
        assertThat(ThreadEntry.readAll(none.file())).isEmpty();
        assertThat(none.reports()).hasSize(1);
    }

    @Test
    void threadsAreCountedUpToTheLimit() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        for (int id = 1; id <= 4; id++) {
            dump.thread(id, 0);
        }
        byte[] bytes = dump.build();
        for (int limit : List.of(3, 4)) {
            MinidumpInput input =
                    MinidumpInput.of(bytes, Limits.defaults().with(MinidumpLimits.THREADS, limit));
            assertThat(ThreadEntry.readAll(input.file())).hasSize(limit);
            assertThat(input.reports()).hasSize(4 - limit);
        }
    }

    @Test
    void aContextOutsideTheFileIsAbsentAlone() throws Exception {
        Layout entry = MinidumpBuilder.layout().u4(9).zeros(36).u4(1232).u4(0x7fff_0000L);
        MinidumpInput input =
                MinidumpInput.of(new MinidumpBuilder().rawThread(entry).thread(10, 0));
        assertThat(ThreadEntry.readAll(input.file()))
                .extracting(ThreadEntry::threadId)
                .containsExactly(9L, 10L);
        assertThat(input.reports()).containsExactly("1232 bytes needed, 0 bytes left");
    }

    @Test
    void namesOfThreadsAreTakenOnceEach() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .threadName(7, "main")
                .threadName(7, "other")
                .threadName(8, "")
                .threadName(9, "w\u0007rker"));
        assertThat(ThreadNames.readAll(input.file()))
                .isEqualTo(Map.of(7L, "main", 9L, "w\u0007rker"));
        Layout far = MinidumpBuilder.layout().u4(1).u4(7).u8(0x1_0000_0020L);
        MinidumpInput outside =
                MinidumpInput.of(new MinidumpBuilder().stream(MinidumpBuilder.THREAD_NAMES, far));
        assertThat(ThreadNames.readAll(outside.file())).isEmpty();
        assertThat(outside.reports()).hasSize(1);
    }

    @Test
    void timesOfThreadsAreThoseOfWindows() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .threadInfo(7, 2, 259, FILE_TIME + 5, 15_000_000, 25, 0x7fff_1000L)
                .threadInfo(7, 0, 1, 0, 0, 0, 0)
                .threadInfo(8, 0x38, 0, 0, -1, Long.MIN_VALUE, 0));
        Map<Long, ThreadInfo> infos = ThreadInfo.readAll(input.file());
        assertThat(infos).containsOnlyKeys(7L, 8L);
        ThreadInfo info = List.copyOf(infos.values()).getFirst();
        assertThat(info.flags()).isEqualTo(ThreadInfo.WRITING_THREAD);
        assertThat(info.exitStatus()).isEqualTo(259);
        assertThat(info.createdAt()).contains(Instant.ofEpochSecond(1_700_000_000, 500));
        assertThat(info.kernelTime()).contains(Duration.ofMillis(1500));
        assertThat(info.userTime()).contains(Duration.ofNanos(2500));
        assertThat(info.startAddress()).isEqualTo(0x7fff_1000L);
        assertThat(info.isInvalid() || info.hasInvalidContext() || info.hasInvalidTeb())
                .isFalse();
        ThreadInfo unknown = List.copyOf(infos.values()).getLast();
        assertThat(unknown.isInvalid() && unknown.hasInvalidContext() && unknown.hasInvalidTeb())
                .isTrue();
        assertThat(unknown.createdAt()).isEmpty();
        assertThat(unknown.kernelTime()).isEmpty();
        assertThat(unknown.userTime()).isEmpty();
    }

    @Test
    void aModuleHasItsVersionsAndItsDebugRecord() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .module(
                        0x7ff6_0000_0000L,
                        0x2_1000,
                        "C:\\Shop\\shop.exe",
                        0x6553_f100L,
                        "10.0.19041.3636",
                        MinidumpBuilder.rsds(GUID, 3, "D:\\b\\shop.pdb"))
                .module(
                        0x1000,
                        0x1000,
                        "old.dll",
                        1,
                        "",
                        MinidumpBuilder.nb10(0x3b7d_8475L, 1, "old.pdb"))
                .module(0x3000, 1, "/lib/libc.so.6", 0, "", MinidumpBuilder.elfBuildId("ab cd 01"))
                .module(0x4000, 1, ""));
        List<ModuleEntry> modules = ModuleEntry.readAll(input.file());
        ModuleEntry shop = modules.getFirst();
        assertThat(shop.range()).isEqualTo(new AddressRange(0x7ff6_0000_0000L, 0x2_1000));
        assertThat(shop.name()).contains("C:\\Shop\\shop.exe");
        assertThat(shop.timeDateStamp()).isEqualTo(0x6553_f100L);
        assertThat(shop.checkSum()).isEqualTo(0x1234);
        assertThat(shop.fileVersion()).contains("10.0.19041.3636");
        assertThat(shop.productVersion()).contains("10.0.19041.3636");
        assertThat(shop.codeView().orElseThrow())
                .isInstanceOfSatisfying(CodeViewRecord.Rsds.class, record -> {
                    assertThat(record.pdbPath()).isEqualTo("D:\\b\\shop.pdb");
                    assertThat(record.id().toString()).containsIgnoringCase("00112233");
                });
        assertThat(modules.get(1).codeView().orElseThrow()).isInstanceOf(CodeViewRecord.Nb10.class);
        assertThat(modules.get(1).fileVersion()).isEmpty();
        assertThat(modules.get(2).codeView()).contains(new CodeViewRecord.ElfBuildId("abcd01"));
        assertThat(modules.get(3).name()).isEmpty();
        assertThat(input.reports()).isEmpty();
    }

    /** Breakpad lists mapped fonts as modules, with an id of zeros. */
    @Test
    void anIdOfZerosIsNone() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .module(0x1000, 1, "a.ttf", 0, "", MinidumpBuilder.rsds("0".repeat(32), 0, "a.ttf"))
                .module(0x2000, 1, "b.ttf", 0, "", MinidumpBuilder.elfBuildId("00 00 00 00"))
                .module(0x3000, 1, "c.dll", 0, "", MinidumpBuilder.nb10(0, 1, "c.pdb"))
                .module(0x4000, 1, "d.so", 0, "", MinidumpBuilder.elfBuildId("00 00 00 01")));
        assertThat(ModuleEntry.readAll(input.file()))
                .extracting(module ->
                        module.codeView().flatMap(CodeViewRecord::debugId).isPresent())
                .containsExactly(false, false, false, true);
    }

    @Test
    void aBrokenDebugRecordCostsNoModule() throws Exception {
        MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                .paddedCounts()
                .module(0x1000, 0x1000, "a", 1, "", new byte[] {'R', 'S', 'D', 'S', 1})
                .module(-0x1000, 0x2000, "wraps"));
        List<ModuleEntry> modules = ModuleEntry.readAll(input.file());
        assertThat(modules).hasSize(2);
        assertThat(modules.getFirst().codeView()).isEmpty();
        assertThat(modules.getLast().range()).isEqualTo(new AddressRange(-0x1000, 0x1000));
        assertThat(input.reports()).hasSize(1);
    }

    @Test
    void modulesThatWereUnloadedAreKept() throws Exception {
        MinidumpInput input =
                MinidumpInput.of(new MinidumpBuilder().unloaded(0x5000, 0x1000, "gone.dll", 0x99));
        assertThat(UnloadedModuleEntry.readAll(input.file()))
                .containsExactly(new UnloadedModuleEntry(
                        new AddressRange(0x5000, 0x1000), 7, 0x99, Optional.of("gone.dll")));
    }

    @Test
    void memoryOfBothListsLiesWhereTheySay() throws Exception {
        for (boolean padded : List.of(false, true)) {
            MinidumpBuilder dump = new MinidumpBuilder()
                    .memory(0x1000, (byte) 1, (byte) 2)
                    .memory(0xffff_ffff_ffff_fffeL, (byte) 3, (byte) 4)
                    .memory64(0x8000, (byte) 5)
                    .memory64(0x9000, (byte) 6, (byte) 7);
            if (padded) {
                dump.paddedCounts();
            }
            MinidumpInput input = MinidumpInput.of(dump);
            List<MemoryRange> ranges = MemoryRange.readAll(input.file());
            assertThat(ranges)
                    .extracting(MemoryRange::range)
                    .containsExactly(
                            new AddressRange(0x1000, 2),
                            new AddressRange(-2, 2),
                            new AddressRange(0x8000, 1),
                            new AddressRange(0x9000, 2));
            int value = 1;
            for (MemoryRange range : ranges) {
                for (long at = 0; at < range.range().sizeBytes(); at++) {
                    assertThat(input.file().bytes().u1("memory", range.fileOffset() + at))
                            .isEqualTo(value++);
                }
            }
            assertThat(input.reports()).isEmpty();
        }
    }

    @Test
    void rangesOf64BitsGoBeyondFourGigabytesAndEndWhereNoFileGoes() throws Exception {
        Layout list = MinidumpBuilder.layout().u8(4).u8(0x1_0000_0000L);
        list.u8(0x1000).u8(0x2_0000_0000L).u8(0x7000_0000_0000L).u8(16);
        list.u8(0x2000).u8(-1).u8(0x3000).u8(1);
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.MEMORY_64_LIST, list));
        List<MemoryRange> ranges = MemoryRange.readAll(input.file());
        assertThat(ranges)
                .extracting(MemoryRange::fileOffset)
                .containsExactly(0x1_0000_0000L, 0x3_0000_0000L, 0x3_0000_0010L);
        assertThat(input.reports())
                .containsExactly("18446744073709551615 bytes, what fits in a file");
    }

    @Test
    void aCountOf64BitsIsUnsigned() throws Exception {
        Layout list = MinidumpBuilder.layout().u8(-1).u8(0x100).u8(0x1000).u8(1);
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.MEMORY_64_LIST, list));
        assertThat(MemoryRange.readAll(input.file())).hasSize(1);
        assertThat(input.reports())
                .containsExactly(
                        "18446744073709551615 entries of 16 bytes are stated, 1 are there");
    }

    @Test
    void pagesHaveThePermissionsOfTheirProtection() throws Exception {
        Map<Long, String> permissions = Map.ofEntries(
                Map.entry(0L, "---"),
                Map.entry(0x01L, "---"),
                Map.entry(0x02L, "r--"),
                Map.entry(0x04L, "rw-"),
                Map.entry(0x08L, "rw-"),
                Map.entry(0x10L, "--x"),
                Map.entry(0x20L, "r-x"),
                Map.entry(0x40L, "rwx"),
                Map.entry(0x80L, "rwx"),
                Map.entry(0x104L, "rw-"),
                Map.entry(0x204L, "rw-"),
                Map.entry(0x402L, "r--"));
        for (Map.Entry<Long, String> each : permissions.entrySet()) {
            MinidumpInput input = MinidumpInput.of(new MinidumpBuilder()
                    .memoryInfo(0x1000, 0x1000, MemoryInfo.COMMIT, each.getKey(), 0x2_0000)
                    .memoryInfo(0x2000, 0x1000, MemoryInfo.RESERVE, each.getKey(), 0x2_0000)
                    .memoryInfo(0x3000, 0x1000, MemoryInfo.FREE, 1, 0));
            List<MemoryInfo> infos = MemoryInfo.readAll(input.file());
            assertThat(infos).hasSize(3);
            assertThat(infos.getFirst().permissions())
                    .as("0x%x", each.getKey())
                    .isEqualTo(each.getValue());
            assertThat(infos.getFirst().isCommitted()).isTrue();
            assertThat(infos.getFirst().isGuard()).isEqualTo(each.getKey() == 0x104);
            assertThat(infos.get(1).permissions()).isEqualTo("---");
            assertThat(infos.getLast().isFree()).isTrue();
        }
    }

    @Test
    void handlesOfBothFormsAreRead() throws Exception {
        MinidumpInput first =
                MinidumpInput.of(new MinidumpBuilder().handle(4, "Event", "", 0x1f_0003));
        assertThat(HandleEntry.readAll(first.file()))
                .containsExactly(new HandleEntry(
                        4,
                        Optional.of("Event"),
                        Optional.empty(),
                        0x1f_0003,
                        2,
                        32_770,
                        Optional.empty()));
        assertThat(HandleEntry.count(first.file())).hasValue(1);

        MinidumpBuilder dump = new MinidumpBuilder();
        Label owner = dump.objectInformation(
                Label.of(0), 3, MinidumpBuilder.layout().u4(1234).u4(5678).build());
        Label other = dump.objectInformation(owner, 2, new byte[8]);
        dump.handle2(8, "Mutant", "\\BaseNamedObjects\\lock", 1, other);
        MinidumpInput second = MinidumpInput.of(dump);
        assertThat(HandleEntry.readAll(second.file()).getFirst().owner())
                .contains(new HandleEntry.Owner(1234, 5678));
        assertThat(second.reports()).isEmpty();
        assertThat(HandleEntry.count(MinidumpInput.of(new MinidumpBuilder()).file()))
                .isEmpty();
    }

    @Test
    void handlesAreCountedAlsoWhereTheyAreCut() throws Exception {
        for (long stated : List.of(5000L, 1L << 24, (1L << 24) + 1)) {
            Layout list =
                    MinidumpBuilder.layout().u4(16).u4(32).u4(stated).u4(0).zeros(32);
            MinidumpInput input = MinidumpInput.of(
                    new MinidumpBuilder().stream(MinidumpBuilder.HANDLE_DATA, list));
            assertThat(HandleEntry.readAll(input.file())).hasSize(1);
            assertThat(HandleEntry.count(input.file()).orElse(-1))
                    .isEqualTo(stated > 1 << 24 ? -1 : stated);
        }
    }

    @Test
    void informationThatGoesInACircleEnds() throws Exception {
        MinidumpBuilder dump = new MinidumpBuilder();
        Label circle = Label.unset();
        Label block = dump.objectInformation(circle, 6, new byte[4]);
        circle.set(block);
        Label broken = dump.objectInformation(Label.of(0x7fff_fff0L), 6, new byte[4]);
        Label tooSmall = dump.objectInformation(Label.of(0), 3, new byte[7]);
        dump.handle2(4, "Mutant", "", 1, block);
        dump.handle2(8, "Mutant", "", 1, broken);
        dump.handle2(12, "Mutant", "", 1, tooSmall);
        MinidumpInput input = MinidumpInput.of(dump);
        assertThat(HandleEntry.readAll(input.file()))
                .hasSize(3)
                .allSatisfy(handle -> assertThat(handle.owner()).isEmpty());
        assertThat(input.reports()).hasSize(1);
    }

    /** The limit is 16: the owner in the sixteenth block is found, in the seventeenth not. */
    @Test
    void informationIsFollowedUpToTheLimit() throws Exception {
        for (int blocks : List.of(16, 17)) {
            MinidumpBuilder dump = new MinidumpBuilder();
            Label next = dump.objectInformation(
                    Label.of(0), 3, MinidumpBuilder.layout().u4(1).u4(2).build());
            for (int block = 1; block < blocks; block++) {
                next = dump.objectInformation(next, 1, new byte[4]);
            }
            MinidumpInput input = MinidumpInput.of(dump.handle2(4, "Mutant", "", 1, next));
            assertThat(HandleEntry.readAll(input.file()).getFirst().owner().isPresent())
                    .as("%d blocks", blocks)
                    .isEqualTo(blocks == 16);
        }
    }

    @Test
    void tokensFollowOneAnother() throws Exception {
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().token(100, 0x40, new byte[24]).token(101, 0x44));
        assertThat(TokenEntry.readAll(input.file()))
                .containsExactly(new TokenEntry(40, 100, 0x40), new TokenEntry(16, 101, 0x44));
        Layout endless = MinidumpBuilder.layout().u4(32).u4(0xffff_ffffL).u4(16).u4(16);
        endless.u4(0).zeros(60);
        MinidumpInput broken =
                MinidumpInput.of(new MinidumpBuilder().stream(MinidumpBuilder.TOKEN, endless));
        assertThat(TokenEntry.readAll(broken.file())).isEmpty();
        assertThat(broken.reports()).containsExactly("0 bytes, at least 16");
    }

    /** Sizes and padding as dbghelp 10.0 writes them for a module of 64 bits. */
    @Test
    void tablesOfFunctionsMadeAtRunTimeAreFound() throws Exception {
        Layout tables =
                MinidumpBuilder.layout().u4(24).u4(32).u4(16).u4(12).u4(2).u4(4).u4(0);
        tables.u8(0x1000).u8(0x3000).u8(0x1000).u4(1).u4(4).zeros(16);
        tables.u4(0x10).u4(0x20).u4(0x1f00).u4(0);
        tables.u8(0x9000).u8(0xa000).u8(0x9000).u4(2).u4(0).zeros(16);
        tables.u4(0x30).u4(0x40).u4(0xf00).u4(0x50).u4(0x60).u4(0xf10);
        MinidumpInput input = MinidumpInput.of(
                new MinidumpBuilder().stream(MinidumpBuilder.FUNCTION_TABLE, tables));
        List<FunctionTableEntry> found = FunctionTableEntry.readAll(input.file());
        assertThat(found)
                .extracting(FunctionTableEntry::code)
                .containsExactly(
                        new AddressRange(0x1000, 0x2000), new AddressRange(0x9000, 0x1000));
        assertThat(found.getFirst().base()).isEqualTo(0x1000);
        assertThat(found.getFirst().entries().u4("BeginAddress", 0)).isEqualTo(0x10);
        assertThat(found.getFirst().entries().sizeBytes()).isEqualTo(12);
        assertThat(found.getLast().entries().u4("BeginAddress", 12)).isEqualTo(0x50);
        assertThat(input.reports()).isEmpty();
    }

    @Test
    void tablesThatLieAboutTheirSizeEnd() throws Exception {
        Layout huge = MinidumpBuilder.layout().u4(24).u4(32).u4(0).u4(0).u4(-1).u4(0);
        huge.u8(1).u8(2).u8(1).u4(0xffff_ffffL).u4(0);
        Layout tiny =
                MinidumpBuilder.layout().u4(24).u4(31).u4(0).u4(12).u4(1).u4(0).zeros(64);
        Layout far = MinidumpBuilder.layout().u4(-1).u4(32).u4(-1).u4(12).u4(1).u4(-1);
        for (Layout broken : List.of(huge, tiny, far)) {
            MinidumpInput input = MinidumpInput.of(
                    new MinidumpBuilder().stream(MinidumpBuilder.FUNCTION_TABLE, broken));
            assertThat(FunctionTableEntry.readAll(input.file())).isEmpty();
            assertThat(input.reports()).hasSize(1);
        }
    }
}
