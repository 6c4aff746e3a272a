package dev.mortem.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A disk of 1 TB whose room is given: one answer after the other, the last one for ever. */
final class FakeSpace implements DumpFolder.Space {
    private final Deque<Long> answers;
    private int asked;

    private FakeSpace(List<Long> answers) {
        this.answers = new ArrayDeque<>(answers);
    }

    static FakeSpace usable(Long... answers) {
        return new FakeSpace(List.of(answers));
    }

    static FakeSpace unknown() {
        return new FakeSpace(List.of());
    }

    int asked() {
        return asked;
    }

    @Override
    public long totalBytes(Path folder) throws IOException {
        return 1_000_000_000_000L;
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
        asked++;
        if (answers.isEmpty()) {
            throw new IOException("nobody knows");
        }
        return answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    }
}
