package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.table.SystemCalls;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;

/** A frozen copy is the process as it was, while the process itself goes on. */
class SnapshotTest {
    private static final int SIGKILL = 9;
    private static final int SIZE = 1 << 20;
    private static final SnapshotOptions REQUIRE =
            SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE);

    /** As waits.c and its C library name them; one with a time limit goes on as restart_syscall. */
    private static final Set<String> WAITS = Set.of(
            "epoll_wait",
            "epoll_pwait",
            "semop",
            "semtimedop",
            "rt_sigtimedwait",
            "recvfrom",
            "io_getevents",
            "poll",
            "ppoll",
            "nanosleep",
            "clock_nanosleep",
            "futex",
            "pause",
            "restart_syscall");

    private final ProcessControl control = new LinuxPlatform().processControl();

    @TempDir
    Path folder;

    @Test
    void theHeartBeatsWhileTheCopyIsHeld() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertThat(snapshot.method()).isEqualTo("snapshot");
                assertThat(snapshot.pause()).isPositive();
                long taken = target.word("counter", 0);
                LiveTarget.await("beats", () -> target.word("counter", 0) > taken + 5);
                assertThat(snapshot.pause()).isEqualTo(snapshot.pause());
                assertThat(snapshot.overran()).isEmpty();
            }
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void memoryStaysThatOfTheMoment() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "counts")) {
            long address = target.address("beats");
            LiveTarget.await("beats", () -> target.word("counter", 0) > 5);
            long earlier = target.word("counter", 0) - 1;
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                long later = target.word("counter", 0);
                long frozen = snapshot.memory().u8(address).orElseThrow();
                assertThat(frozen).isBetween(earlier, later);
                LiveTarget.await("beats", () -> target.word("counter", 0) > later + 5);
                assertThat(snapshot.memory().u8(address)).hasValue(frozen);
            }
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void rangesOfEverySortHoldWhatTheyHeld() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "forkranges")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertHolds(snapshot, target.address("absent"), SIZE, 11);
                assertHolds(snapshot, target.address("wiped"), SIZE, 12);
                assertHolds(snapshot, target.address("sparse") + 10 * 4096, 1, 13);
                assertHolds(snapshot, target.address("hidden"), SIZE, 14);
                assertHolds(snapshot, target.address("shared"), SIZE, 15);
                assertHolds(snapshot, target.address("memfd"), SIZE, 16);
                assertThat(populated(snapshot, target.address("absent"))).isEqualTo(SIZE);
                assertThat(populated(snapshot, target.address("wiped"))).isEqualTo(SIZE);
                assertThat(populated(snapshot, target.address("sparse"))).isEqualTo(4096);
                assertThat(populated(snapshot, target.address("untouched"))).isZero();
                MemoryRegion undumped = LiveTarget.region(snapshot, target.address("undumped"));
                assertThat(undumped.presentBytes()).isZero();
                assertThat(undumped.absentWhy()).contains("MADV_DONTDUMP");
                assertThat(snapshot.warnings()).anyMatch(text -> text.contains("shared memory"));
            }
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void whatIsMarkedNotToBeDumpedIsThereWhenAskedFor() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "forkranges");
                LiveSnapshot snapshot =
                        control.snapshot(target.pid(), REQUIRE.withIncludeDontDump(true))) {
            assertHolds(snapshot, target.address("undumped"), SIZE, 17);
            assertThat(populated(snapshot, target.address("undumped"))).isEqualTo(SIZE);
        }
    }

    /** memfd_secret(2): the kernel shows it to nobody else. */
    @Test
    void secretMemoryIsNotTakenForZeros() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "forkranges")) {
            assumeTrue(
                    !target.output().contains("no_secret"), "needs a kernel with memfd_secret(2)");
            SnapshotOptions all = REQUIRE.withIncludeDontDump(true);
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), all)) {
                long secret = target.address("secret");
                assertThat(snapshot.memory().read(secret, new byte[4096], 0, 4096))
                        .isZero();
                assertThat(snapshot.memory().read(secret - 4096, new byte[8192], 0, 8192))
                        .isEqualTo(4096);
            }
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void whatACopyLacksAndIsTooLargeToKeepIsAbsentWithAReason() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "forkranges", "large")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                for (String name : new String[] {"absent", "wiped"}) {
                    long address = target.address(name);
                    MemoryRegion region = LiveTarget.region(snapshot, address);
                    assertThat(region.range().sizeBytes()).isEqualTo(33L << 20);
                    assertThat(region.presentBytes()).as(name).isZero();
                    assertThat(region.absentWhy().orElseThrow()).contains("not to be forked");
                    assertThat(snapshot.memory().read(address, new byte[64], 0, 64))
                            .as("bytes of %s, whose zeros are the copy's", name)
                            .isZero();
                }
                assertHolds(snapshot, target.address("hidden"), SIZE, 14);
            }
            Remains.assertNone(target.pid());
        }
    }

    private static void assertHolds(LiveSnapshot snapshot, long address, int sizeBytes, int value) {
        byte[] wanted = new byte[sizeBytes];
        Arrays.fill(wanted, (byte) value);
        assertThat(Arrays.mismatch(
                        snapshot.memory().bytes(address, sizeBytes).orElseThrow(), wanted))
                .as("first byte that is not %d", value)
                .isEqualTo(-1);
    }

    private static long populated(LiveSnapshot snapshot, long address) {
        return snapshot.populated(LiveTarget.region(snapshot, address)).stream()
                .mapToLong(AddressRange::sizeBytes)
                .sum();
    }

    @Test
    void aSocketThatTheTargetClosesIsClosedForItsPeerAtOnce() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "closes");
                LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
            target.go();
            LiveTarget.await("end of file", () -> target.word("seen", 0) == 1);
            assertThat(snapshot.overran()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void noBlockedCallIsCutShort(SnapshotMode mode) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "waits")) {
            long waiting = target.number("waiting");
            LiveTarget.await("all wait", () -> waiting(target) == waiting + 1);
            for (int round = 0; round < 10; round++) {
                try (LiveSnapshot snapshot =
                        control.snapshot(target.pid(), REQUIRE.withMode(mode))) {
                    assertThat(snapshot.threads()).hasSize((int) waiting + 1);
                }
                LiveTarget.await("all wait", () -> waiting(target) == waiting + 1);
            }
            for (int call = 0; call < 8; call++) {
                assertThat(target.word("returned", call)).as("call " + call).isZero();
            }
            Remains.assertNone(target.pid());
        }
    }

    /** How many threads are in one of the calls of waits.c, or in main's pause(2). */
    private static long waiting(LiveTarget target) {
        ProcFolder proc = new ProcFolder(Path.of("/proc"));
        return proc.tids(target.pid()).stream()
                .map(tid -> ProcFolder.text(proc.task(target.pid(), tid).resolve("syscall"))
                        .orElse("")
                        .split(" ", 2)[0])
                .flatMap(number -> Numbers.parseUnsigned(number).stream().boxed())
                .flatMap(number ->
                        SystemCalls.name(InjectionTable.ofThisCpu().cpu(), number).stream())
                .filter(WAITS::contains)
                .count();
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NEVER"})
    void vectorRegistersAreWhatTheTargetLoaded(SnapshotMode mode) throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "vectors")) {
            boolean avx = target.output().contains("avx 1");
            for (int round = 0; round < 5; round++) {
                try (LiveSnapshot snapshot =
                        control.snapshot(target.pid(), REQUIRE.withMode(mode))) {
                    byte[] state = snapshot.threads().getFirst().notes().stream()
                            .filter(note -> note.is("LINUX", 0x202))
                            .map(RawNote::content)
                            .findFirst()
                            .orElseThrow();
                    assertVectors(state, avx);
                }
            }
            ByteBuffer one =
                    ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, 1);
            Files.write(folder.resolve("word"), one.array(), StandardOpenOption.WRITE);
            LiveTarget.await("its own judgement", () -> target.output().contains("same"));
            Remains.assertNone(target.pid());
        }
    }

    /** Intel SDM 1, 13.4: XMM0 at 160 of FXSAVE; the upper halves of YMM at 576 in the standard form. */
    private static void assertVectors(byte[] state, boolean avx) {
        ByteBuffer words = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
        for (int register = 0; register < 16; register++) {
            for (int word = 0; word < (avx ? 4 : 2); word++) {
                int offset = (word < 2 ? 160 : 576) + register * 16 + word % 2 * 8;
                assertThat(words.getLong(offset))
                        .as("word %d of register %d", word, register)
                        .isEqualTo((register * 4 + word + 1) * 0x0101010101010101L);
            }
        }
    }

    @Test
    void aThreadThatWaitsForItsVforkedChildIsNamedAndGoesOn() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "vforks")) {
            long tid = target.number("thread");
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                assertThat(snapshot.method()).isEqualTo("snapshot");
                assertThat(snapshot.warnings())
                        .anyMatch(text -> text.contains("thread " + tid + " waits in the kernel"));
                ThreadSnapshot waits = snapshot.threads().stream()
                        .filter(thread -> thread.id() == tid)
                        .findFirst()
                        .orElseThrow();
                assertThat(waits.registers().orElseThrow().pc()).isPresent();
                assertThat(waits.registers().orElseThrow().sp()).isPresent();
                assertThat(waits.registers().orElseThrow().get("rbx")).isEmpty();
                assertThat(snapshot.threads())
                        .filteredOn(thread -> thread.id() == target.pid())
                        .allMatch(thread ->
                                thread.registers().orElseThrow().get("rbx").isPresent());
            }
            assertThat(target.word("counter", 1)).as("its child lives").isZero();
            target.go();
            LiveTarget.await("its child's status", () -> target.word("counter", 1) == 7 << 8);
            Remains.assertNone(target.pid());
        }
    }

    @Test
    void theCopyOutlivesItsTarget() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "5")) {
            try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                long address = target.address("pattern");
                byte[] before = snapshot.memory().bytes(address, 65_536).orElseThrow();
                target.child().signal(SIGKILL);
                assertThat(target.child().awaitExit(LiveTarget.DEADLINE)).hasValue(128 + SIGKILL);
                assertThat(snapshot.memory().bytes(address, 65_536)).contains(before);
                snapshot.resume();
                assertThat(snapshot.overran()).isEmpty();
            }
            LiveTarget.await(
                    "no process of it", () -> Remains.copies(target.pid()).isEmpty());
        }
    }

    @Test
    void aCopyThatSomebodyElseKilledIsNotTakenForAWholeOne() throws Exception {
        try (LiveTarget target = LiveTarget.start(folder, "threads", "5")) {
            for (int round = 0; round < 10; round++) {
                try (LiveSnapshot snapshot = control.snapshot(target.pid(), REQUIRE)) {
                    long address = target.address("pattern");
                    assertThat(snapshot.memory().u8(address)).isPresent();
                    assertThat(Remains.copies(target.pid())).hasSize(1);
                    new Kernel().kill(Remains.copies(target.pid()).getFirst(), SIGKILL);
                    LiveTarget.await(
                            "nothing read", () -> snapshot.memory().u8(address).isEmpty());
                    snapshot.resume();
                    assertThat(snapshot.overran().orElse("")).contains("killed by somebody else");
                }
                Remains.assertNone(target.pid());
            }
        }
    }
}
