/**
 * Why the process ended, decoded: the signal and its code by name, the address by what lies there,
 * the
 * instruction by what it did to memory.
 *
 * <p>Nothing here looks at call stacks or names functions; the rules do. Read {@link
 * dev.mortem.analyze.reason.Fault}, {@link dev.mortem.analyze.reason.FaultDecoder}, {@link
 * dev.mortem.analyze.reason.Signals} and {@link dev.mortem.analyze.reason.AbortMessage}, {@link
 * dev.mortem.analyze.reason.CppException}.
 */
package dev.mortem.analyze.reason;
