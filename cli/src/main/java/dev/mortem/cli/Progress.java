package dev.mortem.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.io.PrintStream;
import java.util.Optional;

/** A progress bar on standard error where that is a terminal; nothing otherwise. */
final class Progress implements AutoCloseable {
    private static final int UPDATE_MS = 100;

    private final Optional<ProgressBar> bar;

    private Progress(Optional<ProgressBar> bar) {
        this.bar = bar;
    }

    static Progress of(Console console, String task) {
        if (!console.errIsTerminal()) {
            return new Progress(Optional.empty());
        }
        PrintStream err = System.err;
        return new Progress(Optional.of(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(100)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MS)
                .setConsumer(new me.tongfei.progressbar.ConsoleProgressBarConsumer(err))
                .clearDisplayOnFinish()
                .build()));
    }

    void to(long done, long total) {
        bar.ifPresent(shown ->
                shown.stepTo(total > 0 ? Math.min(100, Math.round(100.0 * done / total)) : 0));
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}
