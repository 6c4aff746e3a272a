package dev.mortem.base.diagnostic;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Keeps the diagnostics of one input: each once, in the order they came, and not more than {@value
 * #KEPT_MAX}. A hostile file can break a million structures; the last entry then counts the rest.
 */
public final class DiagnosticLog implements Diagnostics {
    /** More than a person reads; a file with more distinct faults than this is not told apart further. */
    public static final int KEPT_MAX = 200;

    private final Set<Diagnostic> kept = new LinkedHashSet<>();
    private long suppressed;

    /** A log with nothing in it. */
    public DiagnosticLog() {}

    @Override
    public synchronized void report(Diagnostic diagnostic) {
        if (kept.size() < KEPT_MAX) {
            kept.add(diagnostic);
        } else if (!kept.contains(diagnostic)) {
            suppressed++;
        }
    }

    /** What was reported so far; where some were not kept, the last entry says how many. */
    public synchronized List<Diagnostic> entries() {
        List<Diagnostic> entries = new ArrayList<>(kept);
        if (suppressed > 0) {
            entries.add(new Diagnostic(
                    "diagnostics",
                    suppressed + " more were found",
                    "only the first " + KEPT_MAX + " are listed"));
        }
        return List.copyOf(entries);
    }
}
