/**
 * What a thread waits for, from the system call it stands in and from the names of its innermost
 * frames.
 *
 * <p>The system call alone is enough, so a stripped program is understood as well. Who holds a
 * lock is
 * not decided here but in {@link dev.mortem.analyze.lock}. Read {@link
 * dev.mortem.analyze.wait.Wait}, then {@link dev.mortem.analyze.wait.WaitFinder}.
 */
package dev.mortem.analyze.wait;
