/**
 * Watching a running process: its signals, its end, its threads and its modules.
 *
 * <p>{@link dev.mortem.os.linux.event.WatchedProcess} is what the rest of the product holds, {@link
 * dev.mortem.os.linux.event.EventLoop} the one thread that traces. That asks {@link
 * dev.mortem.os.linux.event.SignalBudget} whether a signal may be looked at, {@link
 * dev.mortem.os.linux.event.Dispositions} what the program has made of it, and {@link
 * dev.mortem.os.linux.event.DyingThreads} which thread called exit. {@link
 * dev.mortem.os.linux.event.ModuleWatch} reads mappings and traces nothing. No thread of a target stands but
 * one that something happened to. Snapshots are package {@code stop}'s.
 */
@NullMarked
package dev.mortem.os.linux.event;

import org.jspecify.annotations.NullMarked;
