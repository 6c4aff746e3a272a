package dev.mortem.format.go;

/**
 * A function at an address: one that was compiled as such, or one inlined into it.
 *
 * @param function with its package's path: "net/http.(*conn).serve"
 * @param file as the compiler recorded it; "?" where it did not
 * @param line from 1; 0 where unknown. Of the outer function of an inlined call, the call's
 * @param inlined whether its code stands within that of the next frame
 */
public record GoFrame(String function, String file, int line, boolean inlined) {}
