/**
 * The minidump format of Windows (minidumpapiset.h, Windows SDK), with the streams that Breakpad,
 * Crashpad and Mozilla add (google_breakpad/common/minidump_format.h; crashpad minidump_extensions.h).
 *
 * <p>All numbers are little-endian; an RVA is an offset from the start of the file. Each stream is
 * optional, and a broken one never ends the reading of the others. Nothing here decides what an
 * exception means or which thread crashed: that is the minidump reader's part.
 *
 * <p>Read {@link dev.mortem.format.minidump.MinidumpFile} first: header, directory and text. Then {@link
 * dev.mortem.format.minidump.StreamType} for the numbers, {@link
 * dev.mortem.format.minidump.ThreadEntry}, {@link dev.mortem.format.minidump.ModuleEntry}, {@link
 * dev.mortem.format.minidump.MemoryRange}, {@link dev.mortem.format.minidump.ExceptionStream}, {@link
 * dev.mortem.format.minidump.SystemInfo}, {@link dev.mortem.format.minidump.MiscInfo} and {@link
 * dev.mortem.format.minidump.CpuContext}; the others tell more of Windows or of a crash reporter.
 *
 * <p>Each has its writer beside its reader; {@link dev.mortem.format.minidump.MinidumpHead} takes what they
 * write. {@link dev.mortem.format.minidump.RegionEntry}, {@link dev.mortem.format.minidump.MappingEntry} and
 * {@link dev.mortem.format.minidump.CaptureFacts} are Mortem's own (docs/minidump.md).
 */
package dev.mortem.format.minidump;
