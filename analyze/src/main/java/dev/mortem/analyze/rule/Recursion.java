package dev.mortem.analyze.rule;

import dev.mortem.stack.symbol.Frame;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A group of frames that repeats without end.
 *
 * @param start index of the group's first frame
 * @param group its frames, innermost first
 * @param times how often the group stands on the stack, whole
 */
public record Recursion(int start, List<Frame> group, int times) {
    /** The innermost frames may be a leaf that is called from within the recursion. */
    private static final int START_MAX = 16;

    /** Parsers recurse through a dozen functions; more than this was never met. */
    private static final int GROUP_MAX = 64;

    /** Fewer repetitions do not fill a stack, and chance could make them. */
    private static final int TIMES_MIN = 5;

    public Recursion {
        group = List.copyOf(group);
    }

    /** The repeating group that covers most of the stack; of equals the shortest. */
    public static Optional<Recursion> find(List<Frame> frames) {
        int[] names = numbered(frames);
        Optional<Recursion> best = Optional.empty();
        for (int size = 1; size <= GROUP_MAX && size * TIMES_MIN <= frames.size(); size++) {
            boolean enough = best.isPresent() && 2 * best.get().covered() > frames.size();
            if (enough) {
                return best; // a longer group would only be this one several times
            }
            for (int start = 0; start < START_MAX && start + size < frames.size(); start++) {
                int times = times(names, start, size);
                int covered = times * size;
                int bestCovered = best.map(Recursion::covered).orElse(0);
                if (times >= TIMES_MIN && covered >= bestCovered + size) {
                    best = Optional.of(
                            new Recursion(start, frames.subList(start, start + size), times));
                }
            }
        }
        return best;
    }

    private int covered() {
        return times * group.size();
    }

    /**
     * Equal functions, equal numbers: an overflowed stack has a hundred thousand names to
     * compare.
     */
    private static int[] numbered(List<Frame> frames) {
        Map<String, Integer> numbers = new HashMap<>();
        int[] numbered = new int[frames.size()];
        for (int index = 0; index < numbered.length; index++) {
            numbered[index] =
                    numbers.computeIfAbsent(name(frames.get(index)), name -> numbers.size());
        }
        return numbered;
    }

    private static int times(int[] names, int start, int size) {
        int equal = 0;
        while (start + size + equal < names.length
                && names[start + equal] == names[start + size + equal]) {
            equal++;
        }
        return 1 + equal / size;
    }

    private static String name(Frame frame) {
        return frame.function().map(Frame.FunctionName::raw).orElseGet(frame::label);
    }
}
