package dev.mortem.collect.watch;

import dev.mortem.collect.source.EventSource;
import dev.mortem.collect.trigger.Event;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.os.EventFilter;
import dev.mortem.os.EventOptions;
import dev.mortem.os.Figure;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.ProcessSample;
import dev.mortem.os.ProcessSampler;
import dev.mortem.os.RuntimeKind;
import dev.mortem.os.SamplePlan;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleFunction;

/** Processes, time, events and acts of a test's making; time passes only when somebody waits or acts. */
final class FakeWorld implements Pace, Targets, ProcessSampler, ProcessControl, Actor {
    final List<String> acts = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    final List<SamplePlan> plans = new ArrayList<>();
    final Set<Long> openSampled = new HashSet<>();
    final Deque<Outcome> outcomes = new ArrayDeque<>();
    final List<ProcessEvents.Told> released = new ArrayList<>();
    Set<Integer> firstChance = Set.of();
    boolean tracing;
    boolean traceRefused;
    boolean seesArrivals;
    double actSeconds;

    /** What the source has to tell from the third second on. */
    final List<String> troubles = new ArrayList<>();

    /** How the clock on the wall is set, at which second. */
    final TreeMap<Double, Duration> wallJumps = new TreeMap<>();

    private static final long START_NANOS = 1_000_000_000_000L;

    private final Set<Long> arrived = new HashSet<>();
    private final Map<Long, Fake> processes = new TreeMap<>();
    private final TreeMap<Double, Event> events = new TreeMap<>();
    private final TreeMap<Double, ProcessEvents.Told> traced = new TreeMap<>();
    private double cancelSecond = Double.MAX_VALUE;
    private long nanos = START_NANOS;

    /** One process: what is read of it at each second, and when it is there. */
    final class Fake {
        private final long pid;
        private final DoubleFunction<ProcessSample.Builder> figures;
        private double start;
        private double end = Double.MAX_VALUE;

        private Fake(long pid, DoubleFunction<ProcessSample.Builder> figures) {
            this.pid = pid;
            this.figures = figures;
        }

        Fake startsAt(double second) {
            start = second;
            return this;
        }

        Fake endsAt(double second) {
            end = second;
            return this;
        }

        private boolean isThere() {
            return now() >= start && now() < end;
        }

        private ProcessEntry entry() {
            return new ProcessEntry(
                    pid,
                    OptionalLong.empty(),
                    "shop",
                    Optional.empty(),
                    RuntimeKind.NATIVE,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    OptionalDouble.empty(),
                    OptionalLong.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of());
        }
    }

    /** A figure, to be stamped with the time by the sampler. */
    static ProcessSample.Builder figure(Figure figure, long value) {
        return ProcessSample.at(0).set(figure, value);
    }

    Fake process(long pid, DoubleFunction<ProcessSample.Builder> figures) {
        Fake process = new Fake(pid, figures);
        processes.put(pid, process);
        return process;
    }

    void eventAt(double second, Event event) {
        events.put(second, event);
    }

    void tracedAt(double second, ProcessEvents.Told event) {
        traced.put(second, event);
    }

    void cancelAt(double second) {
        cancelSecond = second;
    }

    WatchLoop loop(WatchPlan plan) {
        return new WatchLoop(
                plan,
                this,
                this,
                this,
                new Source(),
                this,
                this,
                new Listener(),
                new SeizedArrivals(this, plan.needs()));
    }

    long second() {
        return Math.round(Math.floor(now()));
    }

