/** Tests of masking. */
@NullMarked
package dev.mortem.analyze.mask;

import org.jspecify.annotations.NullMarked;
