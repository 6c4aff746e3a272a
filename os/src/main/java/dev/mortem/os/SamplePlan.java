package dev.mortem.os;

import java.util.EnumSet;
import java.util.Set;

/**
 * What is read of a process at each sample: nothing is that nobody wants.
 *
 * @param threads whether each thread's CPU time is read: one more small file a thread
 * @param modules whether the mapped files are listed: the whole of /proc/PID/maps, milliseconds for large
 *     programs
 */
public record SamplePlan(Set<Figure> figures, boolean threads, boolean modules) {
    public SamplePlan {
        figures = Set.copyOf(figures);
    }

    public static SamplePlan of(Figure... figures) {
        return new SamplePlan(Set.of(figures), false, false);
    }

    /** What either of both wants. */
    public SamplePlan and(SamplePlan other) {
        Set<Figure> all = EnumSet.noneOf(Figure.class);
        all.addAll(figures);
        all.addAll(other.figures);
        return new SamplePlan(all, threads || other.threads, modules || other.modules);
    }
}
