/** Tests of signatures. */
@NullMarked
package dev.mortem.analyze.signature;

import org.jspecify.annotations.NullMarked;
