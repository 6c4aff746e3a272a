package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.report.Report.Lock;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

class WaitCycleTest {
    @Test
    void aCircleStartsAtItsLowestThread() {
        List<WaitCycle> cycles =
                WaitCycle.in(List.of(lock(1, 30, 20), lock(2, 20, 10), lock(3, 10, 30)));
        assertThat(cycles).hasSize(1);
        assertThat(threads(cycles.getFirst())).containsExactly(10L, 20L, 30L);
        assertThat(cycles.getFirst().holder(0)).isEqualTo(20);
        assertThat(cycles.getFirst().holder(2)).isEqualTo(10);
    }

    @Test
    void waitersBehindACircleAreNotInIt() {
        List<WaitCycle> cycles = WaitCycle.in(
                List.of(lock(5, 1, 99), lock(1, 1, 2, 7, 8), lock(2, 2, 1), lock(9, 99, 100)));
        assertThat(cycles).hasSize(1);
        assertThat(threads(cycles.getFirst())).containsExactly(1L, 2L);
    }

    @Test
    void aThreadMayWaitForItself() {
        assertThat(threads(WaitCycle.in(List.of(lock(1, 4, 4))).getFirst())).containsExactly(4L);
    }

    @Test
    void noCircleWhereALineEndsOrNobodyHolds() {
        assertThat(WaitCycle.in(List.of())).isEmpty();
        assertThat(WaitCycle.in(List.of(lock(1, 2, 1), lock(2, 3, 2)))).isEmpty();
        assertThat(WaitCycle.in(List.of(
                        new Lock("mutex", 1, OptionalLong.empty(), List.of(1L), true),
                        new Lock("mutex", 2, OptionalLong.of(1), List.of(1L), false))))
                .isEmpty();
    }

    @Test
    void twoCirclesAreBothFoundAndManyAreBounded() {
        List<Lock> locks = new ArrayList<>();
        for (long at = 0; at < 10; at++) {
            locks.add(lock(at, 2 * at, 2 * at + 1));
            locks.add(lock(100 + at, 2 * at + 1, 2 * at));
        }
        assertThat(WaitCycle.in(locks.subList(0, 4))).hasSize(2);
        assertThat(WaitCycle.in(locks)).hasSize(4);
    }

    @Test
    void aCircleOf100000ThreadsIsFoundWithoutRecursion() {
        List<Lock> locks = new ArrayList<>();
        for (long at = 0; at < 100_000; at++) {
            locks.add(lock(at, (at + 1) % 100_000, at));
        }
        assertThat(WaitCycle.in(locks).getFirst().steps()).hasSize(100_000);
    }

    private static List<Long> threads(WaitCycle cycle) {
        return cycle.steps().stream().map(WaitCycle.Step::threadId).toList();
    }

    private static Lock lock(long address, long owner, long... waiters) {
        List<Long> ids = new ArrayList<>();
        for (long waiter : waiters) {
            ids.add(waiter);
        }
        return new Lock("mutex", address, OptionalLong.of(owner), ids, true);
    }
}
