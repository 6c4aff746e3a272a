package dev.mortem.os.linux.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.linux.event.SignalBudget.Answer;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.stream.IntStream;

/** How much of a storm is looked at, by the clock of the test. */
class SignalBudgetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long TID = 7;

    @Test
    void asManyAreLookedAtInASecondAsTheLimitSays() {
        SignalBudget budget = new SignalBudget(100, 0, 0);
        for (int index = 0; index < 100; index++) {
            assertThat(budget.take(TID, 0)).isEqualTo(Answer.LOOK);
        }
        assertThat(budget.take(TID, 0)).isEqualTo(Answer.PASS);
        assertThat(budget.take(TID, SECOND / 100)).isEqualTo(Answer.LOOK); // one came back
        assertThat(budget.take(TID, SECOND / 100)).isEqualTo(Answer.PASS);
        assertThat(budget.counts(3).passed()).isEqualTo(2);
        assertThat(budget.counts(3).signals()).isEqualTo(103);
        assertThat(budget.counts(3).unheard()).isEqualTo(3);
    }

    @Test
    void looksAreNotSavedBeyondASecond() {
        SignalBudget budget = new SignalBudget(10, 0, 0);
        long later = 3600 * SECOND;
        long looks = IntStream.range(0, 100)
                .filter(index -> budget.take(TID, later) == Answer.LOOK)
                .count();
        assertThat(looks).isEqualTo(10);
    }

    @Test
    void whatPassedIsToldOnceASecond() {
        SignalBudget budget = new SignalBudget(1, 0, 0);
        budget.take(TID, 0);
        assertThat(budget.isTimeToTell(5 * SECOND)).isFalse(); // nothing passed
        budget.take(TID, 0);
        budget.take(TID, 0);
        assertThat(budget.isTimeToTell(SECOND - 1)).isFalse();
        assertThat(budget.isTimeToTell(SECOND)).isTrue();
        assertThat(budget.tell(SECOND)).isEqualTo(new SignalBudget.Untold(2, Duration.ZERO));
        assertThat(budget.isAnyUntold()).isFalse();
    }

    @Test
    void aThreadRestsAboveItsRateAndNoOther() {
        SignalBudget budget = new SignalBudget(100, 1000, 0); // 100 in a window
        for (int index = 0; index < 100; index++) {
            assertThat(budget.take(TID, 0)).isNotEqualTo(Answer.REST);
        }
        assertThat(budget.take(8, 0)).isEqualTo(Answer.PASS);
        assertThat(budget.take(TID, 0)).isEqualTo(Answer.REST);
        assertThat(budget.isAnyResting()).isTrue();
        assertThat(budget.rested(SignalBudget.REST_NANOS - 1)).isEmpty();
        assertThat(budget.rested(SignalBudget.REST_NANOS)).hasValue(TID);
        assertThat(budget.rested(SignalBudget.REST_NANOS)).isEmpty();
        assertThat(budget.isAnyResting()).isFalse();
        assertThat(budget.counts(0).unwatched())
                .isEqualTo(Duration.ofNanos(SignalBudget.REST_NANOS));
    }

    @Test
    void aRateIsOfOneWindow() {
        SignalBudget budget = new SignalBudget(100, 1000, 0);
        for (int window = 0; window < 50; window++) {
            for (int index = 0; index < 100; index++) {
                assertThat(budget.count(TID, window * SignalBudget.WINDOW_NANOS))
                        .isEqualTo(Answer.PASS);
            }
        }
        assertThat(budget.counts(0).passed()).isZero(); // nobody wanted to look at these
    }
}
