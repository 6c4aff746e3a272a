/**
 * The files of proc(5), each read and understood in one place. No native call, no decision.
 *
 * <p>{@link dev.mortem.os.linux.proc.ProcFolder} reads files of one process or thread; the other types
 * are what stands in them. A process can end between two reads: what cannot be read is then empty. All
 * numbers come from the kernel, so that a line in a form we do not know is a newer kernel's, and is
 * absent rather than an error.
 */
@NullMarked
package dev.mortem.os.linux.proc;

import org.jspecify.annotations.NullMarked;
