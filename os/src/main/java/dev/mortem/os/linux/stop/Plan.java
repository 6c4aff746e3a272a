package dev.mortem.os.linux.stop;

import dev.mortem.os.PauseEstimate;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.TargetException.Kind;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.InjectionException;
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
 * @param unforked what a copy lacks and is read during the pause
 * @param refusal why neither way is allowed
 */
record Plan(
        Optional<Ground> ground,
        PauseEstimate estimate,
        PauseEstimate standing,
        List<Mapping> unforked,
        Optional<TargetException> refusal)
        implements AutoCloseable {

    static Plan of(
            ProcFolder proc,
            Kernel kernel,
            long pid,
            long livingTid,
            StatusFile status,
            SnapshotOptions options,
            CopyCost cost) {
        Path folder = proc.task(pid, livingTid);
        List<Mapping> mappings =
                Mapping.parseAll(ProcFolder.bytes(folder.resolve("smaps")).orElse(new byte[0]));
        RegionPolicy policy = new RegionPolicy(Gatherer.coredumpFilter(proc, pid), options);
        PauseEstimator estimator = new PauseEstimator(kernel, policy, status, mappings);
        List<Mapping> unforked = Unforked.among(mappings, policy);
        if (options.mode() == SnapshotMode.NEVER || !options.withMemory()) {
            return standing(pid, estimator.standing("asked for"), options);
        }
        try {
            Ground ground = Ground.open(proc, kernel, folder, status, mappings);
            PauseEstimate copying = estimator.copying(
                    cost, keptBytes(unforked), "the process runs on while its copy is written");
            if (copying.pause().compareTo(options.maxPause()) <= 0) {
                return new Plan(
                        Optional.of(ground),
                        copying,
                        estimator.standing(""),
                        unforked,
                        Optional.empty());
            }
            ground.close();
            return otherwise(
                    pid,
                    estimator,
                    options,
                    "making a copy would already take about " + seconds(copying.pause()));
        } catch (InjectionException unsuitable) {
            return otherwise(pid, estimator, options, String.valueOf(unsuitable.getMessage()));
        }
    }

    private static Plan otherwise(
            long pid, PauseEstimator estimator, SnapshotOptions options, String why) {
        PauseEstimate standing = estimator.standing("no frozen copy: " + why);
        return options.mode() == SnapshotMode.REQUIRE
                ? new Plan(
                        Optional.empty(),
                        standing,
                        standing,
                        List.of(),
                        Optional.of(required(pid, why)))
                : standing(pid, standing, options);
    }

    private static Plan standing(long pid, PauseEstimate estimate, SnapshotOptions options) {
        return new Plan(
                Optional.empty(), estimate, estimate, List.of(), tooLong(pid, estimate, options));
    }

    private static long keptBytes(List<Mapping> unforked) {
        return Math.min(
                Unforked.KEPT.defaultMax(),
                unforked.stream()
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
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
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
