/** Tests of the blame table. */
@NullMarked
package dev.mortem.analyze.blame;

import org.jspecify.annotations.NullMarked;
