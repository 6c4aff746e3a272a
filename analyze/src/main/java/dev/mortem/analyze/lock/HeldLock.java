package dev.mortem.analyze.lock;

import dev.mortem.base.address.Addresses;

import java.util.List;
import java.util.OptionalLong;

/**
 * A lock that somebody waits for.
 *
 * @param kind "mutex", "recursive mutex", "robust mutex" …
 * @param address where it starts
 * @param ownerThreadId who holds it; empty where the lock does not record it
 * @param ownerAlive whether that thread is among the snapshot's
 * @param held whether it is locked at all
 * @param waiters thread ids, in the snapshot's order
 * @param recursion how often the owner has taken it; 0 where that is unknown
 */
public record HeldLock(
        String kind,
        long address,
        OptionalLong ownerThreadId,
        boolean ownerAlive,
        boolean held,
        List<Long> waiters,
        long recursion) {
    public HeldLock {
        waiters = List.copyOf(waiters);
    }

    /** "mutex 0x55d0". */
    public String name() {
        return kind + " " + Addresses.hex(address);
    }
}
