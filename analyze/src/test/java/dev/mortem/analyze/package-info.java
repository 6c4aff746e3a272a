/** Whole analyses of small programs that end or hang in a known way. */
@NullMarked
package dev.mortem.analyze;

import org.jspecify.annotations.NullMarked;
