/**
 * Less of a process than a snapshot has: what a kind of dump holds, and what a redacted one may hold.
 *
 * <p>{@link dev.mortem.dump.reduce.DumpKind} names the kinds; {@link
 * dev.mortem.dump.reduce.ReducedSnapshot} is a snapshot of that kind, whatever the format that it is
 * written in, with the memory that {@link dev.mortem.dump.reduce.ChosenMemory} names and the words that
 * {@link dev.mortem.dump.reduce.WordFilter} leaves. {@link dev.mortem.dump.reduce.RedactedSnapshot} has
 * nothing that people typed. All are decorators: whoever made the snapshot below closes it.
 */
@NullMarked
package dev.mortem.dump.reduce;

import org.jspecify.annotations.NullMarked;
