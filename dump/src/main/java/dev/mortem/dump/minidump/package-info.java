/**
 * Minidumps of Windows, and those of Breakpad and Crashpad from any system, as snapshots.
 *
 * <p>Read {@link dev.mortem.dump.minidump.MinidumpReader} first; then {@link
 * dev.mortem.dump.minidump.MinidumpThreads}, {@link dev.mortem.dump.minidump.MinidumpModules}, {@link
 * dev.mortem.dump.minidump.MinidumpRegions} and {@link
 * dev.mortem.dump.minidump.EnvironmentBlocks}, which reads what Windows keeps in the process itself, and
 * {@link dev.mortem.dump.minidump.Wow64} for processes of 32 bits in dumps of 64. The
 * layouts are {@code format.minidump}'s; what an exception means is the analysis's part.
 */
package dev.mortem.dump.minidump;
