/** Tests of the synthesiser: what it builds is opened by readelf and gdb. */
@NullMarked
package dev.mortem.testkit.synth;

import org.jspecify.annotations.NullMarked;
