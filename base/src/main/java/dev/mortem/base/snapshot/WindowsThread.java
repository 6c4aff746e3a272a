package dev.mortem.base.snapshot;

import dev.mortem.base.address.AddressRange;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What Windows and its dumps know of a thread beyond {@link ThreadSnapshot}.
 *
 * @param teb address of its thread environment block
 * @param stack from the lowest committed address that the dump describes to the stack's base
 * @param suspendCount how often it was suspended, the dumper's own suspension perhaps included
 * @param priorityClass of the process
 * @param priority within its class
 * @param startAddress the function that CreateThread was given
 * @param createdAt when it was created
 * @param exitStatus where it has ended but is still listed
 * @param lastError GetLastError() of the thread, from its TEB
 * @param lastStatus the last NTSTATUS that a system call failed with, from its TEB
 * @param wroteDump whether it is the one that wrote the dump and not the one that failed: then its state
 *     says nothing of a fault. A program that dumps itself may write with the thread that failed
 */
public record WindowsThread(
        OptionalLong teb,
        Optional<AddressRange> stack,
        long suspendCount,
        long priorityClass,
        long priority,
        OptionalLong startAddress,
        Optional<Instant> createdAt,
        OptionalLong exitStatus,
        OptionalLong lastError,
        OptionalLong lastStatus,
        boolean wroteDump) {}
