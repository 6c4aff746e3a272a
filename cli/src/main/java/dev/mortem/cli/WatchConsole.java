package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.watch.Actor;
import dev.mortem.collect.watch.Thresholds;
import dev.mortem.collect.watch.WatchEnd;
import dev.mortem.collect.watch.WatchListener;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessSample;

import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a watch has to say: lines for people on standard error, each with the time; paths of dumps, or JSON
 * lines, on standard output.
 */
final class WatchConsole implements WatchListener, RunningWatch.Roster {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final Console console;
    private final Clock clock;
    private final boolean json;
    private final List<Trigger> triggers;
    private final Duration interval;
    private final int firingsMax;
    private final Map<Long, String> watched = new TreeMap<>();
    private Runnable whenTargetsChange = () -> {};
    private Optional<Runnable> whenLaunched = Optional.empty();
    private boolean begins;

    WatchConsole(
            Console console,
            Clock clock,
            boolean json,
            List<Trigger> triggers,
            Duration interval,
            int firingsMax) {
        this.console = console;
        this.clock = clock;
        this.json = json;
        this.triggers = triggers;
        this.interval = interval;
        this.firingsMax = firingsMax;
    }

    @Override
    public void whenTargetsChange(Runnable action) {
        whenTargetsChange = action;
    }

    @Override
    public List<Long> pids() {
        return List.copyOf(watched.keySet());
    }

    /**
     * The process to be watched is one that we start.
     *
     * @param action run once, when nothing of it can be missed any more
     */
    void whenLaunched(Runnable action) {
        whenLaunched = Optional.of(action);
        begins = true;
    }

    @Override
    public void awaiting() {
        say("Waiting for a process …");
        event("awaiting", Optional.empty(), more -> {});
    }

    @Override
    public void watching(ProcessEntry entry, ProcessSample sample) {
        watched.put(entry.pid(), entry.name());
        Thresholds thresholds = Thresholds.of(triggers, sample);
        say("Watching %s every %s for:".formatted(name(entry), Quantities.time(interval)));
        for (Trigger trigger : triggers) {
            console.note("  " + Shown.oneLine(trigger.text()));
        }
        thresholds.lines().forEach(line -> console.note("  (" + line + ")"));
        thresholds.warnings().forEach(warning -> console.note("Warning: " + warning));
        event(
                "watching",
                Optional.of(entry),
                more -> more.texts("thresholds", thresholds.lines())
                        .texts("warnings", thresholds.warnings()));
        whenTargetsChange.run();
        whenLaunched.ifPresent(Runnable::run);
    }

    @Override
    public void fired(ProcessEntry entry, Firing firing, int number) {
        String count = firingsMax == Integer.MAX_VALUE
                ? Integer.toString(number)
                : number + " of " + firingsMax;
        say("Fired, %s: %s: %s".formatted(count, name(entry), Shown.oneLine(firing.words())));
        event("fired", Optional.of(entry), more -> {
            more.number("number", number)
                    .text("reason", firing.reason())
                    .text("words", firing.words())
                    .beginObject("trigger");
            firing.values().forEach(more::text);
            more.endObject();
        });
    }

    void dumped(Actor.Occasion occasion, DumpTaker.Taken taken) {
        if (occasion.count() > 1) {
            say("Dump %d of %d of this firing: %s"
                    .formatted(occasion.number(), occasion.count(), taken.path()));
        }
        if (json) {
            StringWriter text = new StringWriter();
            taken.sidecar().writeLineTo(text);
            console.out().println(text);
        } else {
            console.out().println(taken.path());
        }
        console.out().flush();
    }

    void ran(ProcessEntry entry, String command, int status) {
        say("Ran %s: status %d".formatted(Shown.oneLine(command), status));
        event(
                "ran",
                Optional.of(entry),
                more -> more.text("command", command).number("status", status));
    }

    void failed(ProcessEntry entry, String why) {
        say("No dump of %s: %s".formatted(name(entry), why));
        event("failed", Optional.of(entry), more -> more.text("why", why));
    }

    @Override
    public void ended(ProcessEntry entry, Optional<String> how) {
        watched.remove(entry.pid());
        say(name(entry) + " has ended" + how.map(words -> " " + words).orElse(""));
        event("targetEnded", Optional.of(entry), more -> more.text("how", how));
        whenTargetsChange.run();
    }

    @Override
    public void passed(ProcessEntry entry, long signals) {
        say("%,d more signals of %s passed, too many to look at".formatted(signals, name(entry)));
        event("passed", Optional.of(entry), more -> more.number("signals", signals));
    }

    @Override
    public void untraced(ProcessEntry entry, String why) {
        say("Warning: signals and the end of %s are not seen: %s".formatted(name(entry), why));
        event("untraced", Optional.of(entry), more -> more.text("why", why));
    }

    @Override
    public void changed(ProcessEntry entry) {
        if (begins) {
            begins = false; // the program that we start begins with an exec, as all do
            return;
        }
        say(name(entry) + " runs another program now (exec)");
        event("targetChanged", Optional.of(entry), more -> {});
    }

    @Override
    public void busy(ProcessEntry entry) {
        say("Somebody else traces %s just now; trying again …".formatted(name(entry)));
        event("busy", Optional.of(entry), more -> {});
    }

    @Override
    public void sourceLost(String why) {
        say("Warning: " + Shown.oneLine(why));
        event("sourceLost", Optional.empty(), more -> more.text("why", why));
    }

    @Override
    public void lost(ProcessEntry entry, String why) {
        say("%s is not watched: %s".formatted(name(entry), why));
        event("lost", Optional.of(entry), more -> more.text("why", why));
    }

    void end(WatchEnd end) {
        String done = "%d firing%s".formatted(end.firings(), end.firings() == 1 ? "" : "s");
        say(switch (end.why()) {
                    case COUNT_REACHED -> "Done: ";
                    case TARGET_ENDED -> "No process is left to watch: ";
                    case TIME_OVER -> "The time is over: ";
                    case CANCELLED -> "Watching ends, the target runs on: ";
                    case HOPELESS -> "Watching ends, for it would fail again: ";
                }
                + done
                + (end.failures() > 0 ? ", %d failed".formatted(end.failures()) : ""));
        event(
                "end",
                Optional.empty(),
                more -> more.text("why", end.why().name())
                        .number("firings", end.firings())
                        .number("failures", end.failures()));
    }

    private void say(String words) {
        console.note("[" + TIME.format(LocalTime.now(clock.withZone(ZoneId.systemDefault()))) + "] "
                + words);
    }

    private static String name(ProcessEntry entry) {
        return "%s (PID %d)".formatted(Shown.oneLine(entry.name()), entry.pid());
    }

    private void event(String what, Optional<ProcessEntry> about, Consumer<JsonOutput> more) {
        if (!json) {
            return;
        }
        StringWriter text = new StringWriter();
        try (JsonOutput line = JsonOutput.oneLine(text)) {
            line.beginObject()
                    .text("schema", "mortem.watchEvent/1")
                    .time("time", Optional.of(clock.instant()))
                    .text("event", what);
            about.ifPresent(entry -> line.number("pid", entry.pid()).text("image", entry.name()));
            more.accept(line);
            line.endObject();
        }
        console.out().println(text);
        console.out().flush();
    }
}
