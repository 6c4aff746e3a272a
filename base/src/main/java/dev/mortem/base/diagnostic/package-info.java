/**
 * What was broken, absent or cut short in an input, and that we went on past it.
 *
 * <p>A parser throws {@link dev.mortem.base.bytes.MalformedException} for the one structure that it
 * cannot read; the boundary that called it records a {@link dev.mortem.base.diagnostic.Diagnostic} and
 * goes on. The report lists them all.
 */
package dev.mortem.base.diagnostic;
