/**
 * Where events come from that no sample shows: files that grow, the journal, URLs and commands that are
 * tried again and again. A source only tells; what it means is a trigger's affair. Read {@link
 * dev.mortem.collect.source.EventSource}.
 */
@NullMarked
package dev.mortem.collect.source;

import org.jspecify.annotations.NullMarked;
