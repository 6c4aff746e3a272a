/** The tidy test and the smoke run of every fuzz target. */
@NullMarked
package dev.mortem.testkit.checks;

import org.jspecify.annotations.NullMarked;
