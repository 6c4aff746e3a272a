package dev.mortem.analyze.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.casefile.Cases;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Socket;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.kernel.FileDescriptor.Access;
import dev.mortem.base.kernel.KernelObjects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Descriptors that run out, and processes in which nobody can go on. */
class KernelRulesTest {
    private static final long A = Cases.DATA + 0x10;
    private static final long B = Cases.DATA + 0x80;
    private static final int FUTEX = 202;
    private static final int EPOLL_WAIT = 232;
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAIT_PRIVATE = 128;

    private static List<Finding> found(AnalysisRule rule, Cases cases) {
        return rule.evaluate(cases.build()).map(Draft::finding).toList();
    }

    private static FileDescriptor open(int number, DescriptorTarget target) {
        return new FileDescriptor(number, Access.READ_WRITE, OptionalLong.empty(), target);
    }

    private static Socket socket(String state) {
        return new Socket(
                Optional.of("tcp"),
                Optional.empty(),
                Optional.empty(),
                Optional.of(state),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    /** A process with sockets in two states, and so many descriptors of so many. */
    private static Cases holding(int closeWait, int established, long used, long most) {
        List<FileDescriptor> descriptors = new ArrayList<>();
        for (int number = 0; number < closeWait + established; number++) {
            descriptors.add(
                    open(number, socket(number < closeWait ? "CLOSE_WAIT" : "ESTABLISHED")));
        }
        Cases cases = new Cases().onDemand();
        cases.snapshot()
                .kernelObjects(new KernelObjects(
                        Optional.empty(),
                        OptionalLong.of(used),
                        most == 0 ? OptionalLong.empty() : OptionalLong.of(most),
                        descriptors,
                        List.of(),
                        List.of(),
                        List.of()));
        return cases;
    }

    @Test
    void connectionsThatNobodyClosesAreALeak() {
        List<Finding> found = found(new HandleGrowthRule(), holding(120, 30, 150, 1024));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().severity()).isEqualTo(Severity.WARNING);
        assertThat(found.getFirst().summary())
                .isEqualTo("shop keeps 120 of its 150 sockets open although the other side has"
                        + " closed them");
        assertThat(found.getFirst().evidence()).containsExactly("120 sockets in CLOSE_WAIT of 150");
    }

    /** A few are those of a moment; many among more are a busy server's. */
    @ParameterizedTest
    @CsvSource({"100, 100, 1", "99, 0, 0", "100, 101, 0", "0, 500, 0"})
    void fewOfThemOrFewAmongManyAreNone(int closeWait, int established, int findings) {
        assertThat(found(new HandleGrowthRule(), holding(closeWait, established, 200, 1024)))
                .hasSize(findings);
    }

    @Test
    void nearlyAllDescriptorsInUseAreTold() {
        List<Finding> found = found(new HandleGrowthRule(), holding(0, 2, 922, 1024));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().summary())
                .isEqualTo("shop has 922 descriptors open of the 1,024 that it may have");
        assertThat(found(new HandleGrowthRule(), holding(0, 2, 921, 1024))).isEmpty();
        assertThat(found(new HandleGrowthRule(), holding(0, 2, 922, 0)))
                .as("no limit is known")
                .isEmpty();
        assertThat(found(new HandleGrowthRule(), new Cases().onDemand()))
                .as("no descriptors are known")
                .isEmpty();
    }

    /** Words that are no lock, so that no owner is known of either. */
    private static Cases futexes(int command, int threads) {
        Cases cases = new Cases().onDemand();
        cases.memory().u4(A - 0x40, new int[64]).u4(A, 7, 9, 11, 13).u4(B, 7, 9, 11, 13);
        for (int id = 1; id <= threads; id++) {
            long word = id == 1 ? A : B;
            cases.thread(id, Cases.inCall(FUTEX, word, command, 7), "libc!syscall", "stand");
        }
        return cases;
    }

    @Test
    void whereAllWaitForOneAnotherNobodyGoesOn() {
        List<Finding> found = found(new StandstillRule(), futexes(FUTEX_WAIT_PRIVATE, 3));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().rule()).isEqualTo("hang-standstill");
        assertThat(found.getFirst().summary())
                .isEqualTo("None of the 3 threads of shop can go on by itself: all wait for one"
                        + " another, 2 for the futex at 0x500080 and 1 for the futex at 0x500010");
        assertThat(found.getFirst().threadIds()).containsExactly(1L, 2L, 3L);
        assertThat(found.getFirst().evidence())
                .containsExactly(
                        "2 wait for the futex at 0x500080, the first in stand() of shop",
                        "1 wait for the futex at 0x500010, the first in stand() of shop");
    }

    @Test
    void whoCanBeWokenFromOutsideOrByTheClockIsNotStuck() {
        assertThat(found(new StandstillRule(), futexes(FUTEX_WAIT_PRIVATE, 1)))
                .as("one thread alone")
                .isEmpty();
        assertThat(found(new StandstillRule(), futexes(FUTEX_WAIT, 3)))
                .as("a futex that other processes may share")
                .isEmpty();
        assertThat(found(
                        new StandstillRule(),
                        futexes(FUTEX_WAIT_PRIVATE, 3)
                                .thread(9, Cases.inCall(EPOLL_WAIT, 4), "libc!epoll_wait", "loop")))
                .as("one waits for work from outside")
                .isEmpty();
        assertThat(found(
                        new StandstillRule(),
                        futexes(FUTEX_WAIT_PRIVATE, 3).thread(9, Cases.running(), "spin")))
                .as("one runs")
                .isEmpty();
        Cases timed = futexes(FUTEX_WAIT_PRIVATE, 2)
                .thread(
                        9,
                        Cases.inCall(FUTEX, B, FUTEX_WAIT_PRIVATE, 7)
                                .with("r10", Cases.DATA + 0x200),
                        "libc!syscall",
                        "stand");
        timed.memory().pointers(Cases.DATA + 0x200, 30, 0);
        assertThat(found(new StandstillRule(), timed))
                .as("one has a time limit")
                .isEmpty();
    }

    @Test
    void whatIsToldBetterOrIsACrashIsNoStandstill() {
        Cases deadlock = new Cases()
                .onDemand()
                .mutex(A, 2, 2, 0)
                .mutex(B, 2, 1, 0)
                .thread(1, Cases.atMutex(A), "libc!__lll_lock_wait", "pay")
                .thread(2, Cases.atMutex(B), "libc!__lll_lock_wait", "ship");
        assertThat(found(new StandstillRule(), deadlock)).isEmpty();
        Cases orphan = new Cases()
                .onDemand()
                .mutex(A, 2, 99, 0)
                .thread(1, Cases.atMutex(A), "libc!__lll_lock_wait", "pay")
                .thread(2, Cases.atMutex(A), "libc!__lll_lock_wait", "ship");
        assertThat(found(new StandstillRule(), orphan)).isEmpty();
        Cases crash = futexes(FUTEX_WAIT_PRIVATE, 3).signal(11, 1, OptionalLong.of(0), 3);
        assertThat(found(new StandstillRule(), crash)).isEmpty();
    }
}
