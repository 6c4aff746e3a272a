package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** What finds room is kept in its order, what finds none is counted. */
class LineQueueTest {
    @Test
    void linesUpToTheLimitAreKeptAndMoreAreCounted() throws InterruptedException {
        LineQueue queue = new LineQueue(6);
        List.of("ab", "", "c", "").forEach(queue::add); // 3 + 1 + 2, and one too many
        assertThat(queue.takeDropped()).isEqualTo(1);
        assertThat(queue.takeDropped()).isZero();
        assertThat(queue.take()).isEqualTo("ab");
        queue.add("de");
        List<String> rest = new ArrayList<>();
        queue.drainTo(rest);
        assertThat(rest).containsExactly("", "c", "de");
        queue.add("longer than all");
        assertThat(queue.takeDropped()).isEqualTo(1);
    }
}
