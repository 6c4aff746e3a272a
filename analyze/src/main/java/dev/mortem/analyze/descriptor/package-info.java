/**
 * What stands behind the descriptor, file lock or child that a thread waits for. The kernel's objects come
 * from the running system or from a dump's sidecar; where there are none, memory alone tells some of it,
 * such as the address that is being connected to.
 *
 * <p>{@link dev.mortem.analyze.descriptor.DescribedWaits} takes a wait and says it in full, with {@link
 * dev.mortem.analyze.descriptor.OpenDescriptors} to look things up; {@link
 * dev.mortem.analyze.descriptor.TransferWords}, {@link dev.mortem.analyze.descriptor.EventWords}, {@link
 * dev.mortem.analyze.descriptor.LockWords} and {@link dev.mortem.analyze.descriptor.ChildWords} do so for
 * one kind of wait each. Judges nothing.
 */
@NullMarked
package dev.mortem.analyze.descriptor;

import org.jspecify.annotations.NullMarked;
