package dev.mortem.analyze.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.casefile.Cases;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.unwind.StackEnd;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class HangRulesTest {
    private static final long A = Cases.DATA + 0x10;
    private static final long B = Cases.DATA + 0x80;
    private static final String LOCK = "libc!__lll_lock_wait";

    private static List<Finding> found(AnalysisRule rule, Cases cases) {
        return rule.evaluate(cases.build()).map(Draft::finding).toList();
    }

    private static Cases abba() {
        return new Cases()
                .onDemand()
                .mutex(A, 2, 2, 0)
                .mutex(B, 2, 1, 0)
                .thread(1, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "pay", "work")
                .thread(2, Cases.atMutex(B), LOCK, "libc!pthread_mutex_lock", "ship", "work")
                .thread(3, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "list", "work");
    }

    @Test
    void twoMutexesInTwoOrdersAreADeadlock() {
        List<Finding> found = found(new DeadlockRule(), abba());
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().summary())
                .isEqualTo("Deadlock in shop: thread 1 in pay() and thread 2 in ship() wait for one"
                        + " another; 1 other thread waits behind them");
        assertThat(found.getFirst().evidence())
                .contains("Thread 1 in pay() waits for mutex 0x500010, held by thread 2");
        assertThat(found.getFirst().threadIds()).containsExactly(1L, 2L, 3L);
        assertThat(found(new BlockedLockRule(), abba())).isEmpty();
        assertThat(found(new OrphanedLockRule(), abba())).isEmpty();
    }

    @Test
    void namesOfFunctionsAreNotNeeded() {
        Cases cases = new Cases()
                .onDemand()
                .mutex(A, 2, 2, 0)
                .mutex(B, 2, 1, 0)
                .thread(1, Cases.atMutex(A), "libc!?", "?")
                .thread(2, Cases.atMutex(B), "libc!?", "?");
        assertThat(found(new DeadlockRule(), cases)).hasSize(1);
    }

    @Test
    void aChainWithoutACircleIsNoDeadlock() {
        Cases cases = new Cases()
                .onDemand()
                .mutex(A, 2, 2, 0)
                .thread(1, Cases.atMutex(A), LOCK, "pay")
                .thread(2, Cases.running(), "ship");
        assertThat(found(new DeadlockRule(), cases)).isEmpty();
    }

    @Test
    void aLockOfItsOwnIsADeadlockOfOne() {
        Cases cases =
                new Cases().onDemand().mutex(A, 2, 1, 0).thread(1, Cases.atMutex(A), LOCK, "pay");
        assertThat(found(new DeadlockRule(), cases).getFirst().summary())
                .isEqualTo("Deadlock in shop: thread 1 waits for a lock that it holds itself in "
                        + "pay()");
    }

    @Test
    void joiningAThreadThatWaitsForMyLockIsADeadlock() {
        Cases cases = new Cases()
                .onDemand()
                .mutex(A, 2, 1, 0)
                .thread(1, Cases.inCall(202, B, 9 | 256, 2), "libc!pthread_join", "stop", "main")
                .thread(2, Cases.atMutex(A), LOCK, "pay");
        assertThat(found(new DeadlockRule(), cases)).hasSize(1);
    }

    @Test
    void aMutexWhoseOwnerIsGoneIsOrphaned() {
        Cases cases = new Cases()
                .onDemand()
                .mutex(A, 2, 99, 0)
                .thread(1, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "pay");
        assertThat(found(new OrphanedLockRule(), cases).getFirst().summary())
                .isEqualTo("Thread 1 of shop waits for mutex 0x500010, whose owner, thread 99, has"
                        + " ended, in pay() of shop");
        Cases alive = new Cases()
                .onDemand()
                .mutex(A, 2, 99, 0)
                .thread(1, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "pay")
                .thread(99, Cases.running(), "main");
        assertThat(found(new OrphanedLockRule(), alive)).isEmpty();
    }

    @Test
    void aRobustMutexKeepsItsOwnerInTheLockWord() {
        Cases cases = new Cases()
                .onDemand()
                .mutex(A, 0x8000_0002, 0, 0x10)
                .thread(
                        1,
                        Cases.inCall(202, A, 0x80, 0x8000_0002),
                        "libc!pthread_mutex_lock",
                        "pay")
                .thread(2, Cases.running(), "ship");
        assertThat(cases.build().locks().getFirst().name()).isEqualTo("robust mutex 0x500010");
        assertThat(cases.build().locks().getFirst().ownerThreadId()).hasValue(2);
    }

    @Test
    void aQueueAtALockIsToldWithItsOwner() {
        Cases cases = new Cases().onDemand().mutex(A, 2, 9, 0);
        for (long id = 1; id <= 3; id++) {
            cases.thread(id, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "pay");
        }
        cases.thread(9, Cases.inCall(45, 5), "libc!recv", "query", "main");
        Finding finding = found(new BlockedLockRule(), cases).getFirst();
        assertThat(finding.summary())
                .isEqualTo(
                        "3 threads of shop wait for mutex 0x500010, held by thread 9, which waits"
                                + " for data to arrive (recvfrom on descriptor 5) in query() of "
                                + "shop");
        assertThat(finding.severity()).isEqualTo(Severity.WARNING);
        Cases free = new Cases()
                .onDemand()
                .mutex(A, 0, 0, 0)
                .thread(1, Cases.atMutex(A), LOCK, "libc!pthread_mutex_lock", "pay");
        assertThat(found(new BlockedLockRule(), free)).isEmpty();
    }

    @Test
    void workersThatAllWaitForAnAnswerAreToldIdleOnesAreNot() {
        Cases waiting = new Cases().onDemand();
        Cases idle = new Cases().onDemand();
        for (long id = 1; id <= 8; id++) {
            waiting.thread(id, Cases.inCall(45, 7), "libc!recv", "db_query", "handle", "work");
            idle.thread(
                    id,
                    Cases.inCall(202, A, 9 | 128, 0),
                    "libc!pthread_cond_wait",
                    "pool_next",
                    "work");
        }
        idle.thread(9, Cases.inCall(232, 4, 0, 0), "libc!epoll_wait", "main");
        assertThat(found(new CommonWaitRule(), waiting).getFirst().summary())
                .isEqualTo("8 of 8 threads of shop wait in db_query() of shop for data to arrive"
                        + " (recvfrom on descriptor 7) – called from handle()");
        assertThat(found(new CommonWaitRule(), idle)).isEmpty();
        Finding headline = AnalysisRules.evaluate(idle.build()).getFirst();
        assertThat(headline.rule()).isEqualTo("no-fault-found");
        assertThat(headline.summary())
                .isEqualTo("Nothing wrong found in shop: of 9 threads, 8 waiting for a condition in"
                        + " pool_next() of shop and 1 waiting for events in main() of shop");
    }

    /** Dumps of Windows do not say whether a thread runs: where it is must not be called so. */
    @Test
    void callsOfTheWindowsKernelAreNotCalledRunning() {
        Cases cases = new Cases()
                .onDemand()
                .thread(1, Cases.running(), "ntdll!NtDelayExecution", "pool_next", "main")
                .thread(2, Cases.running(), "ntdll!RtlAllocateHeap", "render", "main")
                .thread(3, Cases.running(), "ntdll!?", "accept", "main");
        assertThat(AnalysisRules.evaluate(cases.build()).getFirst().summary())
                .isEqualTo(
                        "Nothing wrong found in shop: of 3 threads, 1 in NtDelayExecution, called"
                                + " in pool_next() of shop, 1 running in render() of shop and 1 in"
                                + " accept() of shop");
    }

    @Test
    void aBusyThreadIsToldFromTimesOnly() {
        Cases busy = new Cases()
                .onDemand()
                .thread(
                        Cases.timed(1, "R", Duration.ofSeconds(50), Cases.running()),
                        new StackEnd.Complete(),
                        "spin",
                        "main")
                .thread(
                        Cases.timed(2, "S", Duration.ofSeconds(1), Cases.inCall(232, 4)),
                        new StackEnd.Complete(),
                        "libc!epoll_wait",
                        "loop");
        assertThat(found(new BusyThreadRule(), busy).getFirst().summary())
                .isEqualTo(
                        "Thread 1 (w1) of shop is busy in spin() of shop: it has used 50.0 s of CPU"
                                + " time, 98 % of the process's – called from main()");
        Cases without = new Cases().onDemand().thread(1, Cases.running(), "spin", "main");
        assertThat(found(new BusyThreadRule(), without)).isEmpty();
        Cases sleeping = new Cases()
                .onDemand()
                .thread(
                        Cases.timed(1, "S", Duration.ofSeconds(50), Cases.inCall(35)),
                        new StackEnd.Complete(),
                        "libc!nanosleep",
                        "main");
        assertThat(found(new BusyThreadRule(), sleeping)).isEmpty();
    }

    @Test
    void stacksThatAreNotInTheDumpAreTold() {
        Cases cases = new Cases()
                .onDemand()
                .thread(
                        ThreadSnapshot.of(1, Optional.of(Cases.running()), List.of()),
                        new StackEnd.NoMemory(Cases.STACK),
                        "main");
        assertThat(found(new SmallDumpRule(), cases).getFirst().summary())
                .isEqualTo("The dump holds the stacks of only 0 of 1 thread");
        assertThat(found(new SmallDumpRule(), abba())).isEmpty();
    }

    @Test
    void aDeadlockOutranksTheSignalThatEndedIt() {
        Cases cases = abba().sent(3, 100, 1);
        assertThat(AnalysisRules.evaluate(cases.build()).stream().map(Finding::rule))
                .startsWith("hang-deadlock", "crash-other");
        Cases crash = abba().signal(11, 1, OptionalLong.of(0), 3);
        assertThat(AnalysisRules.evaluate(crash.build()).getFirst().rule())
                .isEqualTo("crash-access-violation");
    }
}
