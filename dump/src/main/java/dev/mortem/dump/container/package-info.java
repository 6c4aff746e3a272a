/**
 * Compressed files: what they are by their first bytes, and unpacking them to a temporary file; and how
 * the bytes of a new file come to the disk.
 *
 * <p>Knows nothing of dumps. {@link dev.mortem.dump.container.Container} names the kinds, {@link
 * dev.mortem.dump.container.Unpacker} unpacks, {@link dev.mortem.dump.container.SparseOutput} keeps
 * zeros from taking space. Beneath it is a {@link dev.mortem.dump.container.FileOutput}, with the
 * kernel's page cache ({@link dev.mortem.dump.container.ChannelOutput}) or without ({@link
 * dev.mortem.dump.container.DirectOutput}); a {@link dev.mortem.dump.container.PageBuffer} is memory
 * that both write from without a copy.
 */
@NullMarked
package dev.mortem.dump.container;

import org.jspecify.annotations.NullMarked;
