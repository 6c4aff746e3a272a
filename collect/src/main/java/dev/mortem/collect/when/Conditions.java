package dev.mortem.collect.when;

import dev.mortem.collect.trigger.CgroupLimitTrigger;
import dev.mortem.collect.trigger.Compare;
import dev.mortem.collect.trigger.CountTrigger;
import dev.mortem.collect.trigger.CpuAmount;
import dev.mortem.collect.trigger.CpuTrigger;
import dev.mortem.collect.trigger.EndTrigger;
import dev.mortem.collect.trigger.IdleTrigger;
import dev.mortem.collect.trigger.MemoryGrowthTrigger;
import dev.mortem.collect.trigger.MemoryKind;
import dev.mortem.collect.trigger.MemoryStepTrigger;
import dev.mortem.collect.trigger.MemoryTrigger;
import dev.mortem.collect.trigger.OomKillTrigger;
import dev.mortem.collect.trigger.PressureTrigger;
import dev.mortem.collect.trigger.RateTrigger;
import dev.mortem.collect.trigger.StartTrigger;
import dev.mortem.collect.trigger.ThreadCpuTrigger;
import dev.mortem.collect.trigger.Trigger;

import java.time.Duration;

/** One condition without "and" and "or": those of figures here, those of events in {@link EventConditions}. */
final class Conditions {
    private static final String ALL =
            "cpu, memory, threads, fds, io, faults, pressure, cgroup, oom-kill, start, end, signal,"
                    + " module, thread, line, url, command, idle, at, or \"(\"";

    private static final String A_TIME = "a time such as 500ms, 2s or 5m";
    private static final String A_SIZE = "a size such as 800MB or 2GiB";

    /** Longer than anybody watches for one condition. */
    private static final Duration HOLD_MAX = Duration.ofDays(7);

    private final WhenScanner scanner;
    private final EventConditions events;

    Conditions(WhenScanner scanner) {
        this.scanner = scanner;
        this.events = new EventConditions(scanner);
    }

    Trigger next() throws WhenException {
        int position = scanner.position();
        String word = scanner.takeWord();
        return switch (word) {
            case "cpu" -> cpu();
            case "memory" -> memory();
            case "threads" -> count(CountTrigger.Kind.THREADS);
            case "fds" -> count(CountTrigger.Kind.DESCRIPTORS);
            case "io" -> io();
            case "faults" -> faults();
            case "pressure" -> pressure();
            case "cgroup" ->
                new CgroupLimitTrigger(compare(), percent(100, "percent of the limit"), holdFor());
            case "oom-kill" -> new OomKillTrigger();
            case "start" -> new StartTrigger();
            case "end" -> new EndTrigger();
            case "idle" -> idle();
            default -> events.next(word, position, ALL);
        };
    }

    private Trigger cpu() throws WhenException {
        boolean perThread = false;
        if (scanner.tryTake("(")) {
            perThread = scanner.tryTake("thread");
            if (!perThread) {
                scanner.take("process", "process or thread");
            }
            scanner.take(")", "\")\"");
        }
        Compare compare = compare();
        CpuAmount amount = cpuAmount(perThread);
        Duration time = holdFor();
        return perThread
                ? new ThreadCpuTrigger(compare, amount, time)
                : new CpuTrigger(compare, amount, time);
    }

    private CpuAmount cpuAmount(boolean perThread) throws WhenException {
        int position = scanner.position();
        String allowed = "an amount such as 85%, 85% of core, 85% of quota or 1.5 cores";
        double value = scanner.takeNumber(allowed);
        if (scanner.tryTake("cores") || scanner.tryTake("core")) {
            return checked(position, value, perThread ? 1 : 10_000, CpuAmount.Unit.CORES);
        }
        scanner.take("%", "% or cores behind the number");
        if (!scanner.tryTake("of")) {
            return checked(position, value, 100, CpuAmount.Unit.PERCENT_OF_MACHINE);
        }
        if (scanner.tryTake("core")) {
            double most = perThread ? 100 : 1_000_000;
            return checked(position, value, most, CpuAmount.Unit.PERCENT_OF_CORE);
        }
        if (scanner.tryTake("quota")) {
            return checked(position, value, 100, CpuAmount.Unit.PERCENT_OF_QUOTA);
        }
        scanner.take("machine", "core, machine or quota");
        return checked(position, value, 100, CpuAmount.Unit.PERCENT_OF_MACHINE);
    }

    private CpuAmount checked(int position, double value, double most, CpuAmount.Unit unit)
            throws WhenException {
        if (!(value > 0 && value <= most)) {
            throw scanner.failureAt(
                    position,
                    unit == CpuAmount.Unit.CORES
                            ? "more than 0 and at most %.0f cores".formatted(most)
                            : "more than 0 and at most %.0f percent".formatted(most));
        }
        return new CpuAmount(value, unit);
    }

