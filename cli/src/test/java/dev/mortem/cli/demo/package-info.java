/** Tests of the demo and of the worker that it brings. */
@NullMarked
package dev.mortem.cli.demo;

import org.jspecify.annotations.NullMarked;
