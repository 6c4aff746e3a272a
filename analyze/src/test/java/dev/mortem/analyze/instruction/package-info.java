/** Tests of the instruction decoder. */
@NullMarked
package dev.mortem.analyze.instruction;

import org.jspecify.annotations.NullMarked;
