/**
 * Secrets taken out of command lines and environments before anybody sees them.
 *
 * <p>By shape alone: a password that stands where no name says so is not found. The memory of a
 * dump is
 * not masked here. Read {@link dev.mortem.analyze.mask.CommandLineMask}.
 */
package dev.mortem.analyze.mask;
