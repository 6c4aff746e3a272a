/**
 * When to act, as pure decisions: a trigger is told samples and events and answers whether its condition
 * holds. It never waits, reads a clock or touches a process; what it must remember is its {@link
 * dev.mortem.collect.trigger.State}.
 *
 * <p>Read {@link dev.mortem.collect.trigger.Sample} and {@link dev.mortem.collect.trigger.Event}, then
 * {@link dev.mortem.collect.trigger.Trigger} with {@link dev.mortem.collect.trigger.Step}, then {@link
 * dev.mortem.collect.trigger.CpuTrigger} as the first of its kinds.
 */
@NullMarked
package dev.mortem.collect.trigger;

import org.jspecify.annotations.NullMarked;
