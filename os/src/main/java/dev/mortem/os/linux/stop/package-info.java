/**
 * Stopping a process, looking at it while it stands, and letting it go.
 *
 * <p>{@link dev.mortem.os.linux.stop.Preflight} looks from outside whether that can work; {@link
 * dev.mortem.os.linux.stop.TargetOwner} is the one thread that traces a target from the first SEIZE to
 * the last DETACH; {@link dev.mortem.os.linux.stop.TracedThreads} keeps which of its threads stand and
 * which signal each is owed; {@link dev.mortem.os.linux.stop.Gatherer} reads what a snapshot holds
 * while they stand; {@link dev.mortem.os.linux.stop.StoppedProcess} is the snapshot.
 *
 * <p>In this package the target stands while its memory is copied. Nothing is written into it: no
 * register, no memory, so that whatever happens to us it runs on as it was. What it can notice is what
 * it notices of every debugger (signal(7), "Interruption of system calls by stop signals"): a blocked
 * epoll_wait, semop, sigtimedwait, io_getevents or a socket read with a timeout returns EINTR once.
 */
@NullMarked
package dev.mortem.os.linux.stop;

import org.jspecify.annotations.NullMarked;
