/**
 * Stopping a process, looking at it or making a frozen copy of it, and letting it go.
 *
 * <p>{@link dev.mortem.os.linux.stop.TargetOwner} is the one thread that traces a target, {@link
 * dev.mortem.os.linux.stop.Visit} what that thread does, from the first look to the last DETACH. {@link
 * dev.mortem.os.linux.stop.Preflight} looks from outside whether a target can be stopped, {@link
 * dev.mortem.os.linux.stop.Plan} decides how, with {@link dev.mortem.os.linux.stop.PauseEstimator} and
 * {@link dev.mortem.os.linux.stop.Ground}. {@link dev.mortem.os.linux.stop.TracedThreads} keeps which
 * threads stand and which signal each is owed; {@link dev.mortem.os.linux.stop.Freezer} makes the copy,
 * with {@link dev.mortem.os.linux.stop.InjectionSpots} and {@link dev.mortem.os.linux.stop.CopyMaker};
 * {@link dev.mortem.os.linux.stop.Gatherer} makes of it what a snapshot holds; {@link
 * dev.mortem.os.linux.stop.TakenProcess} is the snapshot. {@link dev.mortem.os.linux.stop.Rehearsal} does
 * it all once on a process of our own.
 *
 * <p>Where the target stands while its memory is read, nothing is written into it: no register but to
 * start a call again that the stop broke off, no memory. Where it is copied, what is written restores
 * itself: see {@link dev.mortem.os.linux.inject}. What it can notice is what it notices of every debugger,
 * and less: a call that a stop would break off with EINTR is made again, with its time limit in full.
 */
@NullMarked
package dev.mortem.os.linux.stop;

import org.jspecify.annotations.NullMarked;
