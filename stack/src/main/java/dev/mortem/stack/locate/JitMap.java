package dev.mortem.stack.locate;

import dev.mortem.format.perfmap.PerfMap;

/**
 * The map of the code that a process made at run time. Immutable, safe for any thread.
 *
 * @param name where it was found, as reports say it
 */
public record JitMap(String name, PerfMap functions) {}
