/**
 * Locks that threads wait for, and who holds them, read from glibc's mutexes in memory.
 *
 * <p>Works without debug information of libc: a waiting thread's futex word is the first field of
 * its
 * mutex. Locks that nobody waits for are not found, and locks of other libraries have no owner
 * here.
 * Read {@link dev.mortem.analyze.lock.HeldLock}, {@link dev.mortem.analyze.lock.LockFinder}, {@link
 * dev.mortem.analyze.lock.WaitGraph}.
 */
package dev.mortem.analyze.lock;