    private double now() {
        return (nanos - START_NANOS) / 1e9;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public LocalDateTime wallTime() {
        Map.Entry<Double, Duration> jump = wallJumps.floorEntry(now());
        return LocalDateTime.of(2026, 3, 4, 12, 0)
                .plusNanos(nanos - START_NANOS)
                .plus(jump == null ? Duration.ZERO : jump.getValue());
    }

    @Override
    public boolean awaitUntil(long until) {
        nanos = Math.max(nanos, until);
        return now() < cancelSecond;
    }

    @Override
    public List<ProcessEntry> find() {
        return processes.values().stream()
                .filter(Fake::isThere)
                .map(Fake::entry)
                .toList();
    }

    @Override
    public boolean seesArrivals() {
        return seesArrivals;
    }

    @Override
    public List<ProcessEntry> arrived() {
        return find().stream().filter(entry -> arrived.add(entry.pid())).toList();
    }

    @Override
    public Optional<ProcessEntry> entry(long pid) {
        return Optional.ofNullable(processes.get(pid)).map(Fake::entry);
    }

    @Override
    public SampledProcess open(long pid, SamplePlan plan) throws TargetException {
        Fake process = processes.get(pid);
        if (process == null || !process.isThere()) {
            throw new TargetException(TargetException.Kind.NOT_FOUND, "no process " + pid);
        }
        boolean isCapacity = plan.figures().contains(Figure.AFFINITY_CORES);
        if (!isCapacity) {
            plans.add(plan);
        }
        openSampled.add(pid);
        return new SampledProcess() {
            @Override
            public long pid() {
                return pid;
            }

            @Override
            public ProcessSample sample() {
                ProcessSample read = process.figures.apply(now()).build();
                ProcessSample.Builder stamped = ProcessSample.at(nanos);
                for (Figure figure : Figure.values()) {
                    stamped.set(figure, read.get(figure));
                }
                return stamped.build();
            }

            @Override
            public boolean hasEnded() {
                return !process.isThere();
            }

            @Override
            public boolean hasNewProgram() {
                return false;
            }

            @Override
            public void close() {
                openSampled.remove(pid);
            }
        };
    }

    @Override
    public Outcome act(Occasion occasion) {
        acts.add("%d %s %d/%d at %d%s"
                .formatted(
                        occasion.entry().pid(),
                        occasion.firing().reason(),
                        occasion.number(),
                        occasion.count(),
                        second(),
                        occasion.standing().isPresent() ? " standing" : ""));
        nanos += Math.round(actSeconds * 1e9);
        return outcomes.isEmpty() ? Outcome.DONE : outcomes.removeFirst();
    }

    @Override
    public void rehearse() {
        throw new AssertionError("the loop takes no snapshots");
    }

    @Override
    public boolean isRehearsal(long pid) {
        return false;
    }

    @Override
    public PendingSnapshot prepare(long pid, SnapshotOptions options) {
        throw new AssertionError("the loop takes no snapshots");
    }

    @Override
    public Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline, Runnable whenWatching) {
        throw new AssertionError("the loop takes no snapshots");
    }

    @Override
    public ProcessEvents events(long pid, EventOptions options) throws TargetException {
        if (traceRefused) {
            throw new TargetException(TargetException.Kind.ALREADY_TRACED, "gdb has it");
        }
        tracing = true;
        firstChance = options.firstChance();
        return new Traced(pid, options);
    }

    private final class Traced implements ProcessEvents {
        private final long pid;
        private final EventOptions options;

        private Traced(long pid, EventOptions options) {
            this.pid = pid;
            this.options = options;
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public Optional<Told> next(Duration atMost) {
            while (!traced.isEmpty() && traced.firstKey() <= now()) {
                Told due = traced.pollFirstEntry().getValue();
                if (options.filter().decide(due.event()) != EventFilter.Decision.PASS) {
                    return Optional.of(due);
                }
            }
            return Optional.empty();
        }

        @Override
        public LiveSnapshot snapshot(Told told, SnapshotOptions how) {
            throw new AssertionError("the actor of this test takes none");
        }

        @Override
        public void release(Told told) {
            released.add(told);
        }

        @Override
        public Counts counts() {
            return new Counts(0, 0, 0, Duration.ZERO);
        }

        @Override
        public void close() {
            tracing = false;
        }
    }

    private final class Source implements EventSource {
        @Override
        public void drainTo(List<Event> target) {
            while (!events.isEmpty() && events.firstKey() <= now()) {
                target.add(events.pollFirstEntry().getValue());
            }
        }

        @Override
        public List<String> troubles() {
            List<String> due = now() >= 3 ? List.copyOf(troubles) : List.of();
            troubles.removeAll(due);
            return due;
        }

        @Override
        public void close() {
            events.clear();
        }
    }

    private final class Listener implements WatchListener {
        @Override
        public void awaiting() {
            told.add("awaiting");
        }

        @Override
        public void watching(ProcessEntry entry, ProcessSample sample) {
            told.add("watching " + entry.pid());
        }

        @Override
        public void fired(ProcessEntry entry, Firing firing, int number) {
            told.add("fired " + entry.pid() + " #" + number);
        }

        @Override
        public void ended(ProcessEntry entry, Optional<String> how) {
            told.add("ended " + entry.pid() + " " + how.orElse(""));
        }

        @Override
        public void passed(ProcessEntry entry, long signals) {
            told.add("passed " + entry.pid());
        }

        @Override
        public void untraced(ProcessEntry entry, String why) {
            told.add("untraced " + entry.pid());
        }

        @Override
        public void changed(ProcessEntry entry) {
            told.add("changed " + entry.pid());
        }

        @Override
        public void busy(ProcessEntry entry) {
            told.add("busy " + entry.pid());
        }

        @Override
        public void sourceLost(String why) {
            told.add("source lost: " + why);
        }

        @Override
        public void lost(ProcessEntry entry, String why) {
            told.add("lost " + entry.pid());
        }
    }
}
