/**
 * Whose code it was: the first frame that is not libc, runtime or allocator plumbing.
 *
 * <p>The judgement is a plain-text table, {@code blame.txt} beside this package; a user's own file
 * goes
 * behind it and wins. Nothing here looks at anything but names. Read {@link
 * dev.mortem.analyze.blame.BlameTable}.
 */
package dev.mortem.analyze.blame;
