/**
 * The watch loop: samples processes at its own pace, tells triggers, and acts when one fires. It is written
 * once, and all that it touches comes in: clock, processes, sampler, sources and actor; a test gives its own.
 *
 * <p>Read {@link dev.mortem.collect.watch.WatchLoop}, then {@link dev.mortem.collect.watch.WatchPlan},
 * {@link dev.mortem.collect.watch.Actor}, {@link dev.mortem.collect.watch.WatchListener} and {@link
 * dev.mortem.collect.watch.Pace}; {@link dev.mortem.collect.watch.Thresholds} says what a condition comes to
 * on this machine.
 */
@NullMarked
package dev.mortem.collect.watch;

import org.jspecify.annotations.NullMarked;
