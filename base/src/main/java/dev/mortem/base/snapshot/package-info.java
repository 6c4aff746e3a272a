/**
 * The neutral model of one process at one moment: what a dump file and a live process have in common.
 *
 * <p>Everything downstream (unwinding, symbols, analysis, writers) knows only these types, so there is
 * one path for live processes and for dumps of every format. Absence is a value here: an
 * {@code Optional} is empty, a memory read is short; zero never means unreadable. Read {@link
 * dev.mortem.base.snapshot.ProcessSnapshot} first, then {@link
 * dev.mortem.base.snapshot.ThreadSnapshot}, {@link dev.mortem.base.snapshot.RegisterContext} with {@link
 * dev.mortem.base.snapshot.LinuxRegisters}, {@link
 * dev.mortem.base.snapshot.LoadedModule}, {@link dev.mortem.base.snapshot.MemoryRegion}, {@link
 * dev.mortem.base.snapshot.MemoryReader} and {@link dev.mortem.base.snapshot.CrashReason}. {@link
 * dev.mortem.base.snapshot.DebugId} and {@link dev.mortem.base.snapshot.CodeId} tell builds apart; {@link
 * dev.mortem.base.snapshot.DumpDetails} and {@link dev.mortem.base.snapshot.DumpOrigin} tell of the dump.
 */
package dev.mortem.base.snapshot;
