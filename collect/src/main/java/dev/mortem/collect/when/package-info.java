/**
 * The language of conditions, as {@code mortem watch --when} takes it: "cpu &gt; 85% for 2s". It only makes
 * {@link dev.mortem.collect.trigger.Trigger}s, which know nothing of it. Read {@link
 * dev.mortem.collect.when.When}.
 */
@NullMarked
package dev.mortem.collect.when;

import org.jspecify.annotations.NullMarked;
