/**
 * Every bound that Mortem puts on what it reads, with unit and reason.
 *
 * <p>A {@link dev.mortem.base.limit.Limit} is declared as a constant beside the code that it bounds;
 * {@link dev.mortem.base.limit.Limits} comes in as an argument and may set other values, as tests do.
 */
package dev.mortem.base.limit;
