/**
 * System calls made by a stopped thread of another process, on our behalf, such that the thread gets
 * itself back even when we die in the middle.
 *
 * <p>Knows no snapshot and no policy. {@link dev.mortem.os.linux.inject.InjectionTable} is what
 * differs between CPUs; {@link dev.mortem.os.linux.inject.Gadgets} are the instructions of the target's
 * own code that are borrowed; {@link dev.mortem.os.linux.inject.SignalFrame} is the state that
 * rt_sigreturn(2) restores; {@link dev.mortem.os.linux.inject.SeccompFilter} says what a filter would
 * make of a call; {@link dev.mortem.os.linux.inject.Injection} makes the calls.
 *
 * <p><b>How a thread survives us.</b> Below a stack stands a frame as the kernel itself writes it before
 * it runs a signal handler: all registers, the extended state, the signal mask. The thread is pointed at
 * a {@code syscall; ret} with that frame as its stack. When nobody is there any more to put its
 * registers back, the call returns, {@code ret} goes to rt_sigreturn, and the kernel restores the
 * thread from the frame. A task that is cloned starts on a frame of its own that holds exit_group.
 */
@NullMarked
package dev.mortem.os.linux.inject;

import org.jspecify.annotations.NullMarked;
