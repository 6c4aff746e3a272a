/**
 * Compressed files: what they are by their first bytes, and unpacking them to a temporary file.
 *
 * <p>Knows nothing of dumps. {@link dev.mortem.dump.container.Container} names the kinds, {@link
 * dev.mortem.dump.container.Unpacker} unpacks, {@link dev.mortem.dump.container.SparseOutput} keeps
 * zeros from taking space.
 */
@NullMarked
package dev.mortem.dump.container;

import org.jspecify.annotations.NullMarked;
