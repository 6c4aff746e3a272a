/**
 * Minidumps of Windows, and those of Breakpad and Crashpad from any system, as snapshots, and snapshots as
 * minidumps.
 *
 * <p>Read {@link dev.mortem.dump.minidump.MinidumpReader} first; then {@link
 * dev.mortem.dump.minidump.MinidumpThreads}, {@link dev.mortem.dump.minidump.MinidumpModules}, {@link
 * dev.mortem.dump.minidump.MinidumpRegions} and {@link
 * dev.mortem.dump.minidump.EnvironmentBlocks}, which reads what Windows keeps in the process itself, and
 * {@link dev.mortem.dump.minidump.Wow64} for processes of 32 bits in dumps of 64. {@link
 * dev.mortem.dump.minidump.OwnStreams} has what Mortem's own streams add.
 *
 * <p>Writing: {@link dev.mortem.dump.minidump.MinidumpWriter}, whose {@link
 * dev.mortem.dump.minidump.MinidumpLayout} makes the size and offset passes; {@link
 * dev.mortem.dump.minidump.MinidumpStreams} puts the head together, with {@link
 * dev.mortem.dump.minidump.SystemStreams}, {@link dev.mortem.dump.minidump.WindowsStreams}, {@link
 * dev.mortem.dump.minidump.LinuxFiles} and {@link dev.mortem.dump.minidump.OwnStreamList}. The
 * layouts are {@code format.minidump}'s; what an exception means is the analysis's part.
 */
package dev.mortem.dump.minidump;
