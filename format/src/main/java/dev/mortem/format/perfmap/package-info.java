/**
 * The map by which a program tells profilers what code it made at run time: {@code /tmp/perf-PID.map}
 * (Linux, tools/perf/Documentation/jit-interface.txt). {@link dev.mortem.format.perfmap.PerfMap} reads it.
 */
package dev.mortem.format.perfmap;
