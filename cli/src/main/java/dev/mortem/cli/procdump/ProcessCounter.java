package dev.mortem.cli.procdump;

import dev.mortem.collect.trigger.Compare;
import dev.mortem.collect.trigger.CountTrigger;
import dev.mortem.collect.trigger.CpuAmount;
import dev.mortem.collect.trigger.CpuTrigger;
import dev.mortem.collect.trigger.MemoryKind;
import dev.mortem.collect.trigger.MemoryTrigger;
import dev.mortem.collect.trigger.RateTrigger;
import dev.mortem.collect.trigger.Trigger;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Performance counters of a process on Windows that have a figure of the same meaning here. */
public enum ProcessCounter {
    PROCESSOR_TIME("% Processor Time"),
    PRIVATE_BYTES("Private Bytes"),
    WORKING_SET("Working Set"),
    VIRTUAL_BYTES("Virtual Bytes"),
    THREAD_COUNT("Thread Count"),
    HANDLE_COUNT("Handle Count"),
    IO_READ_BYTES("IO Read Bytes/sec"),
    IO_WRITE_BYTES("IO Write Bytes/sec"),
    IO_DATA_BYTES("IO Data Bytes/sec");

    private static final Pattern PATH =
            Pattern.compile("\\\\?Process(?: V2)?\\([^()]*\\)\\\\(.+)", Pattern.CASE_INSENSITIVE);

    private final String label;

    ProcessCounter(String label) {
        this.label = label;
    }

    /** Of a path such as {@code \Process(w3wp)\Thread Count}. */
    static Optional<ProcessCounter> of(String path) {
        Matcher matcher = PATH.matcher(path);
        return matcher.matches()
                ? Arrays.stream(values())
                        .filter(each ->
                                each.label.equalsIgnoreCase(matcher.group(1).strip()))
                        .findFirst()
                : Optional.empty();
    }

    static String labels() {
        return Arrays.stream(values()).map(each -> each.label).collect(Collectors.joining(", "));
    }

    /** The condition on the process; whole numbers only where things are counted. */
    Trigger trigger(Compare compare, double threshold, Duration holdFor) {
        long whole = (long) Math.ceil(threshold);
        return switch (this) {
            case PROCESSOR_TIME ->
                new CpuTrigger(
                        compare, new CpuAmount(threshold, CpuAmount.Unit.PERCENT_OF_CORE), holdFor);
            case PRIVATE_BYTES -> new MemoryTrigger(MemoryKind.PRIVATE, compare, whole, holdFor);
            case WORKING_SET -> new MemoryTrigger(MemoryKind.RESIDENT, compare, whole, holdFor);
            case VIRTUAL_BYTES -> new MemoryTrigger(MemoryKind.VIRTUAL, compare, whole, holdFor);
            case THREAD_COUNT ->
                new CountTrigger(CountTrigger.Kind.THREADS, compare, whole, holdFor);
            case HANDLE_COUNT ->
                new CountTrigger(CountTrigger.Kind.DESCRIPTORS, compare, whole, holdFor);
            case IO_READ_BYTES ->
                new RateTrigger(RateTrigger.Kind.IO_READ, compare, threshold, holdFor);
            case IO_WRITE_BYTES ->
                new RateTrigger(RateTrigger.Kind.IO_WRITE, compare, threshold, holdFor);
            case IO_DATA_BYTES -> new RateTrigger(RateTrigger.Kind.IO, compare, threshold, holdFor);
        };
    }
}
