/** Snapshots made of literals, for tests that need no dump and no process. */
@NullMarked
package dev.mortem.testkit.fakes;

import org.jspecify.annotations.NullMarked;
