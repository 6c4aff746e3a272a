package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.Optional;

/**
 * One frame, before it has a name.
 *
 * @param pc the instruction that runs next in this frame: for a caller, the return address
 * @param lookupAddress the address to look names up with: {@code pc} in the innermost frame, in one
 *     that a signal interrupted and in a signal trampoline, else {@code pc - 1}, which lies inside the
 *     call. A call to a function
 *     that never returns may be the last instruction of its function: its return address is then the
 *     next function's
 * @param registers what is known of the registers in this frame
 * @param module empty where {@code pc} is in none
 * @param signalFrame whether this frame is the kernel's trampoline that called a signal handler
 */
public record UnwoundFrame(
        long pc,
        long lookupAddress,
        RegisterContext registers,
        FrameTrust trust,
        Optional<LoadedModule> module,
        boolean signalFrame) {}
