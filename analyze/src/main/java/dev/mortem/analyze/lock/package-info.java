/**
 * What lies in memory where threads wait, and who holds it: locks of glibc and musl, of C++ and of Rust.
 *
 * <p>Works without names: the memory around a futex word tells, where it fits one layout in all fields. Locks
 * that nobody waits for are not found. Read {@link dev.mortem.analyze.lock.HeldLock}, {@link
 * dev.mortem.analyze.lock.LockFinder}, then the layouts beside it, and {@link
 * dev.mortem.analyze.lock.WaitGraph}.
 */
package dev.mortem.analyze.lock;
