package dev.mortem.os.linux.stop;

import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.limit.CopyHeadroom;
import dev.mortem.os.linux.limit.CopyRoom;
import dev.mortem.os.linux.limit.MemoryWatch;
import dev.mortem.os.linux.limit.Watchdogs;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a snapshot of one target is taken, decided before it is touched.
 *
 * @param ground of a frozen copy; empty where the target is to stand
 * @param estimate of the way that is taken
 * @param standing of the other way, should the copy fail
 * @param watch of the memory that a copy may take
 * @param lacking what a copy will not have, for it to be read during the pause
 * @param refusal why neither way is allowed
 */
record Plan(
        Optional<Ground> ground,
        PauseEstimate estimate,
        PauseEstimate standing,
        Optional<MemoryWatch> watch,
        Unforked.Lacking lacking,
        Optional<TargetException> refusal)
        implements AutoCloseable {

    /** What the target writes while its copy is held: a tenth of its memory; the watch sees more. */
    private static final int WRITTEN_PART = 10;

    static Plan of(
            Surroundings surroundings,
            Kernel kernel,
            long pid,
            long livingTid,
            StatusFile status,
            SnapshotOptions options) {
        ProcFolder proc = surroundings.proc();
        Path folder = proc.task(pid, livingTid);
        long begun = System.nanoTime();
        byte[] smaps = ProcFolder.bytes(folder.resolve("smaps")).orElse(new byte[0]);
        long walkNanos = System.nanoTime() - begun;
        List<Mapping> mappings = Mapping.parseAll(smaps);
        RegionPolicy policy = new RegionPolicy(Gatherer.coredumpFilter(proc, pid), options);
        PauseEstimator estimator = new PauseEstimator(kernel, policy, status, mappings, walkNanos);
        Optional<String> frozen = surroundings.frozenBy(pid);
        Plan plan;
        if (frozen.isPresent()) {
            plan = refused(
                    estimator.standing("its cgroup " + frozen.get() + " is frozen"),
                    frozenTarget(pid, frozen.get()));
        } else if (options.mode() == SnapshotMode.NEVER || !options.withMemory()) {
            plan = standing(pid, estimator.standing("asked for"), options);
        } else {
            try {
                plan = copying(
                        surroundings, kernel, pid, folder, status, mappings, estimator, policy);
            } catch (InjectionException unsuitable) {
                plan = otherwise(pid, estimator, options, String.valueOf(unsuitable.getMessage()));
            }
        }
        return plan.warned(surroundings.watchdogs().of(pid));
    }

    private static Plan copying(
            Surroundings surroundings,
            Kernel kernel,
            long pid,
            Path folder,
            StatusFile status,
            List<Mapping> mappings,
            PauseEstimator estimator,
            RegionPolicy policy)
            throws InjectionException {
        Unforked.Lacking lacking = Unforked.among(mappings, policy);
        PauseEstimate copying = estimator.copying(
                keptBytes(lacking.wanted()), "the process runs on while its copy is written");
        if (copying.pause().compareTo(policy.options().maxPause()) > 0) {
            throw new InjectionException(
                    InjectionException.Kind.UNSUITABLE,
                    "making one would already take about " + seconds(copying.pause()));
        }
        CopyHeadroom.Expectation expected = new CopyHeadroom.Expectation(
                status.bytes("VmPTE").orElse(0), status.bytes("RssAnon").orElse(0) / WRITTEN_PART);
        MemoryWatch watch = switch (surroundings.headroom().check(pid, status, expected)) {
            case CopyRoom.Room room -> room.watch();
            case CopyRoom.NoRoom none ->
                throw new InjectionException(InjectionException.Kind.UNSUITABLE, none.why());
        };
        watch.poll(); // its files are found, its classes loaded
        return new Plan(
                Optional.of(Ground.open(surroundings.proc(), kernel, folder, status, mappings)),
                copying,
                estimator.standing(""),
                Optional.of(watch),
                lacking,
                Optional.empty());
    }

    private static Plan otherwise(
            long pid, PauseEstimator estimator, SnapshotOptions options, String why) {
        PauseEstimate standing = estimator.standing("no frozen copy: " + why);
        return options.mode() == SnapshotMode.REQUIRE
                ? refused(standing, required(pid, why))
                : standing(pid, standing, options);
    }

    private static Plan standing(long pid, PauseEstimate estimate, SnapshotOptions options) {
        return new Plan(
                Optional.empty(),
                estimate,
                estimate,
                Optional.empty(),
                Unforked.Lacking.NOTHING,
                tooLong(pid, estimate, options));
    }

    private static Plan refused(PauseEstimate estimate, TargetException refusal) {
        return new Plan(
                Optional.empty(),
                estimate,
                estimate,
                Optional.empty(),
                Unforked.Lacking.NOTHING,
                Optional.of(refusal));
    }

    private static TargetException frozenTarget(long pid, String cgroup) {
        return new TargetException(
                Kind.TIMED_OUT,
                "process %d is frozen by its cgroup %s: its threads cannot be stopped until it is thawed"
                        .formatted(pid, cgroup));
    }

    /** With a word about those who would take a process that stands for one that hangs. */
    private Plan warned(List<Watchdogs.TimeLimit> limits) {
        List<String> warnings = limits.stream()
                .filter(limit -> Watchdogs.near(estimate.pause(), limit.limit()))
                .map(limit -> "the pause comes near a time limit: " + limit.what())
                .toList();
        return new Plan(ground, estimate.warning(warnings), standing, watch, lacking, refusal);
    }

    private static long keptBytes(List<Mapping> wanted) {
        return Math.min(
                Unforked.KEPT.defaultMax(),
                wanted.stream()
                        .mapToLong(mapping -> mapping.residentBytes().orElse(0))
                        .sum());
    }

    static TargetException required(long pid, String why) {
        return new TargetException(
                Kind.NO_SNAPSHOT,
                "no frozen copy of process %d can be made: %s. Let it stand meanwhile with --snapshot never"
                        .formatted(pid, why));
    }

    /** The refusal of a pause that is longer than allowed. */
    static Optional<TargetException> tooLong(
            long pid, PauseEstimate estimate, SnapshotOptions options) {
        if (estimate.pause().compareTo(options.maxPause()) <= 0) {
            return Optional.empty();
        }
        String why = estimate.why().equals("asked for") ? "" : " (" + estimate.why() + ")";
        return Optional.of(TargetException.pauseTooLong(
                "process %d would stand for about %s while %,d MiB are copied%s; %s are allowed. "
                                .formatted(
                                        pid,
                                        seconds(estimate.pause()),
                                        estimate.copyBytes() >> 20,
                                        why,
                                        seconds(options.maxPause()))
                        + "Allow more with --max-pause " + roundedUp(estimate.pause()),
                estimate.pause()));
    }

    static String seconds(Duration duration) {
        return duration.toMillis() < 1000
                ? Math.max(1, duration.toMillis()) + " ms"
                : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    /** Half as much again: an estimate is one. */
    private static String roundedUp(Duration estimate) {
        return Math.max(2, (estimate.toMillis() * 3 / 2 + 999) / 1000) + "s";
    }

    @Override
    public void close() {
        ground.ifPresent(Ground::close);
    }
}
