package dev.mortem.os;

/**
 * One thread at one moment.
 *
 * @param cpuNanos CPU time since it began
 * @param runs how often it was given a processor since it began
 */
public record ThreadSample(long tid, long cpuNanos, long runs) {}
