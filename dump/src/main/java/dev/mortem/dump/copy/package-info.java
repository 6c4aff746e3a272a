/**
 * Copies a snapshot's memory into a dump's file, whatever the dump's format.
 *
 * <p>A writer makes a {@link dev.mortem.dump.copy.DumpContent}: the bytes before the memory, and a {@link
 * dev.mortem.dump.copy.MemoryPlan} for each region. {@link dev.mortem.dump.copy.DumpCopier} writes it:
 * the bytes go through a {@link dev.mortem.dump.copy.ChunkPipe} to a {@link
 * dev.mortem.dump.copy.ChunkSink}, which packs them or not, and from there to the {@link
 * dev.mortem.dump.copy.DumpOutput}. Nothing here knows what a format means by the bytes.
 */
@NullMarked
package dev.mortem.dump.copy;

import org.jspecify.annotations.NullMarked;
