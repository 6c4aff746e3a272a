package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.CgroupLimitTrigger;
import dev.mortem.collect.trigger.Compare;
import dev.mortem.collect.trigger.CpuAmount;
import dev.mortem.collect.trigger.CpuTrigger;
import dev.mortem.collect.trigger.ThreadCpuTrigger;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.os.Figure;
import dev.mortem.os.ProcessSample;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What conditions come to for one process on this machine: thresholds in cores, and those that it cannot
 * reach.
 *
 * @param warnings what may never be met as things are: the quota or the affinity may change
 * @param impossible what never will: more than the machine has
 */
public record Thresholds(List<String> lines, List<String> warnings, List<String> impossible) {
    /** What {@link #of} wants to know of the process. */
    public static final List<Figure> FIGURES = List.of(
            Figure.MACHINE_CORES,
            Figure.QUOTA_MILLICORES,
            Figure.AFFINITY_CORES,
            Figure.THREADS,
            Figure.CGROUP_LIMIT_BYTES,
            Figure.CGROUP_LIMIT_USED_BYTES);

    public static Thresholds of(List<Trigger> triggers, ProcessSample sample) {
        Thresholds found = new Thresholds(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        triggers.stream().flatMap(Trigger::leaves).forEach(each -> found.add(each, sample));
        return found;
    }

    private void add(Trigger trigger, ProcessSample sample) {
        switch (trigger) {
            case CpuTrigger cpu -> addCpu(cpu.text(), cpu.compare(), cpu.amount(), sample, false);
            case ThreadCpuTrigger cpu ->
                addCpu(cpu.text(), cpu.compare(), cpu.amount(), sample, true);
            case CgroupLimitTrigger cgroup -> {
                if (sample.get(Figure.CGROUP_LIMIT_BYTES).isEmpty()) {
                    warnings.add(
                            cgroup.text() + ": no memory limit around the process can be seen");
                }
            }
            default -> {
                // is what it says
            }
        }
    }

    private void addCpu(
            String text, Compare compare, CpuAmount amount, ProcessSample sample, boolean thread) {
        OptionalDouble threshold = amount.cores(sample);
        OptionalLong machine = sample.get(Figure.MACHINE_CORES);
        if (threshold.isEmpty()) {
            warnings.add(text + ": the process has no CPU quota, so that this is never met");
            return;
        }
        double cores = threshold.getAsDouble();
        lines.add("%s: %s %s of %s cores"
                .formatted(
                        text,
                        compare.sign(),
                        number(cores),
                        machine.isPresent() ? Long.toString(machine.getAsLong()) : "?"));
        if (!compare.isUpwards()) {
            return;
        }
        if (machine.isPresent() && cores > machine.getAsLong()) {
            impossible.add("%s: %s cores, and this machine has %d"
                    .formatted(text, number(cores), machine.getAsLong()));
        }
        warn(text, cores, quota(sample), "its CPU quota allows %s cores");
        warn(
                text,
                cores,
                asDouble(sample.get(Figure.AFFINITY_CORES)),
                "its affinity allows %s cores");
        double threads = thread ? 1 : (double) sample.get(Figure.THREADS).orElse(Long.MAX_VALUE);
        warn(
                text,
                cores,
                OptionalDouble.of(threads),
                thread ? "a thread has at most %s core" : "it has %s thread(s) now");
    }

    /** A threshold of just what there is is hardly ever reached either. */
    private void warn(String text, double cores, OptionalDouble most, String why) {
        if (most.isPresent() && cores >= most.getAsDouble()) {
            warnings.add("%s cannot be met: %s cores, and ".formatted(text, number(cores))
                    + String.format(Locale.ROOT, why, number(most.getAsDouble())));
        }
    }

    private static OptionalDouble quota(ProcessSample sample) {
        OptionalLong millis = sample.get(Figure.QUOTA_MILLICORES);
        return millis.isPresent()
                ? OptionalDouble.of(millis.getAsLong() / 1000.0)
                : OptionalDouble.empty();
    }

    private static OptionalDouble asDouble(OptionalLong value) {
        return value.isPresent()
                ? OptionalDouble.of((double) value.getAsLong())
                : OptionalDouble.empty();
    }

    private static String number(double cores) {
        return cores == Math.rint(cores)
                ? String.format(Locale.ROOT, "%.0f", cores)
                : String.format(Locale.ROOT, "%.2f", cores);
    }
}
