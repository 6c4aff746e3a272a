/** Each rule with its case, and its twin that must find nothing. */
@NullMarked
package dev.mortem.analyze.rule;

import org.jspecify.annotations.NullMarked;
