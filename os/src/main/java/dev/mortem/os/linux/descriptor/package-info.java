/**
 * What a process holds of the kernel, from /proc: descriptors, sockets, file locks, children. Nothing here
 * touches the process, and the only native calls are those that ask sock_diag(7).
 *
 * <p>{@link dev.mortem.os.linux.descriptor.KernelObjectsReader} reads it all within limits of count and
 * time; {@link dev.mortem.os.linux.descriptor.FdInfo}, {@link
 * dev.mortem.os.linux.descriptor.SocketTable}, {@link dev.mortem.os.linux.descriptor.LockTable} and
 * {@link dev.mortem.os.linux.descriptor.MountDevices} are what stands in one file each; {@link
 * dev.mortem.os.linux.descriptor.UnixPeers} asks which Unix sockets are connected, in the messages of {@link
 * dev.mortem.os.linux.descriptor.UnixDiag}; {@link dev.mortem.os.linux.descriptor.OtherProcesses} finds who
 * holds the other ends.
 */
@NullMarked
package dev.mortem.os.linux.descriptor;

import org.jspecify.annotations.NullMarked;
