/**
 * The Linux system calls that Mortem makes, as Java methods: the only code with native access.
 *
 * <p>Nothing here decides anything: a method is one call, its result the kernel's, an error its errno.
 * {@link dev.mortem.os.linux.call.NativeFunction} is a function of the C library, {@link
 * dev.mortem.os.linux.call.Kernel} makes system calls through one, {@link dev.mortem.os.linux.call.Ptrace}
 * names the requests of ptrace(2), {@link dev.mortem.os.linux.call.ProcessMemory} reads another
 * process's memory into Java arrays, {@link dev.mortem.os.linux.call.Spawn} starts a child. Numbers
 * that differ between CPUs are in {@link dev.mortem.os.linux.call.CallNumbers}.
 */
@NullMarked
package dev.mortem.os.linux.call;

import org.jspecify.annotations.NullMarked;
