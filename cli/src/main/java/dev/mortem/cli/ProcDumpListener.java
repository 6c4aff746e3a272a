package dev.mortem.cli;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.cli.procdump.SettingsBlock;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.Thresholds;
import dev.mortem.collect.watch.WatchListener;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessSample;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Prints what ProcDump prints while it watches. */
final class ProcDumpListener implements WatchListener, RunningWatch.Roster {
    private final ProcDumpConsole console;
    private final Collect asked;
    private final ProcDumpPlace place;
    private final List<Trigger> triggers;
    private final String name;
    private Optional<ProcessHandle> watched = Optional.empty();
    private boolean isThere;
    private boolean wasLost;
    private boolean begins;
    private Runnable whenTargetsChange = () -> {};
    private Runnable whenWatching = () -> {};

    /** @param name as the process was named */
    ProcDumpListener(
            ProcDumpConsole console,
            Collect asked,
            ProcDumpPlace place,
            List<Trigger> triggers,
            String name) {
        this.console = console;
        this.asked = asked;
        this.place = place;
        this.triggers = triggers;
        this.name = name;
        this.begins = asked.subject() instanceof Launched;
    }

    /** Whether it was there and could not be watched. */
    boolean wasLost() {
        return wasLost;
    }

    @Override
    public void whenTargetsChange(Runnable action) {
        whenTargetsChange = action;
    }

    @Override
    public List<Long> pids() {
        return watched.filter(process -> isThere)
                .map(process -> List.of(process.pid()))
                .orElse(List.of());
    }

    @Override
    public void awaiting() {
        console.line("Waiting for process named " + Shown.oneLine(name) + "...");
    }

    /** @param action run when nothing of the process can be missed any more */
    void whenWatching(Runnable action) {
        whenWatching = action;
    }

    @Override
    public void watching(ProcessEntry entry, ProcessSample sample) {
        found(entry);
        Optional<String> program = asked.subject() instanceof Launched launched
                ? Optional.of(launched.program())
                : Optional.empty();
        SettingsBlock.of(
                        asked,
                        "%s (%d)".formatted(program.orElse(entry.name()), entry.pid()),
                        program.or(() -> entry.executable().map(Path::toString)).orElse("unknown"),
                        place.folderText(),
                        place.name())
                .forEach(line -> console.line(Shown.oneLine(line)));
        console.line("");
        console.line("Press Ctrl-C to end monitoring without terminating the process.");
        console.line("");
        Thresholds thresholds = Thresholds.of(triggers, sample);
        thresholds.lines().forEach(console::note);
        thresholds.warnings().forEach(warning -> console.note("Warning: " + warning));
        whenWatching.run();
    }

    /** It is this one, whatever has its pid later. */
    void found(ProcessEntry entry) {
        watched = ProcessHandle.of(entry.pid());
        isThere = true;
        whenTargetsChange.run();
    }

    /** Whether it has ended, whoever has its pid by now. */
    boolean hasGone() {
        return watched.filter(ProcessHandle::isAlive).isEmpty();
    }

    /** Ends it: this very process, no other that may have its pid by now. */
    void kill() {
        boolean isAsked = watched.filter(ProcessHandle::destroyForcibly).isPresent();
        console.event(
                isAsked
                        ? "The process is ended (-k)."
                        : "The process could not be ended (-k): it has gone, or belongs to another user.");
    }

    @Override
    public void fired(ProcessEntry entry, Firing firing, int number) {
        // told by the actor, which knows whether it is wanted
    }

    @Override
    public void ended(ProcessEntry entry, Optional<String> how) {
        isThere = false;
        console.event("The process has exited.");
        how.ifPresent(words -> console.note("It ended " + words + "."));
        whenTargetsChange.run();
    }

    @Override
    public void passed(ProcessEntry entry, long signals) {
        console.event("Exceptions: %d more came too fast to be looked at, and passed."
                .formatted(signals));
    }

    @Override
    public void untraced(ProcessEntry entry, String why) {
        console.note("Warning: neither exceptions nor the end are seen: " + why);
    }

    @Override
    public void changed(ProcessEntry entry) {
        // the program that we started begins with an exec, as all do
        if (begins) {
            begins = false;
            return;
        }
        console.event("The process runs another program now (exec).");
    }

    @Override
    public void busy(ProcessEntry entry) {
        console.note("Somebody else traces the process just now; trying again.");
    }

    @Override
    public void sourceLost(String why) {
        console.note("Warning: " + why);
    }

    @Override
    public void lost(ProcessEntry entry, String why) {
        wasLost = true;
        console.note("%s (%d) is not watched: %s"
                .formatted(Shown.oneLine(entry.name()), entry.pid(), why));
    }
}
