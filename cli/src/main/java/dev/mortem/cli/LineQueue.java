package dev.mortem.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Lines on their way from one thread to another; what finds no room is counted and dropped. Any thread. */
final class LineQueue {
    private final long charsMax;
    private final Deque<String> lines = new ArrayDeque<>();
    private long chars;
    private long dropped;

    /** @param charsMax what may wait; each line counts one more */
    LineQueue(long charsMax) {
        this.charsMax = charsMax;
    }

    /** Never waits. */
    synchronized void add(String line) {
        if (chars + line.length() >= charsMax) {
            dropped++;
            return;
        }
        chars += line.length() + 1L;
        lines.addLast(line);
        notifyAll();
    }

    /** Waits for one. */
    synchronized String take() throws InterruptedException {
        while (lines.isEmpty()) {
            wait();
        }
        String line = lines.removeFirst();
        chars -= line.length() + 1L;
        return line;
    }

    synchronized void drainTo(List<String> target) {
        target.addAll(lines);
        lines.clear();
        chars = 0;
    }

    /** How many were dropped since this was asked last. */
    synchronized long takeDropped() {
        long taken = dropped;
        dropped = 0;
        return taken;
    }
}
