/** What lies at a futex word, from literals. */
@NullMarked
package dev.mortem.analyze.lock;

import org.jspecify.annotations.NullMarked;
