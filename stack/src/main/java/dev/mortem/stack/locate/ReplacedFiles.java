package dev.mortem.stack.locate;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.LoadedModule;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Says of which modules the file at their own path is another one now: an update came while the process
 * ran, or after the dump; or the dump is of another machine. Safe for any thread.
 */
final class ReplacedFiles {
    /** Analysed elsewhere, all libraries of a dump are other ones; each module says so by itself. */
    private static final int REPORTED_MAX = 8;

    private final ModuleSearch search;
    private final Diagnostics diagnostics;
    private final AtomicInteger count = new AtomicInteger();

    ReplacedFiles(ModuleSearch search, Diagnostics diagnostics) {
        this.search = search;
        this.diagnostics = diagnostics;
    }

    /** @param why completes "the file …" */
    void report(LoadedModule module, Path file, String why) {
        int number = count.incrementAndGet();
        if (number <= REPORTED_MAX) {
            String since = search.liveProcess().isPresent() || module.deleted()
                    ? "it was replaced while the process had it mapped"
                    : "it was replaced since, or the dump is of another machine";
            diagnostics.report(
                    file.toString(), why + ": " + since, "it is not used for names or stacks");
        } else if (number == REPORTED_MAX + 1) {
            diagnostics.report(
                    "files of modules",
                    "more than " + REPORTED_MAX + " are not those that the process had mapped",
                    "each module says by itself why it has no symbols");
        }
    }
}