    private Trigger memory() throws WhenException {
        MemoryKind kind = memoryKind();
        if (scanner.tryTake("grows")) {
            long bytes = size();
            scanner.take("/", "/s, /min or /h");
            Duration window = window();
            return new MemoryGrowthTrigger(kind, bytes, window, holdFor());
        }
        int position = scanner.position();
        Compare compare = compare("one of > >= < <=, or grows");
        long bytes = size();
        if (!scanner.tryTake("step")) {
            return new MemoryTrigger(kind, compare, bytes, holdFor());
        }
        if (!compare.isUpwards()) {
            throw scanner.failureAt(position, "> where there are steps");
        }
        return new MemoryStepTrigger(kind, bytes, size(), holdFor());
    }

    private MemoryKind memoryKind() throws WhenException {
        if (!scanner.tryTake("(")) {
            return MemoryKind.PRIVATE;
        }
        int position = scanner.position();
        MemoryKind kind = switch (scanner.takeWord()) {
            case "private" -> MemoryKind.PRIVATE;
            case "rss", "resident" -> MemoryKind.RESIDENT;
            case "virtual" -> MemoryKind.VIRTUAL;
            case "unique", "uss" -> MemoryKind.UNIQUE;
            case "cgroup" -> MemoryKind.CGROUP;
            default -> throw scanner.failureAt(position, "private, rss, virtual, unique or cgroup");
        };
        scanner.take(")", "\")\"");
        return kind;
    }

    private Duration window() throws WhenException {
        int position = scanner.position();
        return switch (scanner.takeWord()) {
            case "s" -> Duration.ofSeconds(1);
            case "min", "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            default -> throw scanner.failureAt(position, "s, min or h");
        };
    }

    private Trigger count(CountTrigger.Kind kind) throws WhenException {
        Compare compare = compare();
        return new CountTrigger(kind, compare, scanner.takeCount("a whole number"), holdFor());
    }

    private Trigger io() throws WhenException {
        RateTrigger.Kind kind = RateTrigger.Kind.IO;
        if (scanner.tryTake("(")) {
            boolean reads = scanner.tryTake("read");
            if (!reads) {
                scanner.take("write", "read or write");
            }
            scanner.take(")", "\")\"");
            kind = reads ? RateTrigger.Kind.IO_READ : RateTrigger.Kind.IO_WRITE;
        }
        Compare compare = compare();
        long bytes = size();
        scanner.take("/", "/s");
        scanner.take("s", "/s");
        return new RateTrigger(kind, compare, bytes, holdFor());
    }

    private Trigger faults() throws WhenException {
        Compare compare = compare();
        double count = scanner.takeNumber("a number of faults per second such as 100/s");
        scanner.take("/", "/s");
        scanner.take("s", "/s");
        return new RateTrigger(RateTrigger.Kind.MAJOR_FAULTS, compare, count, holdFor());
    }

    private Trigger pressure() throws WhenException {
        scanner.take("(", "(cpu), (memory), (io), (memory full) or (io full)");
        int position = scanner.position();
        String resource = scanner.takeWord();
        boolean full = scanner.tryTake("full");
        PressureTrigger.Kind kind = switch (full ? resource + " full" : resource) {
            case "cpu" -> PressureTrigger.Kind.CPU;
            case "memory" -> PressureTrigger.Kind.MEMORY;
            case "memory full" -> PressureTrigger.Kind.MEMORY_FULL;
            case "io" -> PressureTrigger.Kind.IO;
            case "io full" -> PressureTrigger.Kind.IO_FULL;
            default -> throw scanner.failureAt(position, "cpu, memory, io, memory full or io full");
        };
        scanner.take(")", "\")\"");
        return new PressureTrigger(kind, compare(), percent(100, "percent of the time"), holdFor());
    }

    private Trigger idle() throws WhenException {
        Duration time = holdFor();
        if (time.isZero()) {
            throw scanner.failure("for and " + A_TIME);
        }
        return new IdleTrigger(time);
    }

    private double percent(double most, String what) throws WhenException {
        int position = scanner.position();
        double value = scanner.takeNumber("a number of " + what + " such as 90%");
        scanner.take("%", "% behind the number");
        if (!(value > 0 && value <= most)) {
            throw scanner.failureAt(position, "more than 0 and at most 100 " + what);
        }
        return value;
    }

    private long size() throws WhenException {
        int position = scanner.position();
        long bytes = scanner.takeSize(A_SIZE);
        if (bytes == 0) {
            throw scanner.failureAt(position, "a size of more than nothing");
        }
        return bytes;
    }

    private Compare compare() throws WhenException {
        return compare("one of > >= < <=");
    }

    private Compare compare(String allowed) throws WhenException {
        for (Compare each :
                new Compare[] {Compare.AT_LEAST, Compare.AT_MOST, Compare.ABOVE, Compare.BELOW}) {
            if (scanner.tryTake(each.sign())) {
                return each;
            }
        }
        throw scanner.failure(allowed);
    }

    /** "for 2s"; zero where there is none. */
    Duration holdFor() throws WhenException {
        if (!scanner.tryTake("for")) {
            return Duration.ZERO;
        }
        int position = scanner.position();
        Duration time = scanner.takeDuration(A_TIME);
        if (time.compareTo(HOLD_MAX) > 0) {
            throw scanner.failureAt(position, "at most 7d");
        }
        return time;
    }
}
